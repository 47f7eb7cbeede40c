//! Accounts that end, and where their rent goes.

use escrow::error::EscrowError;
use pedigree_sdk::{events::Event, instructions::escrow as ix};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::world::*;

/// What closing brings to the closer and to who paid the rent.
fn close(
    world: &mut World,
    closer: &Keypair,
    order: &solana_program::pubkey::Pubkey,
) -> (u64, u64, u64) {
    let rent = world.chain.lamports(order);
    let payer = world.order(order).rent_payer;
    let before = [closer.pubkey(), payer].map(|who| world.chain.lamports(&who));
    let close = world.close_ix(closer, order);
    let outcome = world.chain.ok(&[close], &[closer]);
    let Event::OrderClosed(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (event.head.rent + event.head.reward, event.head.rent_to),
        (rent, payer)
    );
    assert!(!world.chain.exists(order));
    let after = [closer.pubkey(), payer].map(|who| world.chain.lamports(&who));
    (rent, after[0] - before[0], after[1] - before[1])
}

#[test]
fn rent_returns_to_its_payer_less_a_tenth_to_a_stranger() {
    let mut world = World::new(1);
    let order = world.refunded();
    world.chain.set_time(world.order(&order).valid_until + 1);
    let stranger = world.stranger.insecure_clone();
    let (rent, reward, back) = close(&mut world, &stranger, &order);
    assert_eq!((reward, back), (rent / 10, rent - rent / 10));
    let order = world.settled();
    world.chain.set_time(world.order(&order).valid_until + 1);
    let buyer = world.buyer.insecure_clone();
    let (rent, back, _) = close(&mut world, &buyer, &order);
    assert_eq!(back, rent);
}

#[test]
fn a_sponsor_of_the_rent_who_closes_pays_itself_no_reward() {
    let mut world = World::new(1);
    let args = world.args();
    let params = ix::OpenOrder {
        payer: Some(world.stranger.pubkey()),
        ..world.open_params()
    };
    world.chain.ok(
        &[ix::open_order(&params, args)],
        &[&world.buyer, &world.stranger],
    );
    let order = pedigree_sdk::pda::order(&world.buyer.pubkey(), &args.key).0;
    let refund = world.seller_refund_ix(&world.seller, &order, None);
    world.chain.ok(&[refund], &[&world.seller]);
    world.chain.set_time(args.valid_until + 1);
    let sponsor = world.stranger.insecure_clone();
    let (rent, back, _) = close(&mut world, &sponsor, &order);
    assert_eq!(back, rent);
}

#[test]
fn p15_an_order_closes_one_second_after_its_key_expired() {
    let mut world = World::new(1);
    let order = world.settled();
    for (late, closes) in [(-1, false), (0, false), (1, true)] {
        world.chain.set_time(world.order(&order).valid_until + late);
        let close = world.close_ix(&world.buyer, &order);
        if closes {
            world.chain.ok(&[close], &[&world.buyer]);
        } else {
            world
                .chain
                .refused(&[close], &[&world.buyer], EscrowError::StillValid);
        }
    }
}

#[test]
fn an_order_that_is_not_final_or_is_anothers_receipt_does_not_close() {
    let mut world = World::new(1);
    let (open, delivered, settled) = (world.open(), world.delivered(), world.settled());
    world.chain.set_time(world.order(&settled).valid_until + 1);
    for order in [open, delivered] {
        let close = world.close_ix(&world.buyer, &order);
        world
            .chain
            .refused(&[close], &[&world.buyer], EscrowError::WrongState);
    }
    for closer in [&world.stranger, &world.seller, &world.payee].map(|key| key.insecure_clone()) {
        let close = world.close_ix(&closer, &settled);
        world
            .chain
            .refused(&[close], &[&closer], EscrowError::NotBuyer);
    }
}

#[test]
fn p32_rent_goes_to_nobody_but_its_payer() {
    let mut world = World::new(1);
    let order = world.refunded();
    world.chain.set_time(world.order(&order).valid_until + 1);
    let mut state = world.order(&order);
    state.rent_payer = world.stranger.pubkey();
    let close = ix::close_order(&world.stranger.pubkey(), &order, &state);
    world
        .chain
        .refused(&[close], &[&world.stranger], EscrowError::WrongRentPayer);
    let delivered = world.delivered();
    let mut state = world.order(&delivered);
    state.rent_payer = world.stranger.pubkey();
    let settle = ix::settle(&world.buyer.pubkey(), &delivered, &state);
    world
        .chain
        .refused(&[settle], &[&world.buyer], EscrowError::WrongRentPayer);
}

#[test]
fn p38_rent_may_change_while_orders_are_open() {
    for (before, after) in [(6_960, 696), (696, 6_960), (5_080, 5_080)] {
        let mut world = World::new(1);
        world.chain.set_rent(before);
        let (settled, refunded) = (world.delivered(), world.open());
        world.chain.set_rent(after);
        world.accept(&settled);
        let refund = world.seller_refund_ix(&world.seller, &refunded, None);
        world.chain.ok(&[refund], &[&world.seller]);
        world.chain.set_time(world.order(&settled).valid_until + 1);
        let (buyer, stranger) = (
            world.buyer.insecure_clone(),
            world.stranger.insecure_clone(),
        );
        let (rent, back, _) = close(&mut world, &buyer, &settled);
        assert_eq!(rent, back);
        close(&mut world, &stranger, &refunded);
    }
}
