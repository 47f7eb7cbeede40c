//! Proposals: sums are those of the votes, deposits are where they should be, and what was accepted is carried out once, as it
//! was proposed, and not before its time.

use std::rc::Rc;

use dao::state::{
    Governance, Proposal, action, bond_state, origin, proposal_status as status, vote_choice,
};
use escrow::instructions::ConfigArgs as EscrowArgs;
use listing::state::status as status_of_listing;
use pedigree_sdk::{events::Event, instructions::dao::Action, pda};
use reward::instructions::ConfigArgs as RewardArgs;
use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, holds, share_up, verdicts::voter};
use crate::{acts::read, state::State};

const DAY: i64 = 24 * 60 * 60;

pub fn check(taken: &Taken) -> Verdict {
    for key in taken.before.changed(taken.after) {
        if let Some(after) = taken.after.proposals.get(key) {
            let before = taken.before.proposals.get(key);
            tally(taken, key, after).map_err(|what| format!("proposal {key}: {what}"))?;
            if let Some(before) = before.filter(|before| before.born_slot == after.born_slot) {
                passed(before, after, taken.after.now)
                    .map_err(|what| format!("proposal {key}: {what}"))?;
            }
        }
    }
    for event in taken.events {
        said(taken, event).map_err(|what| format!("{}: {what}", event.name()))?;
    }
    if taken.events.is_empty() {
        return Ok(());
    }
    deposits(taken)?;
    numbered(taken)
}

/// Each position's last vote, counted once.
fn tally(taken: &Taken, key: &Pubkey, proposal: &Proposal) -> Verdict {
    let votes = taken.memory.votes.values();
    let own: Vec<_> = votes.filter(|vote| vote.proposal == *key).collect();
    let sum = |choice: u8| -> u64 {
        let chosen = own.iter().filter(|vote| vote.choice == choice);
        chosen.map(|vote| vote.weight).sum()
    };
    let counted = [proposal.yes, proposal.no, proposal.abstain];
    let cast = [vote_choice::YES, vote_choice::NO, vote_choice::ABSTAIN].map(sum);
    holds!(
        counted == cast,
        "it counts {counted:?}, and {cast:?} were cast"
    );
    let open = taken.after.votes.values();
    let open = open.filter(|vote| vote.proposal == proposal.number).count();
    holds!(
        open as u64 == proposal.votes,
        "{open} votes are open, not {}",
        proposal.votes
    );
    Ok(())
}

/// Nothing of what was proposed ever changes, and it goes only where it may.
fn passed(before: &Proposal, after: &Proposal, now: i64) -> Verdict {
    let fixed = |proposal: &Proposal| {
        let Proposal {
            action,
            origin,
            payload_len,
            payload,
            target,
            proposer,
            text_hash,
            number,
            quorum,
            threshold_ppm,
            proposed_at,
            ends_at,
            deposit,
            ..
        } = *proposal;
        let what = (
            action,
            origin,
            payload_len,
            payload,
            target,
            proposer,
            text_hash,
        );
        (
            what,
            (number, quorum, threshold_ppm, proposed_at, ends_at, deposit),
        )
    };
    holds!(fixed(before) == fixed(after), "it is another proposal now");
    let lock = match before.action {
        action::SET_GUARDIANS | action::UPGRADE => 7 * DAY,
        _ => 2 * DAY,
    };
    let (from, to) = (before.status, after.status);
    let may = match (from, to) {
        _ if from == to => before.execute_from == after.execute_from,
        (status::VOTING, status::QUEUED) => {
            now >= before.ends_at && accepted(before) && after.execute_from == now + lock
        }
        (status::VOTING, status::REJECTED) => now >= before.ends_at && !accepted(before),
        (status::VOTING | status::QUEUED, status::VETOED) => before.action != action::SET_GUARDIANS,
        (status::QUEUED, status::EXECUTED) => {
            (before.execute_from..before.execute_from + 30 * DAY).contains(&now)
        }
        (status::QUEUED, status::EXPIRED) => now >= before.execute_from + 30 * DAY,
        _ => false,
    };
    holds!(may, "it went from {from} to {to} at {now}: {before:?}");
    let votes = |proposal: &Proposal| (proposal.yes, proposal.no, proposal.abstain);
    let open = before.status == status::VOTING && now < before.ends_at;
    holds!(
        open || votes(before) == votes(after),
        "somebody voted too late"
    );
    deposit(before, after)
}

/// Quorum, threshold, and anybody for it at all.
fn accepted(proposal: &Proposal) -> bool {
    let [yes, no, abstain] = [proposal.yes, proposal.no, proposal.abstain].map(u128::from);
    let passes = yes * 1_000_000 >= (yes + no) * u128::from(proposal.threshold_ppm);
    yes + no + abstain >= u128::from(proposal.quorum) && passes && yes > 0
}

/// A deposit is decided where its proposal is, and paid once.
fn deposit(before: &Proposal, after: &Proposal) -> Verdict {
    let voted = before.yes + before.no + before.abstain;
    let lost = voted < before.quorum || before.no >= 2 * before.yes;
    let decided = before.status == status::VOTING && after.status != status::VOTING;
    let expected = match (before.deposit_state, decided) {
        (bond_state::HELD, true) if after.status == status::VETOED || !lost => bond_state::DUE,
        (bond_state::HELD, true) => bond_state::LOST,
        (bond_state::DUE | bond_state::LOST, false) if after.deposit_state == bond_state::PAID => {
            bond_state::PAID
        }
        (state, _) => state,
    };
    holds!(
        after.deposit_state == expected,
        "its deposit is {}, not {expected}",
        after.deposit_state
    );
    Ok(())
}

/// What holds the deposits holds those that were not paid, and what strangers sent.
fn deposits(taken: &Taken) -> Verdict {
    let Some(governance) = taken.after.governance() else {
        return Ok(());
    };
    let held = [bond_state::HELD, bond_state::DUE, bond_state::LOST];
    let open = taken.after.proposals.values();
    let open = open.filter(|proposal| held.contains(&proposal.deposit_state));
    let sum: u64 = open.map(|proposal| proposal.deposit).sum();
    let vault = governance.deposits;
    let gifts = taken.memory.gifts.get(&vault).copied().unwrap_or(0);
    let balance = taken.after.balance(&vault);
    holds!(
        balance == sum + gifts,
        "the deposits are {balance}, not {sum} + {gifts}"
    );
    Ok(())
}

/// No number is given twice, and nothing names a steward once there is none.
fn numbered(taken: &Taken) -> Verdict {
    let (Some(before), Some(after)) = (taken.before.governance(), taken.after.governance()) else {
        return Ok(());
    };
    let is_created = |event: &&Event| matches!(event, Event::ProposalCreated(_));
    let created = taken.events.iter().filter(is_created).count() as u64;
    holds!(
        after.proposals == before.proposals + created,
        "{created} proposals were made, and others are counted"
    );
    let gone = before.handed_over_at > 0;
    holds!(
        (!gone || after.handed_over_at == before.handed_over_at)
            && (after.steward == before.steward || after.steward == Pubkey::default())
            && after.handover_floor == before.handover_floor,
        "the steward is another"
    );
    Ok(())
}

fn said(taken: &Taken, event: &Event) -> Verdict {
    let (before, now) = (taken.before, taken.after.now);
    match event {
        Event::ProposalCreated(event) => {
            let governance = before.governance().ok_or("no governance")?;
            let stake = before.stake().ok_or("no sums of positions")?;
            created(taken, &event.state, governance, stake.settled(now))
        }
        Event::VoteCast(event) => {
            let proposal = &event.head.proposal;
            let open = proposal.status == status::VOTING && now < proposal.ends_at;
            holds!(open, "its vote was over");
            let position = before.positions.get(&event.head.position);
            let position = position.ok_or("there is no such position")?;
            voter(
                position,
                &event.state.owner,
                event.state.weight,
                proposal.proposed_at,
            )
        }
        Event::ProposalExecuted(event) => {
            let governance = before.governance().ok_or("no governance")?;
            let by_steward = event.state.origin == origin::STEWARD;
            holds!(
                !by_steward || governance.handed_over_at == 0,
                "it was the steward's, who is gone"
            );
            carried_out(taken, &event.state)
        }
        Event::ProgramPaused(event) => {
            let governance = before.governance().ok_or("no governance")?;
            paused(governance, &event.state, now)
        }
        Event::ProposalClosed(event) => {
            let state = &event.state;
            let paid = [bond_state::NONE, bond_state::PAID].contains(&state.deposit_state);
            holds!(
                state.ended_at > 0 && now > state.ended_at + 30 * DAY && state.votes == 0 && paid,
                "it was still needed"
            );
            Ok(())
        }
        Event::HandedOver(event) => {
            let dao = pda::dao_authority().0;
            let held = [
                before.listing_config().map(|config| config.authority),
                before.escrow_config().map(|config| config.authority),
                before.reward_config().map(|config| config.authority),
                before.dao_config().map(|config| config.authority),
            ];
            let active = before.stake().map_or(0, |stake| stake.settled(now));
            holds!(
                held.iter().all(|authority| *authority == Some(dao))
                    && active >= event.state.handover_floor,
                "not everything was the dao's, or too little was locked"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Quorum, threshold and times are those of now.
fn created(taken: &Taken, proposal: &Proposal, governance: &Governance, active: u64) -> Verdict {
    let now = taken.after.now;
    if proposal.origin == origin::STEWARD {
        holds!(
            proposal.proposer == governance.steward
                && proposal.status == status::QUEUED
                && proposal.deposit == 0
                && proposal.execute_from >= now + 2 * DAY,
            "it was no steward's to decree, or waits too short a time"
        );
        return Ok(());
    }
    let guards = proposal.action == action::SET_GUARDIANS;
    let ppm = governance.quorum_ppm.into();
    let quorum = share_up(active, ppm).max(governance.quorum_floor) * if guards { 2 } else { 1 };
    let least = if guards { 666_667 } else { 0 };
    holds!(
        (proposal.quorum, proposal.threshold_ppm) == (quorum, governance.threshold_ppm.max(least)),
        "its quorum is {}, not {quorum}",
        proposal.quorum
    );
    holds!(
        proposal.ends_at == now + i64::from(governance.voting_period)
            && proposal.deposit == governance.deposit
            && proposal.deposit_state == bond_state::HELD,
        "its time or its deposit is another"
    );
    let weight = taken.before.positions.values().any(|position| {
        let old = position.locked_at + 7 * DAY <= now;
        position.owner == proposal.proposer && old && position.unlock_at == 0
    });
    holds!(weight, "who proposed it has no weight");
    Ok(())
}

/// A pause lasts a fortnight and begins once in sixty days.
fn paused(before: &Governance, after: &Governance, now: i64) -> Verdict {
    let begins = after.paused_at != before.paused_at;
    let may = if begins {
        after.paused_at == now && now >= before.paused_at + 60 * DAY && before.paused == 0
    } else {
        now < before.paused_at + 14 * DAY
    };
    holds!(may, "it was paused at {now}, after {}", before.paused_at);
    Ok(())
}

/// What it asked for is so, and it was asked for in those bytes.
fn carried_out(taken: &Taken, proposal: &Proposal) -> Verdict {
    let (before, after) = (taken.before, taken.after);
    let action = read(before, proposal).ok_or("its action is none")?;
    holds!(
        action.arguments() == proposal.payload[..usize::from(proposal.payload_len)],
        "it was read as something else"
    );
    let done = done(after, &action).ok_or("what it changes is not there")?;
    holds!(done, "{action:?} was not done");
    if let Action::Transfer { mint, transfer, .. } = action {
        let held = before.balance(&proposal.target);
        holds!(
            transfer.amount > 0 && transfer.amount <= held / 4,
            "{} of {held} of {mint} were moved",
            transfer.amount
        );
    }
    Ok(())
}

/// Whether what an action asks for is so; `None` where what it changes is not there.
fn done(state: &State, action: &Action) -> Option<bool> {
    Some(match action {
        Action::UpdateDao(args) => {
            let config = state.dao_config()?;
            let times = (config.evidence, config.commit, config.reveal, config.appeal);
            let bonds = (config.case_bond, config.appeal_bond, config.treasury);
            times == (args.evidence, args.commit, args.reveal, args.appeal)
                && bonds == (args.case_bond, args.appeal_bond, args.treasury)
                && (config.quorum_ppm, config.quorum_floor) == (args.quorum_ppm, args.quorum_floor)
                && config.pending_authority == Pubkey::default()
        }
        Action::UpdateGovernance(args) => {
            let found = state.governance()?;
            (found.voting_period, found.quorum_ppm, found.quorum_floor)
                == (args.voting_period, args.quorum_ppm, args.quorum_floor)
                && (found.threshold_ppm, found.deposit) == (args.threshold_ppm, args.deposit)
        }
        Action::UpdateListing { paused } => {
            let config = state.listing_config()?;
            config.paused == u8::from(*paused) && config.pending_authority == Pubkey::default()
        }
        Action::UpdateEscrow(args) => {
            let config = state.escrow_config()?;
            EscrowArgs::of(config) == *args && config.pending_authority == Pubkey::default()
        }
        Action::UpdateReward(args) => {
            let config = state.reward_config()?;
            RewardArgs::of(config) == *args && config.pending_authority == Pubkey::default()
        }
        Action::AllowMint {
            mint, max_deposit, ..
        } => state.mint(mint)?.max_deposit == *max_deposit,
        Action::UpdateMint {
            mint,
            enabled,
            max_deposit,
        } => {
            let settings = state.mint(mint)?;
            (settings.enabled, settings.max_deposit) == (u8::from(*enabled), *max_deposit)
        }
        Action::SetRate { mint, rate, price } => {
            let mut rates = state.rates.values().map(Rc::as_ref);
            let found = rates.find(|found| found.mint == *mint)?;
            (found.rate, found.price) == (*rate, *price)
        }
        Action::Suspend { listing, suspends } => {
            (state.listings.get(listing)?.status == status_of_listing::SUSPENDED) == *suspends
        }
        Action::SetDefaultRoyalty { royalty_ppm } => {
            state.listing_config()?.default_royalty_ppm == *royalty_ppm
        }
        Action::Verify {
            publisher,
            verified,
            ..
        } => {
            let profile = state.profiles.get(&pda::profile(publisher).0)?;
            profile.verified == u8::from(*verified)
        }
        Action::SetGuardians(guardians) => {
            let found = state.governance()?;
            (found.guardians, found.guardian_threshold) == (guardians.keys, guardians.threshold)
        }
        // Where it went say the flows of tokens.
        Action::Transfer { .. } => true,
        Action::Upgrade { .. } => false,
    })
}
