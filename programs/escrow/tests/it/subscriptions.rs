//! Subscriptions: vesting, cancelling.

use common::receipt::{mode, state};
use escrow::error::EscrowError;

use crate::{modes::*, world::*};

#[test]
fn each_period_is_the_sellers_a_window_after_its_end() {
    let mut world = World::new(1);
    let order = world.open_mode(mode::SUBSCRIPTION);
    let opened = world.order(&order).opened_at;
    assert_eq!(world.order(&order).ends_at, opened + 3 * PERIOD);
    // P15: a second too early nothing is mature.
    world.chain.set_time(opened + PERIOD + WINDOW - 1);
    let early = world.settle_ix(&world.stranger, &order);
    world
        .chain
        .refused(&[early], &[&world.stranger], EscrowError::NothingMature);
    world.wait(1);
    world.settle(&order);
    assert_eq!(world.order(&order).paid, shares(PRICE).payee);
    world.assert_conserved(&order);
    // The rest in one go, long after.
    world.chain.set_time(opened + 9 * PERIOD);
    world.settle(&order);
    world.assert_ended(&order, &[PRICE, 2 * PRICE], 0);
}

#[test]
fn at_its_end_what_is_not_mature_waits_for_its_window() {
    let mut world = World::new(2);
    let order = world.open_mode(mode::SUBSCRIPTION);
    let ends_at = world.order(&order).ends_at;
    world.chain.set_time(ends_at);
    world.settle(&order);
    let ended = world.order(&order);
    assert_eq!((ended.pending, ended.matures_at), (PRICE, ends_at + WINDOW));
    assert_eq!((ended.refunded, ended.head.state), (0, state::FUNDED));
    world.wait(WINDOW);
    world.settle(&order);
    world.assert_ended(&order, &[2 * PRICE, PRICE], 0);
}

#[test]
fn cancelled_in_its_second_period_by_either_side_it_is_paid_by_the_second() {
    for by_owner in [true, false] {
        let mut world = World::new(3);
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(PERIOD + 12_345);
        let party = if by_owner {
            world.buyer.insecure_clone()
        } else {
            world.seller.insecure_clone()
        };
        world.end(&party, &order);
        let current = (u128::from(PRICE) * 12_345 / PERIOD as u128) as u64;
        // The first period is mature: a window is shorter than what passed since.
        let cancelled = world.order(&order);
        assert_eq!(
            (cancelled.paid, cancelled.pending),
            (shares(PRICE).payee, current)
        );
        assert_eq!(cancelled.refunded, TOTAL - PRICE - current);
        world.chain.refused(
            &[world.end_ix(&party, &order)],
            &[&party],
            EscrowError::OrderEnded,
        );
        world.wait(WINDOW);
        world.settle(&order);
        world.assert_ended(&order, &[PRICE, current], TOTAL - PRICE - current);
    }
}

#[test]
fn a_subscription_that_ended_after_a_second_is_no_paid_receipt() {
    for (seconds, paid) in [(1, false), (PERIOD - 1, false), (PERIOD, true)] {
        let mut world = World::new(6);
        let order = world.open_mode(mode::SUBSCRIPTION);
        world.wait(seconds);
        let buyer = world.buyer.insecure_clone();
        world.end(&buyer, &order);
        world.wait(WINDOW);
        world.settle(&order);
        let ended = world.order(&order);
        assert!(ended.paid > 0);
        assert_eq!(ended.head.state, state::SETTLED);
        assert_eq!(ended.head.is_paid_receipt(), paid, "{seconds}");
    }
}

#[test]
fn cancelled_at_once_everything_goes_back() {
    let mut world = World::new(4);
    let order = world.open_mode(mode::SUBSCRIPTION);
    let buyer = world.buyer.insecure_clone();
    world.end(&buyer, &order);
    world.assert_ended(&order, &[], TOTAL);
}

#[test]
fn a_period_that_ended_within_the_window_is_contested_and_the_rest_goes_on() {
    let mut world = World::new(5);
    let order = world.open_mode(mode::SUBSCRIPTION);
    let opened = world.order(&order).opened_at;
    let buyer = world.buyer.insecure_clone();
    let nothing = world.dispute_ix(&buyer, &world.buyer_account, &order);
    world
        .chain
        .refused(&[nothing], &[&buyer], EscrowError::NothingToContest);
    world.wait(2 * PERIOD + 5);
    world.dispute(&order);
    let contested = world.order(&order);
    // The first period was mature, and is due; the second ended five seconds ago.
    assert_eq!(
        (contested.contested, contested.paid_due),
        (PRICE, shares(PRICE).payee)
    );
    world.chain.set_time(opened + 3 * PERIOD + WINDOW);
    world.settle(&order);
    assert_eq!(world.order(&order).paid, shares(PRICE).payee * 2);
    assert_eq!(world.order(&order).head.state, state::FUNDED);
    let concede = world.concede_ix(&world.seller, &order);
    world.chain.ok(&[concede], &[&world.seller]);
    world.withdraw(&order);
    world.assert_ended(&order, &[PRICE, PRICE], PRICE);
}

#[test]
fn the_owner_accepts_what_vested_before_it_is_mature() {
    let mut world = World::new(6);
    let order = world.open_mode(mode::SUBSCRIPTION);
    world.wait(PERIOD);
    world.accept(&order);
    assert_eq!(world.order(&order).paid, shares(PRICE).payee);
}

#[test]
fn what_the_seller_gave_back_never_vests() {
    let mut world = World::new(7);
    let order = world.open_mode(mode::SUBSCRIPTION);
    let seller = world.seller.insecure_clone();
    let give = world.seller_refund_ix(&seller, &order, Some(2 * PRICE));
    world.chain.ok(&[give], &[&seller]);
    world.wait(10 * PERIOD);
    world.settle(&order);
    world.assert_ended(&order, &[PRICE], 2 * PRICE);
}
