//! Guardians: they veto, they pause, and who replaces them.

use dao::{
    error::DaoError,
    state::{bond_state, program, proposal_status},
};
use escrow::state::Config as EscrowConfig;
use listing::{error::ListingError, state::Config as ListingConfig};
use pedigree_sdk::{
    instructions::{
        dao::{self as ix, Action},
        listing as on_listing,
    },
    pda,
};
use reward::state::Config as RewardConfig;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::unsigned;

use crate::{assembly::*, world::*};

const PAUSE: Action = Action::UpdateListing { paused: true };
const OPEN: Action = Action::UpdateListing { paused: false };

#[test]
fn as_many_guardians_as_have_to_veto_what_waits_or_is_voted_on() {
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    let (both, stranger) = (a.keys(&[0, 2]), a.stranger.pubkey());
    // One, one twice, one and a stranger, and two of whom one does not sign.
    for signers in [a.keys(&[1]), a.keys(&[1, 1]), vec![]] {
        a.unguarded(ix::veto(number, &signers), DaoError::NotGuardians);
    }
    let mut with_stranger = a.keys(&[1]);
    with_stranger.push(stranger);
    let veto = ix::veto(number, &with_stranger);
    let (guardian, payer) = (a.guardians[1].insecure_clone(), a.stranger.insecure_clone());
    a.chain
        .refused(&[veto], &[&guardian, &payer], DaoError::NotGuardians);
    let silent = unsigned(ix::veto(number, &both), &both[0]);
    a.unguarded(silent, DaoError::NotGuardians);
    let before = a.proposal(number);
    a.guard(ix::veto(number, &both));
    let vetoed = a.proposal(number);
    assert_eq!(vetoed.status, proposal_status::VETOED);
    assert_eq!(
        (before.deposit_state, vetoed.deposit_state),
        (bond_state::HELD, bond_state::DUE)
    );
    a.unguarded(ix::veto(number, &both), DaoError::ProposalOver);
    a.refused(ix::conclude(number), DaoError::ProposalOver);
    let (cast, owner) = (a.cast_ix(number, 0, YES), a.owner(0));
    a.refused_by(cast, &owner, DaoError::VotingOver);
    // Accepted, and stopped in its last second; its deposit is decided already.
    let accepted = a.accepted(&PAUSE);
    let proposer = owner.pubkey();
    a.crank(ix::pay_deposit(accepted, &proposer, None));
    let from = a.proposal(accepted).execute_from;
    a.at(from + EXECUTABLE - 1);
    a.guard(ix::veto(accepted, &both));
    assert_eq!(a.proposal(accepted).deposit_state, bond_state::PAID);
    let execute = a.execute_ix(accepted, &PAUSE);
    a.refused(execute, DaoError::NotQueued);
    let done = a.enact(&PAUSE);
    a.unguarded(ix::veto(done, &both), DaoError::ProposalOver);
}

#[test]
fn replacing_the_guardians_needs_two_thirds_and_twice_the_quorum_and_they_cannot_stop_it() {
    let mut a = Assembly::new(1);
    let heirs: Vec<Pubkey> = (0..5).map(|_| a.chain.actor().pubkey()).collect();
    let replace = Action::SetGuardians(named(&heirs, 4));
    assert!(waits_long(&replace));
    // A quorum, and not twice that; and six of ten, not two thirds.
    let few = a.propose(&replace);
    let proposal = a.proposal(few);
    assert_eq!(
        (proposal.quorum, proposal.threshold_ppm),
        (2 * QUORUM, 666_667)
    );
    a.vote(few, &[YES]);
    a.conclude(few);
    assert_eq!(a.proposal(few).status, proposal_status::REJECTED);
    let narrow = a.propose(&replace);
    a.vote(narrow, &[YES, NO, YES, ABSTAIN]);
    a.conclude(narrow);
    // 6,000 of 9,000 are a part in a million short.
    assert_eq!(a.proposal(narrow).status, proposal_status::REJECTED);
    let number = a.propose(&replace);
    let both = a.keys(&[0, 1]);
    a.unguarded(ix::veto(number, &both), DaoError::NoVeto);
    a.vote(number, &[YES, NO, YES, YES]);
    a.conclude(number);
    a.unguarded(ix::veto(number, &both), DaoError::NoVeto);
    let queued = a.proposal(number);
    assert_eq!(queued.execute_from, queued.ends_at + LONG_LOCK);
    a.at(queued.execute_from);
    let execute = a.execute_ix(number, &replace);
    a.crank(execute);
    let governance = a.governance();
    assert_eq!(governance.guardians.to_vec(), heirs);
    assert_eq!(governance.guardian_threshold, 4);
    let other = a.propose(&PAUSE);
    a.unguarded(ix::veto(other, &both), DaoError::NotGuardians);
}

#[test]
fn a_higher_threshold_holds_for_the_guardians_too() {
    let mut a = Assembly::new(1);
    let args = dao::instructions::GovernanceArgs {
        threshold_ppm: 800_000,
        ..governance_args()
    };
    a.enact(&Action::UpdateGovernance(args));
    let number = a.propose(&Action::SetGuardians(a.named(1)));
    assert_eq!(a.proposal(number).threshold_ppm, 800_000);
}

#[test]
fn where_there_are_no_guardians_nobody_vetoes_or_pauses() {
    let mut a = Assembly::new(1);
    a.enact(&Action::SetGuardians(named(&[], 0)));
    let number = a.propose(&PAUSE);
    let signers = a.keys(&[0, 1, 2]);
    for instruction in [
        ix::veto(number, &signers),
        ix::pause(program::LISTING, &signers),
        ix::veto(number, &[]),
    ] {
        a.unguarded(instruction, DaoError::NotGuardians);
    }
}

#[test]
fn p11_guardians_pause_new_business_of_a_program_and_change_nothing_else_of_it() {
    let mut a = Assembly::whole(1);
    let both = a.keys(&[0, 1]);
    let addresses = [
        pda::listing_config().0,
        pda::escrow_config().0,
        pda::reward_config().0,
    ];
    // A takeover that is under way is none of their business either.
    let next = a.stranger.pubkey();
    a.chain
        .edit_state(&addresses[0], |config: &mut ListingConfig| {
            config.pending_authority = next;
        });
    let states = |a: &Assembly| {
        let listing: ListingConfig = a.chain.state(&addresses[0]);
        let escrow: EscrowConfig = a.chain.state(&addresses[1]);
        let reward: RewardConfig = a.chain.state(&addresses[2]);
        (listing, escrow, reward)
    };
    let (mut listing, mut escrow, mut reward) = states(&a);
    for (which, paused) in [
        (program::LISTING, 0b0010),
        (program::ESCROW, 0b0110),
        (program::REWARD, 0b1110),
    ] {
        a.unguarded(ix::pause(which, &a.keys(&[2])), DaoError::NotGuardians);
        a.guard(ix::pause(which, &both));
        assert_eq!(a.governance().paused, paused);
        a.unguarded(ix::pause(which, &both), DaoError::AlreadyPaused);
    }
    for (seq, paused) in [
        (&mut listing.seq, &mut listing.paused),
        (&mut escrow.seq, &mut escrow.paused),
        (&mut reward.seq, &mut reward.paused),
    ] {
        *seq += 1;
        *paused = 1;
    }
    assert_eq!(states(&a), (listing, escrow, reward));
    let publisher = a.chain.actor();
    let args = a.chain.register_args();
    let register = on_listing::register(publisher.pubkey(), publisher.pubkey(), args);
    a.chain
        .refused(&[register.clone()], &[&publisher], ListingError::Paused);
    a.guard(ix::unpause(program::LISTING, &both));
    a.chain.ok(&[register], &[&publisher]);
    a.unguarded(ix::unpause(program::LISTING, &both), DaoError::NotPaused);
    for which in [0, program::DAO, 5, 255] {
        a.unguarded(ix::pause(which, &both), DaoError::NoSuchProgram);
    }
    assert_eq!(states(&a).0.pending_authority, next);
}

#[test]
fn p15_a_pause_lasts_a_fortnight_and_the_next_one_begins_sixty_days_after_it_did() {
    let mut a = Assembly::new(1);
    let both = a.keys(&[0, 1]);
    let begun = a.chain.now();
    a.guard(ix::pause(program::LISTING, &both));
    // Within the fortnight they may lift it and pause again, and another program.
    a.guard(ix::unpause(program::LISTING, &both));
    a.at(begun + 14 * DAY - 1);
    a.guard(ix::pause(program::LISTING, &both));
    a.guard(ix::pause(program::ESCROW, &both));
    a.refused(ix::unpause(program::LISTING, &[]), DaoError::NotGuardians);
    a.at(begun + 14 * DAY);
    a.crank(ix::unpause(program::LISTING, &[]));
    let config: ListingConfig = a.chain.state(&pda::listing_config().0);
    assert_eq!(config.paused, 0);
    a.unguarded(ix::pause(program::LISTING, &both), DaoError::PauseTooSoon);
    a.at(begun + 60 * DAY - 1);
    a.unguarded(ix::pause(program::LISTING, &both), DaoError::PauseTooSoon);
    // What nobody lifted keeps a new one from beginning.
    a.at(begun + 60 * DAY);
    a.unguarded(ix::pause(program::LISTING, &both), DaoError::PauseTooSoon);
    a.crank(ix::unpause(program::ESCROW, &[]));
    a.guard(ix::pause(program::LISTING, &both));
    assert_eq!(a.governance().paused_at, begun + 60 * DAY);
}

#[test]
fn what_a_vote_decides_of_a_pause_is_no_affair_of_the_guardians_any_more() {
    let mut a = Assembly::new(1);
    let both = a.keys(&[0, 1]);
    let number = a.ready(&PAUSE);
    a.guard(ix::pause(program::LISTING, &both));
    let execute = a.execute_ix(number, &PAUSE);
    a.crank(execute);
    assert_eq!(a.governance().paused, 0);
    a.pass(14 * DAY);
    a.refused(ix::unpause(program::LISTING, &[]), DaoError::NotPaused);
    // Nor do they pause what is paused.
    a.pass(60 * DAY);
    a.unguarded(ix::pause(program::LISTING, &both), DaoError::AlreadyPaused);
    assert_eq!(a.governance().paused, 0);
    a.enact(&OPEN);
    a.guard(ix::pause(program::LISTING, &both));
    let wrong = a.account(&both[0]);
    let mut unpause = ix::unpause(program::LISTING, &both);
    unpause.accounts[1].pubkey = wrong;
    a.unguarded(unpause, DaoError::WrongAccount);
    let mut elsewhere = ix::unpause(program::LISTING, &both);
    elsewhere.accounts[2].pubkey = pda::escrow_config().0;
    a.unguarded(elsewhere, DaoError::WrongTarget);
}
