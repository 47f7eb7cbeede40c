//! Epochs open, are finished in order, and what they leave rolls on.

use pedigree_sdk::{instructions::reward as ix, pda};
use reward::{error::RewardError, state::epoch_status};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p15_fees_are_recorded_from_an_epochs_first_second_until_its_last() {
    let mut w = World::new(1);
    let sales = [w.some_sale(1_000), w.some_sale(1_000), w.some_sale(1_000)];
    let index = w.open_epoch();
    let ends_at = w.epoch(index).ends_at;
    w.record(&sales[0]);
    w.chain.set_time(ends_at - 1);
    w.record(&sales[1]);
    w.refused(ix::finish_epoch(index), RewardError::EpochNotOver);
    w.chain.set_time(ends_at);
    let late = w.record_ix(&sales[2], index);
    w.refused(late, RewardError::NotCurrentEpoch);
    w.crank(ix::finish_epoch(index));
    assert_eq!(w.record(&sales[2]), index + 1);
    // An epoch that was left behind may be opened no more.
    w.pass(10 * WEEK);
    let open = ix::open_epoch(&w.stranger.pubkey(), index + 5);
    let stranger = w.stranger.insecure_clone();
    w.chain.send(&[open], &[&stranger]).expect_err("it is over");
}

#[test]
fn p4_an_epoch_is_opened_once() {
    let mut w = World::new(1);
    w.chain.fund(&pda::epoch(0).0, 1);
    let index = w.open_epoch();
    let open = ix::open_epoch(&w.stranger.pubkey(), index);
    let stranger = w.stranger.insecure_clone();
    w.chain.send(&[open], &[&stranger]).expect_err("once");
}

#[test]
fn what_nobody_earned_rolls_on_through_epochs_that_nobody_opened() {
    let mut w = World::new(1);
    let first = w.some_sale(4_000);
    let index = w.record(&first);
    w.finish(index);
    let emission = w.emission();
    assert_eq!((emission.pool, emission.granted), (999_999_000, 1_000));
    // Epochs 1 to 4 are opened by nobody: 10⁹, twice its half, a quarter; 5 emits a quarter too.
    w.pass(4 * WEEK);
    let second = w.some_sale(40_000_000_000);
    let index = w.record(&second);
    assert_eq!(index, 5);
    w.finish(index);
    let emission = w.emission();
    assert_eq!(emission.accrued, 6);
    assert_eq!((emission.pool, emission.granted), (0, 3_500_000_000));
    assert_eq!(w.epoch(index).allotted, 3_499_999_000);
}

#[test]
fn an_epoch_is_finished_once_and_after_those_that_were_opened_before_it() {
    let mut w = World::new(1);
    let sale = w.some_sale(1_000);
    w.record(&sale);
    w.pass(WEEK);
    let later = w.some_sale(1_000);
    assert_eq!(w.record(&later), 1);
    w.pass(WEEK);
    w.refused(ix::finish_epoch(1), RewardError::EpochOutOfOrder);
    w.crank(ix::finish_epoch(0));
    w.refused(ix::finish_epoch(0), RewardError::WrongEpochState);
    w.crank(ix::finish_epoch(1));
    assert_eq!(w.epoch(0).status, epoch_status::FINISHED);
}

#[test]
fn p15_what_is_not_claimed_in_time_rolls_on_once() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let index = w.record(&sale);
    w.finish(index);
    assert_eq!(w.claim(&sale.buyer, index), 400_000);
    let until = w.epoch(index).claim_until;
    assert_eq!(until, w.chain.now() + CLAIM_WINDOW);
    w.chain.set_time(until);
    w.refused(ix::expire_epoch(index), RewardError::ClaimStillOpen);
    let points = pda::points(&sale.publisher, index).0;
    let stranger = w.stranger.pubkey();
    let close = || ix::close_points(&stranger, &sale.publisher, index, &stranger);
    w.refused(close(), RewardError::WrongEpochState);
    w.chain.set_time(until + 1);
    w.chain.token_account(&w.token.clone(), &sale.publisher, 0);
    let claim = w.claim_ix(&sale.publisher, index);
    w.refused(claim, RewardError::ClaimOver);
    let pool = w.emission().pool;
    w.crank(ix::expire_epoch(index));
    assert_eq!(w.emission().pool, pool + 600_000);
    assert_eq!(w.emission().returned, 600_000);
    w.refused(ix::expire_epoch(index), RewardError::WrongEpochState);
    let claim = w.claim_ix(&sale.publisher, index);
    w.refused(claim, RewardError::WrongEpochState);
    w.crank(close());
    assert!(!w.chain.exists(&points));
}

#[test]
fn p54_settings_changed_meanwhile_touch_no_finished_epoch() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let index = w.record(&sale);
    w.set_rate(1, 1);
    w.finish(index);
    let until = w.epoch(index).claim_until;
    w.update(|args| args.claim_window = 30 * DAY as u32);
    assert_eq!(w.epoch(index).claim_until, until);
    w.chain.set_time(until);
    assert_eq!(w.claim(&sale.publisher, index), 600_000);
}
