//! The court: each vault holds what its ledger says, jurors gain what jurors and parties lose, votes are cast and counted in
//! their phases, and what is ruled for good stays so.

use common::dispute::dispute_status;
use dao::state::{Bond, Dispute, Juror, Round, bond_state, round_status};
use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{
    Taken, Verdict, holds, share_up,
    verdicts::{counted, finished, lost, opened, revealed, voter},
};
use crate::{acts::phases, memory::Seat};

const DAY: i64 = 24 * 60 * 60;
/// A juror's choice before it is revealed.
pub const SECRET: u8 = u8::MAX;

pub fn check(taken: &Taken) -> Verdict {
    for event in taken.events {
        said(taken, event).map_err(|what| format!("{}: {what}", event.name()))?;
    }
    for key in taken.before.changed(taken.after) {
        if let Some(dispute) = taken.after.disputes.get(key) {
            ledger(taken, key, dispute).map_err(|what| format!("dispute {key}: {what}"))?;
        }
        if let Some(before) = taken.before.disputes.get(key) {
            stays(before, taken.after.disputes.get(key))
                .map_err(|what| format!("dispute {key}: {what}"))?;
        }
        if let Some(docket) = taken.after.dockets.get(key) {
            let disputes = taken.after.disputes.values();
            let open = disputes.filter(|dispute| {
                dispute.head.subject == docket.head.subject
                    && dispute.head.status == dispute_status::OPEN
            });
            let open = open.count();
            holds!(
                open == usize::from(docket.head.open) && docket.head.open <= docket.head.disputes,
                "docket {key} counts other disputes than {open}: {docket:?}"
            );
        }
    }
    Ok(())
}

/// A juror's bond: 5 % of its weight, even.
fn bond(weight: u64) -> u64 {
    2 * share_up(weight, 25_000)
}

/// What a juror gets back of its bond, without the pot.
fn kept(round: &Round, juror: &Juror) -> u64 {
    let bond = bond(juror.weight);
    match (round.status, juror.choice) {
        (round_status::QUORATE, SECRET) => 0,
        (round_status::QUORATE, choice) if choice.abs_diff(round.median) >= 2 => bond / 2,
        _ => bond,
    }
}

/// The vault holds the bonds of jurors that were not settled, what is left of pots, parties' bonds, and what was donated.
fn ledger(taken: &Taken, address: &Pubkey, dispute: &Dispute) -> Verdict {
    if dispute.vault == Pubkey::default() {
        // One that the dao never made.
        return Ok(());
    }
    let mut owed = 0;
    for (index, round) in (0u8..).zip(&dispute.rounds) {
        let jurors = seated(taken, address, dispute, index);
        let revealed = |juror: &&Juror| juror.choice != SECRET;
        holds!(
            jurors.len() as u64 == round.jurors,
            "round {index} counts {} jurors, not {}",
            round.jurors,
            jurors.len()
        );
        if round.status == round_status::RUNNING {
            let committed: u64 = jurors.iter().map(|juror| bond(juror.weight)).sum();
            let weight: u64 = jurors
                .iter()
                .copied()
                .filter(revealed)
                .map(|j| j.weight)
                .sum();
            let counted: u64 = round.weights.iter().sum();
            holds!(
                (committed, weight) == (round.committed, counted),
                "round {index} counts other votes than were cast"
            );
        }
        let all_settled = round.jurors == 0 && dispute.head.status != dispute_status::OPEN;
        holds!(
            !all_settled || round.pot == 0,
            "{} stay over in round {index}",
            round.pot
        );
        owed += round.pot + jurors.iter().map(|juror| kept(round, juror)).sum::<u64>();
    }
    let held = |bond: &&Bond| matches!(bond.state, bond_state::HELD | bond_state::DUE);
    owed += dispute
        .bonds
        .iter()
        .filter(held)
        .map(|bond| bond.amount)
        .sum::<u64>();
    let gifts = taken.memory.gifts.get(&dispute.vault).copied().unwrap_or(0);
    let balance = taken.after.balance(&dispute.vault);
    holds!(
        balance == owed + gifts,
        "its vault holds {balance}, not {owed} + {gifts}"
    );
    Ok(())
}

/// The records of a round.
fn seated<'a>(taken: &'a Taken, address: &Pubkey, of: &Dispute, round: u8) -> Vec<&'a Juror> {
    let here = |seat: &&Seat| {
        (seat.dispute, seat.born_slot, seat.round) == (*address, of.head.born_slot, round)
    };
    let jurors = taken.after.jurors.iter();
    let here = jurors.filter(|(key, _)| taken.memory.jurors.get(key).as_ref().is_some_and(here));
    here.map(|(_, juror)| juror.as_ref()).collect()
}

/// What was ruled for good is never ruled otherwise, and its account stays for half a year.
fn stays(before: &Dispute, after: Option<&std::rc::Rc<Dispute>>) -> Verdict {
    let Some(after) = after else {
        return Ok(());
    };
    let ended = before.head.status != dispute_status::OPEN;
    let ruling = |dispute: &Dispute| (dispute.head.status, dispute.head.share, dispute.ended_at);
    holds!(
        !ended || ruling(before) == ruling(after),
        "it was ruled on anew"
    );
    let about = |dispute: &Dispute| {
        let head = &dispute.head;
        let asked = (head.subject, head.subject_hash, head.number, head.born_slot);
        let times = (
            dispute.evidence,
            dispute.commit,
            dispute.reveal,
            dispute.appeal,
        );
        (
            asked,
            times,
            dispute.case,
            dispute.version,
            dispute.quorum,
            dispute.deadline,
        )
    };
    holds!(
        about(before) == about(after),
        "it is about something else now"
    );
    Ok(())
}

fn said(taken: &Taken, event: &Event) -> Verdict {
    let now = taken.after.now;
    let before = |address: &Pubkey| {
        let found = taken.before.disputes.get(address);
        found.ok_or("there is no such dispute")
    };
    match event {
        Event::DisputeOpened(event) => opened(taken, &event.state, event.head.active),
        Event::EdgeCaseOpened(event) => opened(taken, &event.state, event.head.active),
        Event::EvidenceSubmitted(event) => {
            let [evidence, ..] = phases(before(&event.head.address)?);
            holds!(now < evidence, "the time for evidence was over");
            Ok(())
        }
        Event::VoteCommitted(event) => {
            let dispute = before(&event.head.dispute_address)?;
            let [evidence, commit, ..] = phases(dispute);
            let open = dispute.head.status == dispute_status::OPEN;
            holds!(
                open && (evidence..commit).contains(&now),
                "it was no time to commit"
            );
            let position = taken.before.positions.get(&event.head.position);
            let began = dispute.rounds[usize::from(dispute.round)].starts_at;
            voter(
                position.ok_or("there is no such position")?,
                &event.state.owner,
                event.state.weight,
                began,
            )?;
            let paid = bond(event.state.weight);
            holds!(
                event.head.bond == paid,
                "its bond is {}, not {paid}",
                event.head.bond
            );
            Ok(())
        }
        Event::VoteRevealed(event) => {
            let address = &event.head.dispute_address;
            let dispute = before(address)?;
            let [_, commit, reveal, _] = phases(dispute);
            holds!((commit..reveal).contains(&now), "it was no time to reveal");
            revealed(taken, &event.head.address, dispute, &event.state)
        }
        Event::RoundCounted(event) => {
            let dispute = before(&event.head.address)?;
            holds!(now >= phases(dispute)[2], "it was counted too early");
            let index = usize::from(dispute.round);
            counted(&dispute.rounds[index], &event.state.rounds[index])
        }
        Event::RulingAppealed(event) => {
            let dispute = before(&event.head.address)?;
            let [.., reveal, appeal] = phases(dispute);
            let round = &dispute.rounds[usize::from(dispute.round)];
            let ruled = round.status == round_status::QUORATE;
            holds!(
                (reveal..appeal).contains(&now) && ruled && dispute.round < 2,
                "there was nothing to appeal against"
            );
            let bond = dispute.appeal_bond << dispute.round;
            let next = event.state.round;
            let quorum = event.state.rounds[usize::from(next)].quorum;
            holds!(
                event.head.bond == bond
                    && next == dispute.round + 1
                    && quorum == dispute.quorum << next,
                "its bond or its quorum is another"
            );
            Ok(())
        }
        Event::DisputeFinished(event) => finished(before(&event.head.address)?, &event.state, now),
        Event::JurorSettled(event) => {
            let address = &event.head.dispute_address;
            let dispute = before(address)?;
            holds!(
                dispute.head.status != dispute_status::OPEN,
                "it was not over"
            );
            let round = &event.head.round;
            let key = (*address, dispute.head.born_slot, event.state.round);
            let paid = taken.memory.settled.get(&key).copied().unwrap_or(0);
            let lost = lost(dispute, event.state.round);
            holds!(
                round.jurors > 0 || paid == round.committed + lost,
                "jurors who paid {} in got {paid} out, and {lost} were lost to them",
                round.committed
            );
            Ok(())
        }
        Event::DisputeClosed(event) => {
            let state = &event.state;
            let waits = |bond: &Bond| matches!(bond.state, bond_state::HELD | bond_state::DUE);
            holds!(
                state.ended_at > 0
                    && now > state.ended_at + 180 * DAY
                    && state.rounds.iter().all(|round| round.jurors == 0)
                    && !state.bonds.iter().any(waits),
                "it was still needed"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}
