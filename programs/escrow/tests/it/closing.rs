//! Accounts that end, and where their rent goes.

use anchor_lang::prelude::ProgramError;
use escrow::error::EscrowError;
use pedigree_sdk::{events::Event, instructions::escrow as ix};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

/// What closing brings to the closer and to who paid the rent.
fn close(world: &mut World, closer: &Keypair, order: &Pubkey) -> (u64, u64, u64) {
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
    let settle = ix::accept(&world.buyer.pubkey(), &delivered, &state);
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

#[test]
fn p31_an_order_closed_and_funded_is_closed_or_settled_no_second_time_in_one_transaction() {
    let mut world = World::new(1);
    let order = world.settled();
    world.chain.set_time(world.order(&order).valid_until + 1);
    let buyer = world.buyer.insecure_clone();
    let (close, settle, withdraw) = (
        world.close_ix(&buyer, &order),
        world.accept_ix(&order),
        world.withdraw_ix(&order),
    );
    let fund = transfer(&buyer.pubkey(), &order, world.chain.lamports(&order));
    for again in [close.clone(), settle, withdraw] {
        let all = [close.clone(), fund.clone(), again];
        let signers = [&buyer, &world.stranger];
        let error = ProgramError::AccountDataTooSmall;
        world.chain.refused(&all, &signers, error);
    }
    world.chain.ok(&[close, fund], &[&buyer]);
}

/// A delivered and an undelivered order, each of a sponsor that has no lamports left.
fn sponsored(world: &mut World) -> (Keypair, [Pubkey; 2]) {
    let sponsor = world.chain.actor();
    let orders = [true, false].map(|delivers| {
        let (args, mut params) = (world.args(), world.open_params());
        params.payer = Some(sponsor.pubkey());
        let signers = [&world.buyer.insecure_clone(), &sponsor];
        world.chain.ok(&[ix::open_order(&params, args)], &signers);
        let order = pedigree_sdk::pda::order(&world.buyer.pubkey(), &args.key).0;
        if delivers {
            world.deliver(&order);
        }
        order
    });
    world.chain.fund(&sponsor.pubkey(), 0);
    (sponsor, orders)
}

#[test]
fn p38_a_payer_of_rent_without_lamports_gets_its_rent_though_rent_rose_by_a_third() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        world.chain.set_rent(5_080);
        let (sponsor, [delivered, undelivered]) = sponsored(&mut world);
        let rents = [delivered, undelivered]
            .iter()
            .flat_map(|order| [*order, world.vault(order)])
            .map(|account| world.chain.lamports(&account))
            .sum::<u64>();
        world.chain.set_rent(6_960);
        world.accept(&delivered);
        let refund = world.seller_refund_ix(&world.seller, &undelivered, None);
        world.chain.ok(&[refund], &[&world.seller]);
        world
            .chain
            .set_time(world.order(&undelivered).valid_until + 1);
        for order in [delivered, undelivered] {
            let close = world.close_ix(&world.buyer, &order);
            world.chain.ok(&[close], &[&world.buyer]);
        }
        assert_eq!(world.chain.lamports(&sponsor.pubkey()), rents);
    }
}

#[test]
fn p38_where_rent_rises_tenfold_a_payer_without_lamports_has_to_be_sent_some_first() {
    // Of 293 bytes at 696 lamports a vault's rent is less than 128 bytes at 6,960, the least that a wallet may be left
    // with: the network refuses the whole transaction. Nothing is lost, and anybody may send the difference.
    let mut world = World::new(1);
    world.chain.set_rent(696);
    let (sponsor, [delivered, undelivered]) = sponsored(&mut world);
    world.chain.set_rent(6_960);
    let (buyer, seller) = (world.buyer.insecure_clone(), world.seller.insecure_clone());
    let settle = world.accept_ix(&delivered);
    let refund = world.seller_refund_ix(&seller, &undelivered, None);
    for (instruction, signer) in [(&settle, &buyer), (&refund, &seller)] {
        let refusal = world
            .chain
            .send(std::slice::from_ref(instruction), &[signer]);
        let refusal = refusal.expect_err("the sponsor may not be left with so little");
        assert!(refusal.lacks_rent(), "{:?}", refusal.error);
    }
    let least = world.chain.svm.minimum_balance_for_rent_exemption(0);
    let help = transfer(&world.stranger.pubkey(), &sponsor.pubkey(), least);
    let stranger = world.stranger.insecure_clone();
    world.chain.ok(&[help, settle], &[&stranger, &buyer]);
    world.chain.ok(&[refund], &[&seller]);
    world
        .chain
        .set_time(world.order(&undelivered).valid_until + 1);
    for order in [delivered, undelivered] {
        let close = world.close_ix(&buyer, &order);
        world.chain.ok(&[close], &[&buyer]);
    }
}
