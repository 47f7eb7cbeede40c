use anchor_lang::bytemuck::Zeroable;
use common::dispute::DocketHead;

use super::*;
use crate::constants::{CASE_PERIOD, SLASHING_PERIOD};

fn config() -> Config {
    Config {
        cap: 1_000,
        first_emission: 100,
        halving: 2,
        ..Config::zeroed()
    }
}

fn epoch(index: u32, previous: u32, total: u64) -> Epoch {
    Epoch {
        index,
        previous,
        total,
        ..Epoch::zeroed()
    }
}

#[test]
fn epochs_are_finished_in_the_order_in_which_they_were_opened_and_take_what_was_emitted_by_then() {
    let mut emission = Emission::zeroed();
    let (mut first, mut third) = (epoch(0, 0, 30), epoch(3, 1, 1_000));
    let early = emission.finish(&config(), &mut third);
    assert_eq!(early, Err(RewardError::EpochOutOfOrder.into()));
    assert_eq!(emission.finish(&config(), &mut first), Ok(100));
    assert_eq!((first.allotted, emission.pool), (30, 70));
    // Epoch 1 emits 100 as well, 2 and 3 half of that.
    assert_eq!(emission.finish(&config(), &mut third), Ok(200));
    assert_eq!((third.allotted, emission.pool), (270, 0));
    first.claimed = 12;
    assert_eq!(emission.take_back(&config(), &first), Ok(18));
    assert_eq!(
        (emission.pool, emission.granted, emission.returned),
        (18, 300, 18)
    );
}

#[test]
fn an_emission_that_does_not_add_up_is_refused() {
    let mut emission = Emission {
        pool: 1,
        ..Emission::zeroed()
    };
    let refused = emission.finish(&config(), &mut epoch(0, 0, 1));
    assert_eq!(refused, Err(RewardError::LedgerBroken.into()));
    let mut emission = Emission::zeroed();
    let claimed_twice = Epoch {
        claimed: 1,
        ..epoch(0, 0, 1)
    };
    let refused = emission.take_back(&config(), &claimed_twice);
    assert_eq!(refused, Err(RewardError::LedgerBroken.into()));
}

#[test]
fn what_a_position_and_the_sums_do_not_hold_is_taken_from_neither() {
    let broken = || Err(RewardError::LedgerBroken.into());
    let mut position = Position {
        amount: 10,
        ..Position::zeroed()
    };
    assert_eq!(position.release(0), broken());
    assert_eq!(position.slash(1), broken());
    let mut stake = Stake::zeroed();
    assert_eq!(stake.deactivate(1, 0), broken());
    assert_eq!(stake.release(1), broken());
    assert_eq!(stake.slash(&position, 1, 0), broken());
    assert_eq!(stake.release(0), broken());
}

#[test]
fn settled_is_what_was_active_all_of_this_week_and_the_last() {
    let mut stake = Stake::zeroed();
    let day = |day: i64| day * 86_400;
    stake.lock(100, day(7)).expect("room");
    assert_eq!([7, 13, 14, 20].map(|at| stake.settled(day(at))), [0; 4]);
    assert_eq!([21, 700].map(|at| stake.settled(day(at))), [100; 2]);
    stake.lock(50, day(22)).expect("room");
    assert_eq!([22, 28, 34].map(|at| stake.settled(day(at))), [100; 3]);
    stake.deactivate(30, day(29)).expect("that much");
    assert_eq!((stake.active, stake.settled(day(29))), (120, 100));
    // What was there for a moment only never was.
    stake.lock(1_000, day(36)).expect("room");
    stake.deactivate(1_000, day(36)).expect("that much");
    assert_eq!([36, 50].map(|at| stake.settled(day(at))), [120; 2]);
    stake.deactivate(120, day(50)).expect("that much");
    assert_eq!([50, 57, 64].map(|at| stake.settled(day(at))), [0; 3]);
}

#[test]
fn cases_that_follow_one_another_hold_no_attestation_back_for_ever() {
    let expires_at = 1_000;
    let attestation = Attestation {
        expires_at,
        ..Attestation::zeroed()
    };
    let docket = DocketHead {
        disputes: 9,
        open: 1,
        ..DocketHead::zeroed()
    };
    let last = expires_at + CASE_PERIOD + SLASHING_PERIOD;
    let held = attestation.check_closable(Some(&docket), last - 1);
    assert_eq!(held, Err(RewardError::ListingDisputed.into()));
    assert_eq!(attestation.check_closable(Some(&docket), last), Ok(()));
}
