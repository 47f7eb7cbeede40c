//! States that no sequence of instructions leads to, and times and amounts at their ends: nothing wraps, nothing is guessed.

use anchor_lang::bytemuck::Zeroable;
use common::receipt::{mode, state};

use super::{NOW, UNSEALED, delivered, error, funded};
use crate::{error::EscrowError, state::Order};

const HELD: u64 = 1_000;
const END: i64 = 100_000;

/// An order that earns as it goes, of which nothing was earned yet.
fn running(mode: u8) -> Order {
    let mut order = Order::zeroed();
    order.head.mode = mode;
    order.head.state = state::FUNDED;
    order.deposited = HELD;
    order.price = 10;
    order.quantity = 100;
    order.period = 60;
    order.dispute_window = 60;
    order.bond_ppm = 50_000;
    order.ends_at = END;
    order
}

#[test]
fn p18_sums_that_exceed_64_bits_are_a_broken_ledger() {
    let broken = EscrowError::LedgerBroken;
    let mut order = funded(u64::MAX);
    (order.paid, order.fee_paid) = (u64::MAX, 1);
    assert_eq!(error(order.held()), broken.into());
    let mut order = funded(u64::MAX);
    (order.paid_due, order.refund_due) = (u64::MAX, 1);
    assert_eq!(error(order.due()), broken.into());
}

#[test]
fn p10_no_part_of_an_order_exceeds_what_holds_it() {
    let broken = EscrowError::LedgerBroken;
    let mut order = running(mode::METERED);
    order.refunded = HELD + 1;
    assert_eq!(error(order.held()), broken.into());
    let mut order = running(mode::METERED);
    order.contested = HELD + 1;
    assert_eq!(error(order.undecided()), broken.into());
    let mut order = running(mode::METERED);
    (order.pending, order.accruing) = (HELD, 1);
    assert_eq!(error(order.rest()), broken.into());
    assert_eq!(error(order.invariant()), broken.into());
}

#[test]
fn p10_a_final_order_of_any_mode_has_given_everything_away() {
    let mut order = running(mode::METERED);
    order.head.state = state::SETTLED;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
    order.refund_due = HELD;
    assert!(order.invariant().is_ok());
    order.refund_due = 0;
    order.contested = HELD;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
    let mut order = delivered(HELD);
    order.contested = HELD;
    order.head.state = state::SETTLED;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
}

#[test]
fn p36_no_window_and_no_deadline_wraps_at_the_end_of_time() {
    let too_large = EscrowError::AmountTooLarge;
    let mut order = running(mode::METERED);
    order.ends_at = i64::MAX;
    let late = i64::MAX - 1;
    assert_eq!(error(order.redeem(late, 1, 1)), too_large.into());
    assert_eq!(error(order.end(late, true)), too_large.into());
    let mut order = delivered(HELD);
    (order.settle_after, order.arbitration_period) = (i64::MAX, 60);
    assert_eq!(error(order.contest(late)), too_large.into());
    let mut order = running(mode::LEASE);
    order.period = u32::MAX;
    assert_eq!(error(order.interval_start(u64::MAX)), too_large.into());
    assert_eq!(error(order.interval_start(1 << 31)), too_large.into());
    order.opened_at = i64::MAX;
    assert_eq!(error(order.interval_start(1)), too_large.into());
}

#[test]
fn p18_prices_and_bonds_that_exceed_64_bits_are_refused() {
    let too_large = EscrowError::AmountTooLarge;
    let mut order = running(mode::SUBSCRIPTION);
    (order.price, order.quantity) = (u64::MAX, 2);
    assert_eq!(error(order.vested(END)), too_large.into());
    let mut order = delivered(u64::MAX);
    order.bond_ppm = u32::MAX;
    assert_eq!(error(order.contest(NOW)), too_large.into());
    let mut order = delivered(HELD);
    order.disputes = u16::MAX;
    assert_eq!(error(order.contest(NOW)), too_large.into());
}

#[test]
fn a_lease_without_intervals_is_none() {
    let mut order = running(mode::LEASE);
    order.period = 0;
    assert_eq!(error(order.authorise(NOW)), EscrowError::NotLease.into());
}

#[test]
fn nothing_before_the_first_interval_and_nothing_long_past_is_confirmed() {
    let refused = EscrowError::NotAuthorised;
    let mut order = running(mode::LEASE);
    (order.authorised, order.unconfirmed) = (2, u8::MAX);
    assert_eq!(error(order.confirm(0)), refused.into());
    // Past the last one that was authorised.
    assert_eq!(error(order.confirm(4 * 60)), refused.into());
    // Further back than is remembered.
    order.authorised = 300;
    for remembered in [9, 63, 64, 128, 255, 256] {
        let current = 300 - remembered;
        assert_eq!(error(order.confirm(current * 60)), refused.into());
    }
    assert!(order.confirm(293 * 60).is_ok());
}

#[test]
fn a_lease_that_is_over_ends_no_earlier() {
    let mut order = running(mode::LEASE);
    (order.authorised, order.ends_at) = (1, 300);
    assert_eq!(error(order.end(301, true)), EscrowError::OrderEnded.into());
    assert_eq!(error(order.end(300, true)), EscrowError::OrderEnded.into());
    order.end(299, true).unwrap();
    assert_eq!(order.ends_at, 60);
}

#[test]
fn what_is_pending_at_the_end_of_a_subscription_is_not_replaced_by_what_vests_late() {
    let mut order = running(mode::SUBSCRIPTION);
    order.ends_at = 6_000;
    (order.earned, order.pending, order.matures_at) = (400, 400, 9_000);
    order.settle(6_010, false).unwrap();
    assert_eq!((order.pending, order.matures_at), (400, 9_000));
}

#[test]
fn nothing_matures_where_nothing_is_pending() {
    let mut order = running(mode::SUBSCRIPTION);
    order.settle(600, true).unwrap();
    assert_eq!((order.pending, order.matures_at), (0, 0));
}

#[test]
fn an_order_of_which_all_was_decided_goes_on_to_its_end() {
    let mut order = running(mode::METERED);
    order.redeem(NOW, 1, HELD).unwrap();
    order.contest(NOW).unwrap();
    order.decide(NOW, 100, false).unwrap();
    assert_eq!(order.undecided(), Ok(0));
    assert_eq!(order.head.state, state::FUNDED);
    order.add_deposit(NOW, 5, u64::MAX).unwrap();
    order.settle(END, false).unwrap();
    assert_eq!(order.head.state, state::REFUNDED);
}

#[test]
fn more_than_a_whole_is_decided_by_nobody() {
    let mut order = delivered(HELD);
    order.contest(NOW).unwrap();
    let refused = EscrowError::SharesExceedPrice;
    assert_eq!(error(order.decide(NOW, 101, false)), refused.into());
    order.decide(NOW, 100, false).unwrap();
    assert_eq!(order.refund_due, HELD);
}

#[test]
fn p11_what_is_final_earns_ends_and_contests_nothing() {
    let wrong = EscrowError::WrongState;
    for mode in [mode::METERED, mode::SUBSCRIPTION, mode::LEASE] {
        let mut order = running(mode);
        order.head.state = state::REFUNDED;
        order.refund_due = HELD;
        assert_eq!(error(order.settle(NOW, true)), wrong.into());
        assert_eq!(error(order.end(NOW, true)), wrong.into());
        assert_eq!(error(order.contest(NOW)), wrong.into());
    }
    // A one-time order is delivered, not ended.
    assert_eq!(error(funded(HELD).end(NOW, true)), wrong.into());
    assert!(funded(HELD).deliver(NOW, [1; 32], UNSEALED).is_ok());
}
