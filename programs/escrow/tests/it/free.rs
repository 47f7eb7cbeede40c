//! Receipts of free listings.

use common::receipt::{flag, mode, state};
use escrow::{error::EscrowError, opening::OpenArgs};
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::world::*;

fn world() -> World {
    let mut world = World::new(1);
    world.edit_listing(|listing| listing.terms_len = 0);
    world
}

fn args(world: &mut World) -> OpenArgs {
    OpenArgs {
        price: 0,
        quantity: 1,
        max_total: 0,
        unit: [0; 32],
        buyer_key: [0; 32],
        ..world.args()
    }
}

fn open(world: &World, args: OpenArgs) -> Instruction {
    ix::open_free(&world.buyer.pubkey(), None, &world.listing, args)
}

#[test]
fn a_free_listing_gives_a_receipt_that_is_not_a_paid_one() {
    let mut world = world();
    let args = args(&mut world);
    world.chain.ok(&[open(&world, args)], &[&world.buyer]);
    let address = pda::order(&world.buyer.pubkey(), &args.key).0;
    let order = world.order(&address);
    assert_eq!(
        (order.head.state, order.head.flags),
        (state::SETTLED, flag::FREE)
    );
    assert!(!order.head.is_paid_receipt());
    assert_eq!(
        (order.deposited, order.mint, order.pool),
        (0, Pubkey::default(), Pubkey::default())
    );
    assert!(!world.chain.exists(&world.vault(&address)));
    // The same again changes nothing, whatever became of the listing.
    world.edit_listing(|listing| listing.terms_len = 1);
    assert!(
        world
            .chain
            .ok(&[open(&world, args)], &[&world.buyer])
            .events
            .is_empty()
    );
    let other = OpenArgs {
        quantity: 2,
        ..args
    };
    world.chain.refused(
        &[open(&world, other)],
        &[&world.buyer],
        EscrowError::IdempotencyConflict,
    );
}

#[test]
fn p4_a_receipt_is_made_where_lamports_wait() {
    let mut world = world();
    for lamports in [1, 50_000_000] {
        let args = args(&mut world);
        let order = pda::order(&world.buyer.pubkey(), &args.key).0;
        world.chain.fund(&order, lamports);
        world.chain.ok(&[open(&world, args)], &[&world.buyer]);
        assert_eq!(world.order(&order).head.state, state::SETTLED);
    }
}

#[test]
fn a_listing_with_a_price_is_not_free_whatever_was_seen_of_it() {
    let mut world = World::new(1);
    let args = OpenArgs {
        unit: UNIT,
        ..args(&mut world)
    };
    for price in [0, PRICE] {
        let seen = OpenArgs { price, ..args };
        world.chain.refused(
            &[open(&world, seen)],
            &[&world.buyer],
            EscrowError::ListingNotFree,
        );
    }
}

#[test]
fn a_term_or_price_that_a_listing_without_terms_does_not_have_is_refused() {
    let mut world = world();
    let args = args(&mut world);
    let term = OpenArgs { term: 1, ..args };
    world.chain.refused(
        &[open(&world, term)],
        &[&world.buyer],
        EscrowError::NoSuchTerm,
    );
    let priced = OpenArgs { price: 1, ..args };
    let unit = OpenArgs { unit: UNIT, ..args };
    let lease = OpenArgs {
        mode: mode::LEASE,
        ..args
    };
    let lasting = OpenArgs { period: 60, ..args };
    for (other, error) in [
        (priced, EscrowError::PriceChanged),
        (unit, EscrowError::PriceChanged),
        (lease, EscrowError::ModeChanged),
        (lasting, EscrowError::PeriodChanged),
    ] {
        world
            .chain
            .refused(&[open(&world, other)], &[&world.buyer], error);
    }
}

#[test]
fn a_receipt_has_no_money_to_move_and_only_its_buyer_closes_it_when_its_key_expired() {
    let mut world = world();
    let args = args(&mut world);
    world.chain.ok(&[open(&world, args)], &[&world.buyer]);
    let order = pda::order(&world.buyer.pubkey(), &args.key).0;
    let wrong = EscrowError::WrongState;
    world
        .chain
        .refused(&[world.deliver_ix(&order)], &[&world.operator], wrong);
    world.chain.set_time(args.valid_until);
    let close = world.close_ix(&world.buyer, &order);
    world.chain.refused(
        std::slice::from_ref(&close),
        &[&world.buyer],
        EscrowError::StillValid,
    );
    world.chain.set_time(args.valid_until + 1);
    let by_stranger = world.close_ix(&world.stranger, &order);
    world
        .chain
        .refused(&[by_stranger], &[&world.stranger], EscrowError::NotBuyer);
    let before = world.chain.lamports(&world.buyer.pubkey());
    let rent = world.chain.lamports(&order);
    world.chain.ok(&[close], &[&world.buyer]);
    assert_eq!(world.chain.lamports(&world.buyer.pubkey()), before + rent);
}
