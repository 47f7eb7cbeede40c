//! A dispute as a state machine, with the arithmetic of its bonds, and no chain.

use anchor_lang::bytemuck::Zeroable;
use common::dispute::dispute_status;

use super::*;

const PHASE: i64 = 3_600;
const WEIGHT: u64 = 1_000;

fn config() -> Config {
    Config {
        evidence: PHASE as u32,
        commit: PHASE as u32,
        reveal: PHASE as u32,
        appeal: PHASE as u32,
        quorum_ppm: 100_000,
        quorum_floor: 1,
        case_bond: 500,
        appeal_bond: 100,
        ..Config::zeroed()
    }
}

/// Of a version, opened at 0 with a quorum of 1,000.
fn opened() -> Dispute {
    let mut dispute = Dispute {
        case: case::VERSION,
        ..Dispute::zeroed()
    };
    let deadline = 12 * PHASE + 1;
    dispute.begin(&config(), 10_000, 0, deadline).unwrap();
    let opener = Address::new_from_array([1; 32]);
    dispute.bond(0, &opener, direction::UP, 500).unwrap();
    dispute
}

/// A round that began at `start`, in which so many jurors made each choice; `silent` more committed.
fn vote(dispute: &mut Dispute, start: i64, choices: &[(u8, u64)], silent: u64) {
    for (_, count) in choices.iter().chain(&[(0, silent)]) {
        for _ in 0..*count {
            let round = dispute.committing(start + PHASE).unwrap();
            round.commit(bond_of(WEIGHT).unwrap()).unwrap();
        }
    }
    for (choice, count) in choices {
        for _ in 0..*count {
            dispute.check_choice(*choice).unwrap();
            let round = dispute.revealing(start + 2 * PHASE).unwrap();
            round.reveal(*choice, WEIGHT).unwrap();
        }
    }
    dispute.tally(start + 3 * PHASE).unwrap();
}

/// Everything that jurors of a round get.
fn settle(dispute: &mut Dispute, index: u8, choices: &[(u8, u64)], silent: u64) -> u64 {
    let all = choices.iter().copied().chain([(NOT_REVEALED, silent)]);
    let mut sum = 0;
    for (choice, count) in all {
        for _ in 0..count {
            sum += dispute.at(index).unwrap().settle(choice, WEIGHT).unwrap();
        }
    }
    sum
}

#[test]
fn p15_phases_neither_overlap_nor_leave_a_gap() {
    let mut dispute = opened();
    for now in [0, PHASE - 1] {
        dispute.check_evidence(now).unwrap();
        assert!(dispute.committing(now).is_err());
    }
    assert!(dispute.check_evidence(PHASE).is_err());
    for now in [PHASE, 2 * PHASE - 1] {
        dispute.committing(now).unwrap();
        assert!(dispute.revealing(now).is_err());
    }
    assert!(dispute.committing(2 * PHASE).is_err());
    for now in [2 * PHASE, 3 * PHASE - 1] {
        dispute.revealing(now).unwrap();
        assert!(dispute.tally(now).is_err());
    }
    assert!(dispute.revealing(3 * PHASE).is_err());
    dispute.tally(3 * PHASE).unwrap();
    assert_eq!(
        dispute.tally(3 * PHASE),
        Err(DaoError::AlreadyCounted.into())
    );
}

#[test]
fn a_case_whose_rounds_do_not_all_fit_is_refused() {
    let mut dispute = Dispute::zeroed();
    let late = dispute.begin(&config(), 0, 0, 12 * PHASE);
    assert_eq!(late, Err(DaoError::TooLate.into()));
}

#[test]
fn p41_a_dispute_in_which_nobody_votes_ends_as_though_it_had_never_been_opened() {
    let mut dispute = opened();
    vote(&mut dispute, 0, &[], 0);
    dispute.finish(3 * PHASE).unwrap();
    assert_eq!(dispute.head.status, dispute_status::UNDECIDED);
    assert_eq!(dispute.pay_bond(0).unwrap().1, 500);
    assert_eq!(dispute.pay_bond(0), Err(DaoError::NothingDue.into()));
    // Nor does anybody have to count it.
    let mut dispute = opened();
    assert!(dispute.finish(12 * PHASE).is_err());
    dispute.finish(12 * PHASE + 1).unwrap();
    assert_eq!(dispute.head.status, dispute_status::UNDECIDED);
}

#[test]
fn a_round_without_a_quorum_returns_all_bonds_revealed_or_not() {
    let mut dispute = opened();
    dispute.rounds[0].quorum = 2_001;
    vote(&mut dispute, 0, &[(0, 1), (4, 1)], 3);
    dispute.finish(3 * PHASE).unwrap();
    assert_eq!(settle(&mut dispute, 0, &[(0, 1), (4, 1)], 3), 5 * 50);
}

#[test]
fn p10_jurors_gains_are_jurors_losses_and_the_lost_bond() {
    let choices = [(0, 5), (4, 2)];
    let mut dispute = opened();
    vote(&mut dispute, 0, &choices, 3);
    assert!(dispute.finish(4 * PHASE - 1).is_err());
    dispute.finish(4 * PHASE).unwrap();
    assert_eq!(
        (dispute.head.status, dispute.head.share),
        (dispute_status::FINAL, 0)
    );
    // The opener's side got nothing: its bond is the jurors'.
    assert!(dispute.pay_bond(0).is_err());
    assert_eq!(settle(&mut dispute, 0, &choices, 3), 10 * 50 + 500);
    assert_eq!(dispute.rounds[0].pot, 0);
}

#[test]
fn p48_an_appeal_that_moves_the_ruling_gets_its_bond_back_and_one_that_does_not_loses_it() {
    for (second, kept) in [([(0, 1), (4, 3)], true), ([(0, 3), (4, 1)], false)] {
        let first = [(0, 2), (4, 1)];
        let mut dispute = opened();
        vote(&mut dispute, 0, &first, 0);
        let (appellant, start) = (Address::new_from_array([2; 32]), 3 * PHASE);
        assert_eq!(dispute.appeal(&appellant, direction::UP, start), Ok(100));
        assert_eq!(dispute.rounds[1].quorum, 2_000);
        vote(&mut dispute, start, &second, 1);
        dispute.finish(start + 4 * PHASE).unwrap();
        assert_eq!(dispute.head.share, if kept { 100 } else { 0 });
        assert_eq!(dispute.pay_bond(1).is_ok(), kept);
        assert_eq!(dispute.pay_bond(0).is_ok(), kept);
        // Everything that was paid in comes out again.
        let parties = if kept { 600 } else { 0 };
        let jurors = settle(&mut dispute, 0, &first, 0) + settle(&mut dispute, 1, &second, 1);
        assert_eq!(jurors + parties, 8 * 50 + 600);
    }
}

#[test]
fn p48_a_losing_appellant_gains_nothing_by_outrunning_the_quorum() {
    let first = [(4, 2)];
    let mut dispute = opened();
    vote(&mut dispute, 0, &first, 0);
    let appellant = Address::new_from_array([2; 32]);
    dispute
        .appeal(&appellant, direction::DOWN, 3 * PHASE)
        .unwrap();
    // One vote of two thousand that are needed.
    vote(&mut dispute, 3 * PHASE, &[(0, 1)], 0);
    dispute.finish(6 * PHASE).unwrap();
    assert_eq!(
        (dispute.head.status, dispute.head.share),
        (dispute_status::FINAL, 100)
    );
    assert_eq!(dispute.pay_bond(1).unwrap().1, 100);
    assert_eq!(settle(&mut dispute, 1, &[(0, 1)], 0), 50);
}

#[test]
fn there_are_three_rounds_each_with_twice_the_quorum_and_the_bond() {
    let mut dispute = opened();
    let key = Address::new_from_array([2; 32]);
    vote(&mut dispute, 0, &[(0, 1)], 0);
    assert_eq!(
        dispute.appeal(&key, direction::DOWN, 3 * PHASE),
        Err(DaoError::NothingToAppeal.into())
    );
    assert_eq!(
        dispute.appeal(&key, 3, 3 * PHASE),
        Err(DaoError::NothingToAppeal.into())
    );
    assert_eq!(
        dispute.appeal(&key, direction::UP, 4 * PHASE),
        Err(DaoError::WrongPhase.into())
    );
    assert_eq!(dispute.appeal(&key, direction::UP, 3 * PHASE), Ok(100));
    vote(&mut dispute, 3 * PHASE, &[(4, 2)], 0);
    assert_eq!(dispute.appeal(&key, direction::DOWN, 6 * PHASE), Ok(200));
    assert_eq!(dispute.rounds[2].quorum, 4_000);
    vote(&mut dispute, 6 * PHASE, &[(0, 4)], 0);
    assert_eq!(
        dispute.appeal(&key, direction::UP, 9 * PHASE),
        Err(DaoError::NothingToAppeal.into())
    );
    dispute.finish(9 * PHASE).unwrap();
    assert_eq!(dispute.head.share, 0);
    assert!(dispute.finish(9 * PHASE).is_err());
    // Both appeals moved it, the opener did not.
    assert_eq!(
        [0, 1, 2].map(|index| dispute.pay_bond(index).is_ok()),
        [false, true, true]
    );
}

#[test]
fn past_the_deadline_a_round_that_nobody_counted_leaves_the_ruling_before_it() {
    let mut dispute = opened();
    vote(&mut dispute, 0, &[(4, 1)], 0);
    let key = Address::new_from_array([2; 32]);
    dispute.appeal(&key, direction::DOWN, 3 * PHASE).unwrap();
    dispute.finish(dispute.deadline).unwrap();
    assert_eq!(
        (dispute.head.status, dispute.head.share),
        (dispute_status::FINAL, 100)
    );
    assert!(dispute.pay_bond(1).is_ok());
}

#[test]
fn a_version_is_judged_by_all_or_nothing_and_an_order_by_quarters() {
    let mut dispute = opened();
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(|c| dispute.check_choice(c).is_ok()),
        [true, false, false, false, true, false]
    );
    dispute.case = case::ORDER;
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(|c| dispute.check_choice(c).is_ok()),
        [true, true, true, true, true, false]
    );
    let round = dispute.at(0).unwrap();
    assert_eq!(round.reveal(5, 1), Err(DaoError::NoSuchChoice.into()));
}

#[test]
fn p44_a_reveal_fits_one_record_of_one_round_of_one_dispute_alone() {
    let [dispute, other, position] = [1, 2, 3].map(|byte| Address::new_from_array([byte; 32]));
    let hash = commitment(&dispute, 5, 0, &position, 4, &[9; 32]);
    let wrong = [
        commitment(&other, 5, 0, &position, 4, &[9; 32]),
        commitment(&dispute, 6, 0, &position, 4, &[9; 32]),
        commitment(&dispute, 5, 1, &position, 4, &[9; 32]),
        commitment(&dispute, 5, 0, &other, 4, &[9; 32]),
        commitment(&dispute, 5, 0, &position, 3, &[9; 32]),
        commitment(&dispute, 5, 0, &position, 4, &[8; 32]),
    ];
    let mut juror = Juror {
        choice: NOT_REVEALED,
        commitment: *hash.first_chunk().unwrap(),
        ..Juror::zeroed()
    };
    for wrong in wrong {
        assert_eq!(juror.reveal(&wrong, 4), Err(DaoError::NotCommitted.into()));
    }
    juror.reveal(&hash, 4).unwrap();
    assert_eq!(
        juror.reveal(&hash, 4),
        Err(DaoError::AlreadyRevealed.into())
    );
}
