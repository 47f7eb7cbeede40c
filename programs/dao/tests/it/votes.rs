//! Commitments and reveals.

use dao::error::DaoError;
use pedigree_sdk::{
    instructions::{dao as ix, reward as on_reward},
    pda,
};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn a_commitment_pays_five_percent_and_a_reveal_counts_the_weight() {
    let mut w = World::new(1);
    let voters = w.voters(&[1_001]);
    let (_, dispute) = w.order_case();
    w.to(&dispute, EVIDENCE);
    let before = w.held(&voters[0].owner.pubkey());
    w.commit(&voters[0], &dispute, 3);
    // Twice the half, rounded up: 2 × 26.
    assert_eq!(before - w.held(&voters[0].owner.pubkey()), 52);
    assert_eq!((bond(1_001), w.vault(&dispute)), (52, 52));
    let record = w.juror(&voters[0], &dispute, 0);
    assert_eq!(
        (record.weight, record.owner),
        (1_001, voters[0].owner.pubkey())
    );
    w.to(&dispute, EVIDENCE + COMMIT);
    let reveal = w.reveal_ix(&voters[0], &dispute, 3);
    w.crank(reveal);
    assert_eq!(w.dispute(&dispute).rounds[0].weights, [0, 0, 0, 1_001, 0]);
}

#[test]
fn p25_a_position_votes_once_in_a_round_and_reveals_once() {
    let mut w = World::new(1);
    let voters = w.voters(&[2_000]);
    let (_, dispute) = w.order_case();
    w.to(&dispute, EVIDENCE);
    w.commit(&voters[0], &dispute, 1);
    let again = w.commit_ix(&voters[0], &dispute, 2);
    w.chain
        .send(&[again], &[&voters[0].owner])
        .expect_err("once");
    w.to(&dispute, EVIDENCE + COMMIT);
    let reveal = w.reveal_ix(&voters[0], &dispute, 1);
    w.crank(reveal.clone());
    w.refused(reveal, DaoError::AlreadyRevealed);
}

#[test]
fn p26_p27_what_was_locked_too_late_or_is_being_unlocked_carries_no_weight() {
    let mut w = World::new(1);
    let (early, late) = (w.voter(1_000), w.voter(1_000));
    let unlocking = w.voter(1_000);
    w.pass(7 * DAY - 1);
    let second = w.voter(1_000);
    let (_, too_early) = w.order_case();
    w.pass(1);
    let (_, dispute) = w.order_case();
    let unlock = on_reward::request_unlock(&unlocking.owner.pubkey(), 0);
    w.chain.ok(&[unlock], &[&unlocking.owner]);
    w.to(&dispute, EVIDENCE);
    // A second short of a week when that round began.
    let commit = w.commit_ix(&late, &too_early, 0);
    w.chain
        .refused(&[commit], &[&late.owner], DaoError::NoWeight);
    w.commit(&early, &dispute, 0);
    for voter in [&second, &unlocking] {
        let commit = w.commit_ix(voter, &dispute, 0);
        w.chain
            .refused(&[commit], &[&voter.owner], DaoError::NoWeight);
    }
    // Nobody votes with what is another's.
    let mut commit = w.commit_ix(&late, &dispute, 0);
    commit.accounts[0].pubkey = early.owner.pubkey();
    commit.accounts[4].pubkey = w.account(&early.owner.pubkey());
    w.chain
        .refused(&[commit], &[&early.owner], DaoError::NotOwner);
}

#[test]
fn p44_a_copied_commitment_is_worthless_and_so_is_a_reveal_of_another_choice_or_salt() {
    let mut w = World::new(1);
    let voters = w.voters(&[2_000, 2_000]);
    let (_, dispute) = w.order_case();
    w.to(&dispute, EVIDENCE);
    let commit = w.commit_ix(&voters[0], &dispute, 4);
    w.chain
        .ok(std::slice::from_ref(&commit), &[&voters[0].owner]);
    // The same hash under the copier's own position.
    let mut copy = w.commit_ix(&voters[1], &dispute, 0);
    copy.data = commit.data;
    w.chain.ok(&[copy], &[&voters[1].owner]);
    w.to(&dispute, EVIDENCE + COMMIT);
    let reveal = w.reveal_ix(&voters[1], &dispute, 4);
    w.refused(reveal, DaoError::NotCommitted);
    let other_choice = w.reveal_ix(&voters[0], &dispute, 3);
    w.refused(other_choice, DaoError::NotCommitted);
    let other_salt = ix::reveal(&voters[0].position, &dispute, 0, 4, [6; 32]);
    w.refused(other_salt, DaoError::NotCommitted);
    for (choice, error) in [(5, DaoError::NoSuchChoice), (255, DaoError::NoSuchChoice)] {
        let reveal = w.reveal_ix(&voters[0], &dispute, choice);
        w.refused(reveal, error);
    }
    let reveal = w.reveal_ix(&voters[0], &dispute, 4);
    w.crank(reveal);
}

#[test]
fn p44_a_record_of_another_round_is_not_revealed() {
    let mut w = World::new(1);
    let voters = w.voters(&[2_000, 2_000]);
    let (_, dispute) = w.order_case();
    w.round(&dispute, &[(&voters[0], Some(0)), (&voters[1], None)]);
    w.appeal(&dispute, dao::state::direction::UP);
    w.to(&dispute, EVIDENCE + COMMIT);
    let old = ix::reveal(&voters[1].position, &dispute, 0, 0, SALT);
    w.refused(old, DaoError::WrongAccount);
}

#[test]
fn p15_each_phase_takes_its_own_and_nothing_else() {
    let mut w = World::new(1);
    let voters = w.voters(&[2_000, 2_000]);
    let (order, dispute) = w.order_case();
    let commit = w.commit_ix(&voters[0], &dispute, 0);
    w.to(&dispute, EVIDENCE - 1);
    w.chain.refused(
        std::slice::from_ref(&commit),
        &[&voters[0].owner],
        DaoError::WrongPhase,
    );
    w.to(&dispute, EVIDENCE);
    w.chain.ok(&[commit], &[&voters[0].owner]);
    let reveal = w.reveal_ix(&voters[0], &dispute, 0);
    w.to(&dispute, EVIDENCE + COMMIT - 1);
    w.refused(reveal.clone(), DaoError::WrongPhase);
    w.to(&dispute, EVIDENCE + COMMIT);
    let late = w.commit_ix(&voters[1], &dispute, 0);
    w.chain
        .refused(&[late], &[&voters[1].owner], DaoError::WrongPhase);
    w.to(&dispute, EVIDENCE + COMMIT + REVEAL - 1);
    w.refused(ix::tally(&dispute), DaoError::WrongPhase);
    w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
    w.refused(reveal, DaoError::WrongPhase);
    w.crank(ix::tally(&dispute));
    w.refused(ix::tally(&dispute), DaoError::AlreadyCounted);
    w.crank(ix::finish(&order, &dispute));
    for instruction in [
        ix::tally(&dispute),
        ix::finish(&order, &dispute),
        ix::submit_evidence(&w.stranger.pubkey(), &dispute, [1; 32]),
        w.reveal_ix(&voters[0], &dispute, 0),
    ] {
        w.refused(instruction, DaoError::DisputeOver);
    }
    let commit = w.commit_ix(&voters[1], &dispute, 0);
    w.chain
        .refused(&[commit], &[&voters[1].owner], DaoError::DisputeOver);
}

#[test]
fn p8_a_bond_goes_into_its_own_disputes_vault() {
    let mut w = World::new(1);
    let voters = w.voters(&[2_000]);
    let ((_, dispute), (_, other)) = (w.order_case(), w.order_case());
    w.to(&dispute, EVIDENCE);
    let mut commit = w.commit_ix(&voters[0], &dispute, 0);
    commit.accounts[5].pubkey = pda::dispute_vault(&other).0;
    w.chain
        .refused(&[commit], &[&voters[0].owner], DaoError::WrongAccount);
}
