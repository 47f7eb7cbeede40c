//! Rules 1, 3, 9 and 10 of the reward program: what is emitted, credited, claimed, locked and at risk adds up.

use common::dispute::dispute_status;
use pedigree_sdk::{events::Event, pda};
use reward::state::{Attestation, Config, Epoch, Position, epoch_status, verdict};

use super::{Taken, Verdict, holds, share};

const DAY: i64 = 24 * 60 * 60;

pub fn check(taken: &Taken) -> Verdict {
    if taken.after.reward_config().is_none() {
        return Ok(());
    }
    if taken.call.is_some() && !taken.events.is_empty() {
        locked(taken)?;
        at_risk(taken)?;
        emitted(taken)?;
        credited(taken)?;
    }
    for event in taken.events {
        said(taken, event).map_err(|what| format!("{}: {what}", event.name()))?;
    }
    Ok(())
}

/// What is in the vault is what positions hold, and what strangers sent.
fn locked(taken: &Taken) -> Verdict {
    let state = taken.after;
    let stake = state.stake().ok_or("no sums of positions")?;
    let positions = || state.positions.values();
    let sum: u64 = positions().map(|position| position.amount).sum();
    let active: u64 = positions()
        .filter(|position| position.unlock_at == 0)
        .map(|position| position.amount)
        .sum();
    let counted = (stake.locked, stake.active, stake.positions);
    let found = (sum, active, positions().count() as u64);
    holds!(
        counted == found,
        "{counted:?} are counted, {found:?} are locked"
    );
    let vault = pda::stake_vault().0;
    let gifts = taken.memory.gifts.get(&vault).copied().unwrap_or(0);
    let held = state.balance(&vault);
    holds!(
        held == sum + gifts,
        "the vault holds {held}, not {sum} + {gifts}"
    );
    Ok(())
}

/// Attestations risk what their positions say, and no more than these hold.
fn at_risk(taken: &Taken) -> Verdict {
    let state = taken.after;
    for (key, position) in &state.positions {
        let own = state.attestations.values().filter(|a| a.position == *key);
        let (count, sum) = own.fold((0u32, 0u64), |(count, sum), attestation| {
            (count + 1, sum + attestation.stake)
        });
        holds!(
            (position.attestations, position.staked) == (count, sum) && sum <= position.amount,
            "position {key} risks {sum} in {count} attestations, and says otherwise"
        );
    }
    Ok(())
}

/// What the first epochs emit, halving by halving.
fn cumulative(config: &Config, epochs: u32) -> u64 {
    let (mut sum, mut left, mut each) = (0, epochs, config.first_emission);
    while left > 0 && each > 0 {
        let era = left.min(config.halving);
        sum += u64::from(era) * each;
        left -= era;
        each /= 2;
    }
    sum
}

/// Nothing is claimed that was not emitted, and the mint counts what was.
fn emitted(taken: &Taken) -> Verdict {
    let state = taken.after;
    let config = state.reward_config().ok_or("no settings")?;
    let emission = state.emissions.values().next().ok_or("no emission")?;
    let epochs = || state.epochs.values();
    let emitted = cumulative(config, emission.accrued);
    let granted: u64 = epochs().map(|epoch| epoch.allotted).sum();
    let claimed: u64 = epochs().map(|epoch| epoch.claimed).sum();
    let expired = epochs().filter(|epoch| epoch.status == epoch_status::EXPIRED);
    let returned: u64 = expired.map(|epoch| epoch.allotted - epoch.claimed).sum();
    holds!(
        (emission.granted, emission.returned) == (granted, returned)
            && emitted + returned == emission.pool + granted,
        "{emitted} were emitted, {granted} allotted and {returned} came back: {emission:?}"
    );
    holds!(
        claimed + returned <= granted && claimed <= emitted && claimed <= config.cap,
        "{claimed} were claimed of {emitted}"
    );
    let token = pda::token().0;
    let counted = u128::from(state.supply(&token));
    let known = taken.memory.supply.get(&token).copied().unwrap_or(0);
    holds!(counted == known, "the mint counts {counted}, not {known}");
    let stake = state.stake().ok_or("no sums of positions")?;
    let most = u128::from(taken.memory.endowed + claimed);
    holds!(
        known <= most && most - known <= u128::from(stake.slashed),
        "{known} are left of {most}"
    );
    Ok(())
}

/// Points come of recorded fees alone, and an epoch's are those of all.
fn credited(taken: &Taken) -> Verdict {
    let (state, credits) = (taken.after, &taken.memory.credited);
    for (key, points) in &state.points {
        let known = credits.get(&(points.owner, points.epoch)).copied();
        holds!(
            known == Some(points.points),
            "points {key} are {}, where fees credited {known:?}",
            points.points
        );
    }
    for epoch in state.epochs.values() {
        let own = credits.iter().filter(|((_, at), _)| *at == epoch.index);
        let sum: u64 = own.map(|(_, credit)| *credit).sum();
        let allotted = epoch.claimed <= epoch.allotted && epoch.allotted <= epoch.total;
        holds!(
            epoch.total == sum && allotted,
            "epoch {} counts other points than {sum}: {epoch:?}",
            epoch.index
        );
    }
    Ok(())
}

fn said(taken: &Taken, event: &Event) -> Verdict {
    let (before, now) = (taken.before, taken.after.now);
    match event {
        Event::FeesRecorded(event) => {
            let epoch = &event.head.epoch;
            let current = epoch.status == epoch_status::OPEN
                && (epoch.starts_at..epoch.ends_at).contains(&now);
            holds!(current, "it was recorded in another epoch");
            Ok(())
        }
        Event::EpochFinished(event) => {
            holds!(now >= event.state.ends_at, "it was not over");
            let mut earlier = before.epochs.values();
            let waits = earlier
                .any(|epoch| epoch.index < event.state.index && epoch.status == epoch_status::OPEN);
            holds!(!waits, "an earlier one was not finished");
            Ok(())
        }
        Event::EpochExpired(event) => {
            holds!(now > event.state.claim_until, "it could still be claimed");
            Ok(())
        }
        Event::PointsClaimed(event) => claimed(
            &event.head.epoch,
            event.state.points,
            event.head.amount,
            now,
        ),
        Event::UnlockRequested(event) => {
            let config = before.reward_config().ok_or("no settings")?;
            let cooled = now + i64::from(config.cooling);
            holds!(
                event.state.unlock_at == cooled && config.cooling > 14 * DAY as u32,
                "it cools until {}",
                event.state.unlock_at
            );
            same_but(
                before.positions.get(&event.head.address),
                &event.state,
                true,
            )
        }
        Event::PositionWithdrawn(event) => {
            let state = &event.state;
            let cooled = state.unlock_at > 0 && now >= state.unlock_at;
            holds!(cooled, "it had not cooled");
            holds!(
                state.attestations == 0 && event.head.amount == state.amount,
                "it was at risk, or not all of it left"
            );
            Ok(())
        }
        Event::VersionAttested(event) => attested(taken, &event.state, &event.head.position),
        Event::AttestationSlashed(event) => {
            let head = &event.head;
            slashed(taken, &event.state)?;
            let reward = event.state.stake / 10;
            holds!(
                (head.reward, head.burnt) == (reward, event.state.stake - reward),
                "{} went to the caller, and {} were burnt",
                head.reward,
                head.burnt
            );
            Ok(())
        }
        Event::AttestationClosed(event) => {
            let state = &event.state;
            let docket = before.dockets.get(&pda::docket(&state.listing).0);
            let (open, ended) = docket.map_or((0, 0), |d| (d.head.open, d.head.ended_at));
            let recent = ended > 0 && now < ended + 7 * DAY;
            // What was disputed later than the longest case holds it no more.
            let too_late = now >= state.attested_at + (90 + 60 + 7) * DAY;
            holds!(
                now >= state.attested_at + 90 * DAY && ((open == 0 && !recent) || too_late),
                "it could still be slashed"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What points bring: as many as they are, or their share of what was allotted.
fn claimed(epoch: &Epoch, points: u64, amount: u64, now: i64) -> Verdict {
    let expected = if epoch.total <= epoch.allotted {
        points
    } else {
        share(points, epoch.allotted, epoch.total)
    };
    let open = epoch.status == epoch_status::FINISHED && now <= epoch.claim_until;
    holds!(
        open && amount == expected,
        "{points} points brought {amount}, not {expected}, or at the wrong time"
    );
    Ok(())
}

/// Nothing is ever added to a position.
fn same_but(before: Option<&std::rc::Rc<Position>>, after: &Position, unlocks: bool) -> Verdict {
    let before = before.ok_or("there was no such position")?;
    holds!(
        (before.amount, before.staked, before.locked_at)
            == (after.amount, after.staked, after.locked_at)
            && unlocks == (before.unlock_at == 0),
        "it is another position now"
    );
    Ok(())
}

fn attested(taken: &Taken, attestation: &Attestation, position: &Position) -> Verdict {
    let listing = taken.before.listings.get(&attestation.listing);
    let listing = listing.ok_or("there is no such listing")?;
    let config = taken.before.reward_config().ok_or("no settings")?;
    holds!(
        listing.activated_slot > 0 && listing.version == attestation.version,
        "it is of another version, or of a draft"
    );
    holds!(
        position.unlock_at == 0 && attestation.stake >= config.min_stake,
        "its position is being unlocked, or it risks too little"
    );
    Ok(())
}

/// The dao ruled, for good, the contrary of what was attested.
fn slashed(taken: &Taken, attestation: &Attestation) -> Verdict {
    let contrary = match attestation.verdict {
        verdict::GOOD => 100,
        _ => 0,
    };
    let ruled = taken.before.rulings.values().any(|ruling| {
        ruling.status == dispute_status::FINAL
            && ruling.share == contrary
            && ruling.subject == attestation.listing
            && ruling.subject_hash == attestation.subject_hash
    });
    holds!(ruled, "the dao has not ruled the contrary");
    Ok(())
}
