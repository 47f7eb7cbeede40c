//! Refusals that nothing else here comes across.

use common::receipt::mode;
use escrow::{error::EscrowError, instructions::SessionArgs, opening::OpenArgs};
use pedigree_sdk::{instructions::escrow as ix, pda};
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

#[test]
fn orders_of_other_modes_take_no_vouchers_and_no_top_ups() {
    for mode in [mode::ONE_TIME, mode::SUBSCRIPTION, mode::LEASE] {
        let mut world = World::new(1);
        let mut args = world.mode_args(mode, &world.buyer.pubkey());
        args.buyer_key = world.buyer.pubkey().to_bytes();
        world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
        let order = world.open_params().address(&args.key);
        let state = world.order(&order);
        let (buyer, source) = (world.buyer.pubkey(), world.buyer_account);
        let top_up = ix::top_up(&buyer, &order, &state, &source, None, 1);
        let error = EscrowError::NotMetered;
        world.chain.refused(&[top_up], &[&world.buyer], error);
        let redeem = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
        world.chain.refused(&redeem, &[&world.operator], error);
    }
}

#[test]
fn another_buyers_order_under_the_same_key_is_not_ones_own() {
    let mut world = World::new(1);
    let args = world.args();
    let mint = world.mint;
    let other = world.chain.actor();
    let source = world.chain.token_account(&mint, &other.pubkey(), BUDGET);
    let params = ix::OpenOrder {
        buyer: other.pubkey(),
        source,
        ..world.open_params()
    };
    world.chain.ok(&[ix::open_order(&params, args)], &[&other]);
    let (own, others) = (
        world.open_params().address(&args.key),
        params.address(&args.key),
    );
    let open = swap(world.open_ix(args), &own, others);
    let error = EscrowError::WrongAccount;
    world.chain.refused(&[open], &[&world.buyer], error);
}

#[test]
fn p18_a_price_of_zero_which_no_listing_has_opens_nothing() {
    let mut world = World::new(1);
    world.edit_listing(|listing| listing.terms[0].price = 0);
    let args = OpenArgs {
        price: 0,
        ..world.args()
    };
    let open = world.open_ix(args);
    let error = EscrowError::LedgerBroken;
    world.chain.refused(&[open], &[&world.buyer], error);
}

#[test]
fn p18_a_lease_of_more_seconds_than_there_are_is_refused() {
    for quantity in [u64::MAX / 600, u64::MAX / 600 + 1] {
        let mut world = World::new(1);
        world.edit_listing(|listing| {
            listing.terms[3].price = 1;
            listing.terms[3].capacity = 0;
        });
        let (mint, buyer) = (world.mint, world.buyer.pubkey());
        world.chain.token_account(&mint, &buyer, u64::MAX);
        let update = ix::update_mint(&world.admin.pubkey(), &mint.address, true, u64::MAX);
        world.chain.ok(&[update], &[&world.admin]);
        let args = OpenArgs {
            quantity,
            price: 1,
            max_total: u64::MAX,
            ..world.mode_args(mode::LEASE, &buyer)
        };
        let open = world.open_ix(args);
        let error = EscrowError::EndOutOfBounds;
        world.chain.refused(&[open], &[&world.buyer], error);
    }
}

/// A second mint that orders may be paid in, and the listing's terms in it.
fn sells_for_another_mint(world: &mut World) -> testkit::Mint {
    let (other, admin) = (
        world.chain.mint(TokenProgram::Classic),
        world.admin.pubkey(),
    );
    let allow = ix::allow_mint(&admin, &admin, &other.address, &other.program, MAX_DEPOSIT);
    world.chain.ok(&[allow], &[&world.admin]);
    world.edit_listing(|listing| {
        listing.royalty_ppm = 0;
        for term in &mut listing.terms {
            term.mint = other.address;
        }
    });
    other
}

#[test]
fn p52_a_session_buys_in_its_own_mint_alone() {
    let mut world = World::new(1);
    let (key, owner, mint) = (world.chain.actor(), world.buyer.pubkey(), world.mint);
    let args = SessionArgs {
        key: key.pubkey(),
        amount: TOTAL,
        expires_at: world.chain.now() + VALIDITY,
        listings: Default::default(),
    };
    let source = world.buyer_account;
    let open = ix::open_session(&owner, None, &mint.address, &mint.program, &source, args);
    world.chain.ok(&[open], &[&world.buyer]);
    let session = pda::session(&owner, &key.pubkey()).0;
    let other = sells_for_another_mint(&mut world);
    let params = ix::OpenOrder {
        buyer: key.pubkey(),
        royalty_generation: None,
        mint: other.address,
        source: pda::vault(&session, &mint.program),
        session: Some(session),
        ..world.open_params()
    };
    let args = world.args();
    let open = ix::open_order(&params, args);
    let error = EscrowError::SessionForbids;
    world.chain.refused(&[open], &[&key], error);
}
