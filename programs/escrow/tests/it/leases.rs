//! Leases: heartbeats, and what happens without them.

use common::receipt::{mode, state};
use escrow::error::EscrowError;
use pedigree_sdk::instructions::escrow as ix;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::{modes::*, world::*};

#[test]
fn intervals_that_both_sides_name_are_paid_and_the_rest_goes_back() {
    let mut world = World::new(1);
    let order = world.open_mode(mode::LEASE);
    let opened = world.order(&order).opened_at;
    // Opening authorised interval 0; in it the buyer authorises 1, and never 2.
    world.authorise(&[order]);
    world.chain.set_time(opened + INTERVAL);
    world.confirm(&[order]);
    assert_eq!(world.order(&order).pending, PRICE);
    world.chain.set_time(opened + 2 * INTERVAL);
    world.confirm(&[order]);
    assert_eq!(
        (world.order(&order).pending, world.order(&order).accruing),
        (PRICE, PRICE)
    );
    world.chain.set_time(opened + 3 * INTERVAL);
    let confirm = ix::confirm(&world.operator.pubkey(), &world.listing, &[order]);
    world
        .chain
        .refused(&[confirm], &[&world.operator], EscrowError::NotAuthorised);
    world.assert_conserved(&order);
    // After its grace anyone gives back what nobody earned; the rest in two windows.
    world.chain.set_time(opened + 4 * INTERVAL);
    world.settle(&order);
    assert_eq!(world.order(&order).refunded, PRICE);
    world.wait(WINDOW);
    world.settle(&order);
    world.wait(WINDOW);
    world.settle(&order);
    world.assert_ended(&order, &[PRICE, PRICE], PRICE);
}

#[test]
fn p41_a_provider_that_vanishes_earns_nothing_more() {
    let mut world = World::new(2);
    let order = world.open_mode(mode::LEASE);
    let opened = world.order(&order).opened_at;
    world.authorise(&[order]);
    world.chain.set_time(opened + INTERVAL);
    world.authorise(&[order]);
    world.chain.set_time(opened + 9 * INTERVAL);
    world.settle(&order);
    world.assert_ended(&order, &[], TOTAL);
}

#[test]
fn p15_each_interval_is_authorised_before_it_starts_and_confirmed_in_the_next_one() {
    let mut world = World::new(3);
    let order = world.open_mode(mode::LEASE);
    let opened = world.order(&order).opened_at;
    let confirm = |world: &World| ix::confirm(&world.operator.pubkey(), &world.listing, &[order]);
    let authorise = |world: &World| ix::authorise(&world.buyer.pubkey(), &[order]);
    // A second before its end interval 0 cannot be confirmed, and 1 can still be authorised, once.
    world.chain.set_time(opened + INTERVAL - 1);
    world.chain.refused(
        &[confirm(&world)],
        &[&world.operator],
        EscrowError::NotAuthorised,
    );
    world.chain.ok(&[authorise(&world)], &[&world.buyer]);
    world.wait(0);
    world.chain.refused(
        &[authorise(&world)],
        &[&world.buyer],
        EscrowError::AlreadyAuthorised,
    );
    // In the last second of its grace it is confirmed, once.
    world.chain.set_time(opened + 2 * INTERVAL - 1);
    world.chain.ok(&[confirm(&world)], &[&world.operator]);
    world.wait(0);
    world.chain.refused(
        &[confirm(&world)],
        &[&world.operator],
        EscrowError::NotAuthorised,
    );
    // A second later it is interval 1's turn; 2 was not authorised, and 3 does not exist.
    world.wait(1);
    world.chain.ok(&[confirm(&world)], &[&world.operator]);
    world.chain.refused(
        &[authorise(&world)],
        &[&world.buyer],
        EscrowError::OrderEnded,
    );
}

#[test]
fn a_batch_names_different_leases_of_this_key_and_this_listing_or_fails_whole() {
    let mut world = World::new(4);
    let leases: Vec<_> = (0..20).map(|_| world.open_mode(mode::LEASE)).collect();
    let outcome = world.authorise(&leases);
    assert_eq!(outcome.events.len(), 20);
    world.wait(INTERVAL);
    let mut wrong = vec![
        (vec![], EscrowError::BatchOutOfBounds),
        (vec![leases[0], leases[0]], EscrowError::NotAuthorised),
    ];
    let metered = world.open_mode(mode::METERED);
    wrong.push((vec![leases[0], metered], EscrowError::NotLease));
    for (batch, error) in wrong {
        let confirm = ix::confirm(&world.operator.pubkey(), &world.listing, &batch);
        world.chain.refused(&[confirm], &[&world.operator], error);
    }
    let one_more = world.open_mode(mode::LEASE);
    let batch = [leases.as_slice(), &[one_more]].concat();
    let confirm = ix::confirm(&world.operator.pubkey(), &world.listing, &batch);
    world.chain.refused(
        &[confirm],
        &[&world.operator],
        EscrowError::BatchOutOfBounds,
    );
    for key in [&world.stranger, &world.payee].map(Keypair::insecure_clone) {
        let authorise = ix::authorise(&key.pubkey(), &leases[..1]);
        world
            .chain
            .refused(&[authorise], &[&key], EscrowError::NotBuyer);
        let confirm = ix::confirm(&key.pubkey(), &world.listing, &leases[..1]);
        world
            .chain
            .refused(&[confirm], &[&key], EscrowError::NotSeller);
    }
    let outcome = world.confirm(&leases);
    assert_eq!(outcome.events.len(), 20);
    for lease in &leases {
        assert_eq!(world.order(lease).pending, PRICE);
    }
}

#[test]
fn the_owner_lets_a_lease_go_with_its_last_authorised_interval_the_seller_at_once() {
    let mut world = World::new(5);
    let order = world.open_mode(mode::LEASE);
    let opened = world.order(&order).opened_at;
    world.wait(10);
    let buyer = world.buyer.insecure_clone();
    world.end(&buyer, &order);
    assert_eq!(world.order(&order).ends_at, opened + INTERVAL);
    world.chain.set_time(opened + INTERVAL);
    world.confirm(&[order]);
    world.wait(WINDOW);
    world.settle(&order);
    world.assert_ended(&order, &[PRICE], 2 * PRICE);

    let order = world.open_mode(mode::LEASE);
    world.wait(10);
    let seller = world.seller.insecure_clone();
    world.end(&seller, &order);
    assert_eq!(world.order(&order).head.state, state::FUNDED);
    world.wait(INTERVAL);
    // It ended within its interval, which is nobody's.
    let confirm = ix::confirm(&world.operator.pubkey(), &world.listing, &[order]);
    world
        .chain
        .refused(&[confirm], &[&world.operator], EscrowError::NotAuthorised);
    world.settle(&order);
    world.assert_ended(&order, &[], TOTAL);
}

#[test]
fn a_dispute_freezes_what_accrued_and_later_intervals_go_on() {
    let mut world = World::new(6);
    let order = world.open_mode(mode::LEASE);
    let opened = world.order(&order).opened_at;
    world.authorise(&[order]);
    world.chain.set_time(opened + INTERVAL);
    world.confirm(&[order]);
    world.authorise(&[order]);
    world.dispute(&order);
    assert_eq!(world.order(&order).contested, PRICE);
    world.chain.set_time(opened + 2 * INTERVAL);
    world.confirm(&[order]);
    world.chain.set_time(opened + 3 * INTERVAL);
    world.confirm(&[order]);
    world.chain.set_time(world.order(&order).arbitrate_by);
    world.settle(&order);
    world.wait(WINDOW);
    let lapse = ix::lapse_dispute(&world.stranger.pubkey(), &order, 1);
    world.chain.ok(&[lapse], &[&world.stranger]);
    world.settle(&order);
    world.assert_ended(&order, &[PRICE, PRICE, PRICE], 0);
}
