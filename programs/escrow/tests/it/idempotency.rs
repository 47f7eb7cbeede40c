//! One key, one order.

use anchor_lang::prelude::ProgramError;
use escrow::{error::EscrowError, opening::OpenArgs, state::Order};
use listing::state::status;
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::*;

fn opened(world: &mut World) -> (OpenArgs, Pubkey) {
    let args = world.args();
    world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
    (args, pda::order(&world.buyer.pubkey(), &args.key).0)
}

/// The same again: a success, no event, not a byte of the order or the buyer's balance changed.
#[track_caller]
fn repeated(world: &mut World, args: OpenArgs, order: &Pubkey) {
    let before = (
        world.order(order),
        world.chain.balance(&world.buyer_account),
    );
    let outcome = world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
    assert!(outcome.events.is_empty());
    assert_eq!(
        (
            world.order(order),
            world.chain.balance(&world.buyer_account)
        ),
        before
    );
}

#[test]
fn p50_the_same_order_again_buys_nothing_whatever_became_of_it_and_of_its_listing() {
    let mut world = World::new(1);
    let (args, order) = opened(&mut world);
    repeated(&mut world, args, &order);
    world.deliver(&order);
    repeated(&mut world, args, &order);
    world.accept(&order);
    repeated(&mut world, args, &order);
    world.edit_listing(|listing| {
        listing.status = status::RETIRED;
        listing.terms_len = 0;
        listing.version += 1;
        listing.generation += 1;
        listing.royalty_ppm = 0;
    });
    repeated(&mut world, args, &order);
    world.update_config(|config| config.paused = true);
    repeated(&mut world, args, &order);
    world.chain.set_time(args.valid_until + 1);
    repeated(&mut world, args, &order);
    world
        .chain
        .svm
        .set_account(world.buyer_account, Default::default())
        .unwrap();
    repeated(&mut world, args, &order);
}

#[test]
fn the_same_key_with_any_other_parameter_is_a_conflict() {
    let mut world = World::new(1);
    let (args, _) = opened(&mut world);
    let others = [
        OpenArgs {
            valid_until: args.valid_until + 1,
            ..args
        },
        OpenArgs {
            quantity: args.quantity - 1,
            ..args
        },
        OpenArgs {
            price: args.price - 1,
            ..args
        },
        OpenArgs {
            max_total: args.max_total + 1,
            ..args
        },
        OpenArgs {
            version: args.version + 1,
            ..args
        },
        OpenArgs { term: 1, ..args },
        OpenArgs {
            unit: [1; 32],
            ..args
        },
        OpenArgs {
            delivery_window: args.delivery_window + 1,
            ..args
        },
        OpenArgs {
            dispute_window: args.dispute_window + 1,
            ..args
        },
        OpenArgs {
            arbitration_period: args.arbitration_period + 1,
            ..args
        },
        OpenArgs {
            bond_ppm: args.bond_ppm + 1,
            ..args
        },
        OpenArgs { mode: 2, ..args },
        OpenArgs { period: 1, ..args },
        OpenArgs { ends_at: 1, ..args },
        OpenArgs {
            manifest_hash: [1; 32],
            ..args
        },
        OpenArgs {
            buyer_key: [1; 32],
            ..args
        },
    ];
    for other in others {
        world.chain.refused(
            &[world.open_ix(other)],
            &[&world.buyer],
            EscrowError::IdempotencyConflict,
        );
    }
    let second = Pubkey::new_from_array(world.chain.draw());
    let listing: listing::state::Listing = world.chain.state(&world.listing);
    world.chain.put_owned(
        second,
        listing::ID,
        pedigree_sdk::accounts::to_bytes(&listing),
    );
    let elsewhere = ix::open_order(
        &ix::OpenOrder {
            listing: second,
            ..world.open_params()
        },
        args,
    );
    world.chain.refused(
        &[elsewhere],
        &[&world.buyer],
        EscrowError::IdempotencyConflict,
    );
    let free = ix::open_free(&world.buyer.pubkey(), None, &world.listing, args);
    world
        .chain
        .refused(&[free], &[&world.buyer], EscrowError::IdempotencyConflict);
}

#[test]
fn p6_another_buyer_or_key_never_shares_an_order() {
    let mut world = World::new(1);
    let (args, order) = opened(&mut world);
    let account = world
        .chain
        .token_account(&world.mint.clone(), &world.stranger.pubkey(), BUDGET);
    let params = ix::OpenOrder {
        buyer: world.stranger.pubkey(),
        source: account,
        ..world.open_params()
    };
    world
        .chain
        .ok(&[ix::open_order(&params, args)], &[&world.stranger]);
    assert_ne!(pda::order(&world.stranger.pubkey(), &args.key).0, order);
    // Neither can be given for the other.
    let mut open = ix::open_order(&params, args);
    let theirs = pda::order(&world.stranger.pubkey(), &args.key).0;
    open.accounts
        .iter_mut()
        .find(|meta| meta.pubkey == theirs)
        .unwrap()
        .pubkey = order;
    world
        .chain
        .refused(&[open], &[&world.stranger], EscrowError::WrongAccount);
}

#[test]
fn p50_a_closed_orders_key_opens_nothing_under_its_old_parameters() {
    let mut world = World::new(1);
    let (args, order) = opened(&mut world);
    world.deliver(&order);
    world.accept(&order);
    world.chain.set_time(args.valid_until + 1);
    let close = world.close_ix(&world.buyer, &order);
    world.chain.ok(&[close], &[&world.buyer]);
    assert!(!world.chain.exists(&order));
    world.chain.refused(
        &[world.open_ix(args)],
        &[&world.buyer],
        EscrowError::ValidUntilOutOfBounds,
    );
}

#[test]
fn p31_an_order_closed_and_funded_again_in_one_transaction_is_dead() {
    let mut world = World::new(1);
    let (args, order) = opened(&mut world);
    world.deliver(&order);
    world.accept(&order);
    world.chain.set_time(args.valid_until + 1);
    let last: Order = world.order(&order);
    let close = world.close_ix(&world.buyer, &order);
    let lamports = world.chain.lamports(&order);
    let fund = transfer(&world.buyer.pubkey(), &order, lamports);
    world.chain.ok(&[close.clone(), fund], &[&world.buyer]);
    assert_eq!(world.chain.lamports(&order), lamports);
    let settle = ix::settle(&world.buyer.pubkey(), &order, &last);
    world.chain.refused(
        &[settle],
        &[&world.buyer],
        ProgramError::AccountDataTooSmall,
    );
    world
        .chain
        .refused(&[close], &[&world.buyer], ProgramError::AccountDataTooSmall);
    // The address is as free as any other, for a new order with a new validity.
    let anew = OpenArgs {
        valid_until: args.valid_until + 100,
        ..args
    };
    world.chain.warp_slots(1);
    world.chain.ok(&[world.open_ix(anew)], &[&world.buyer]);
    let born = world.order(&order).head.born_slot;
    assert!(born > last.head.born_slot);
}

#[test]
fn p4_addresses_that_hold_lamports_already_still_open() {
    let mut world = World::new(1);
    for lamports in [1, 50_000_000] {
        let args = world.args();
        let order = pda::order(&world.buyer.pubkey(), &args.key).0;
        world.chain.fund(&order, lamports);
        let vault = world.vault(&order);
        world.chain.fund(&vault, lamports);
        world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
        world.assert_conserved(&order);
        world.deliver(&order);
        world.accept(&order);
        assert!(!world.chain.exists(&world.vault(&order)));
    }
}
