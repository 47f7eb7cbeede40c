//! Which listings and terms can be ordered.

use anchor_lang::prelude::{ErrorCode, ProgramError};
use common::receipt::flag;
use escrow::error::EscrowError;
use listing::state::{Listing, status};
use pedigree_sdk::{accounts::to_bytes, instructions::escrow as ix, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

#[test]
fn only_active_listings_are_ordered_and_unclaimed_ones_where_the_settings_allow() {
    for other in [
        status::DRAFT,
        status::PAUSED,
        status::RETIRED,
        status::SUSPENDED,
    ] {
        refused(
            |w, _, _| w.edit_listing(|l| l.status = other),
            EscrowError::ListingNotActive,
        );
    }
    refused(
        |w, _, _| w.edit_listing(|l| l.claimed = 0),
        EscrowError::ListingUnclaimed,
    );
    let mut world = World::new(1);
    world.edit_listing(|l| l.claimed = 0);
    world.update_config(|config| config.allow_unclaimed = true);
    let order = world.open();
    assert_eq!(world.order(&order).head.flags, flag::UNCLAIMED);
}

#[test]
fn p54_an_order_of_an_unclaimed_listing_stays_what_it_was_though_that_is_claimed_and_disallowed() {
    let mut world = World::new(1);
    world.edit_listing(|listing| listing.claimed = 0);
    world.update_config(|config| config.allow_unclaimed = true);
    let (settled, refunded) = (world.open(), world.open());
    let opened = world.order(&settled);
    world.update_config(|config| config.allow_unclaimed = false);
    let args = world.args();
    world.chain.refused(
        &[world.open_ix(args)],
        &[&world.buyer],
        EscrowError::ListingUnclaimed,
    );
    // Claimed, as `accept_authority` does it: with another authority and payout wallet, and no operator.
    let owner = world.stranger.insecure_clone();
    world.edit_listing(|listing| {
        listing.claimed = 1;
        (listing.authority, listing.payout) = (owner.pubkey(), owner.pubkey());
        listing.operator = Pubkey::default();
    });
    assert_eq!(world.order(&settled), opened);
    let deliver = ix::deliver(
        &owner.pubkey(),
        &world.listing,
        &settled,
        CONTENT,
        SEALED_KEY,
    );
    world.chain.ok(&[deliver], &[&owner]);
    world.accept(&settled);
    let order = world.order(&settled);
    assert_eq!(
        (order.payee, order.seller, order.head.flags),
        (opened.payee, opened.seller, flag::UNCLAIMED)
    );
    assert!(!order.head.is_paid_receipt());
    assert_eq!(world.chain.balance(&world.payee_account), order.paid);
    let refund = world.seller_refund_ix(&owner, &refunded, None);
    world
        .chain
        .refused(&[refund], &[&owner], EscrowError::DeadlineNotReached);
    let refund = world.seller_refund_ix(&world.seller, &refunded, None);
    world.chain.ok(&[refund], &[&world.seller]);
    let claimed = world.open();
    assert_eq!(world.order(&claimed).head.flags, 0);
}

#[test]
fn the_term_has_to_exist_and_to_be_a_price_in_an_allowed_mint() {
    refused(|_, args, _| args.term = 4, EscrowError::NoSuchTerm);
    refused(
        |w, _, _| w.edit_listing(|l| l.terms_len = 255),
        EscrowError::NoSuchTerm,
    );
    refused(
        |w, _, _| w.edit_listing(|l| l.terms[0].mint = Pubkey::new_from_array([1; 32])),
        EscrowError::MintNotAllowed,
    );
    refused(
        |w, _, _| {
            let disable = ix::update_mint(&w.admin.pubkey(), &w.mint.address, false, MAX_DEPOSIT);
            w.chain.ok(&[disable], &[&w.admin]);
        },
        EscrowError::MintNotAllowed,
    );
    // A mint that was never allowed.
    refused(
        |w, _, p| {
            p.mint = w.chain.mint(TokenProgram::Classic).address;
            w.edit_listing(|l| l.terms[0].mint = p.mint);
        },
        EscrowError::MintNotAllowed,
    );
    refused(
        |_, _, params| params.token_program = TokenProgram::Token2022.id(),
        EscrowError::WrongTokenProgram,
    );
}

#[test]
fn p21_another_mint_than_the_settings_are_of_is_refused() {
    let mut world = World::new(1);
    let other = world.chain.mint(TokenProgram::Classic);
    let args = world.args();
    let mut open = world.open_ix(args);
    let named = open
        .accounts
        .iter_mut()
        .find(|meta| meta.pubkey == world.mint.address)
        .unwrap();
    named.pubkey = other.address;
    world
        .chain
        .refused(&[open], &[&world.buyer], EscrowError::WrongTokenProgram);
}

#[test]
fn a_listing_with_royalties_needs_the_pool_of_its_generation_and_mint() {
    refused(
        |_, _, p| p.royalty_generation = None,
        EscrowError::PoolMissing,
    );
    refused(
        |w, _, _| w.edit_listing(|l| l.generation = 1),
        EscrowError::PoolMissing,
    );
    refused(
        |_, _, p| p.royalty_generation = Some(1),
        EscrowError::PoolMissing,
    );
    refused(
        |w, _, _| {
            w.chain
                .edit_state(&w.ledger(), |l: &mut listing::state::PoolLedger| {
                    l.listing = w.mint.address
                })
        },
        EscrowError::PoolMissing,
    );
    refused(
        |w, _, _| {
            w.chain
                .edit_state(&w.ledger(), |l: &mut listing::state::PoolLedger| {
                    l.mint = w.listing
                })
        },
        EscrowError::PoolMissing,
    );
    let mut world = World::new(1);
    world.edit_listing(|l| l.royalty_ppm = 0);
    let args = world.args();
    let params = ix::OpenOrder {
        royalty_generation: None,
        ..world.open_params()
    };
    world
        .chain
        .ok(&[ix::open_order(&params, args)], &[&world.buyer]);
    let order = pda::order(&world.buyer.pubkey(), &args.key).0;
    assert_eq!(world.order(&order).pool, Pubkey::default());
    world.deliver(&order);
    world.accept(&order);
    assert_eq!(
        world.chain.balance(&world.payee_account),
        TOTAL - world.order(&order).fee_paid
    );
}

#[test]
fn p37_a_pause_blocks_new_orders_and_nothing_else() {
    let mut world = World::new(1);
    let (undelivered, delivered, settled) = (world.open(), world.delivered(), world.settled());
    let refundable = world.open();
    world.update_config(|config| config.paused = true);
    let args = world.args();
    let free = ix::open_free(&world.buyer.pubkey(), None, &world.listing, args);
    world
        .chain
        .refused(&[world.open_ix(args)], &[&world.buyer], EscrowError::Paused);
    world
        .chain
        .refused(&[free], &[&world.buyer], EscrowError::Paused);
    world.deliver(&undelivered);
    world.accept(&delivered);
    let refund = world.seller_refund_ix(&world.seller, &refundable, None);
    world.chain.ok(&[refund], &[&world.seller]);
    world.chain.set_time(world.order(&settled).valid_until + 1);
    let close = world.close_ix(&world.buyer, &settled);
    world.chain.ok(&[close], &[&world.buyer]);
}

#[test]
fn p2_p3_a_listing_of_another_owner_or_kind_is_refused() {
    let mut world = World::new(1);
    let args = world.args();
    let listing: Listing = world.chain.state(&world.listing);
    let fake = Pubkey::new_from_array([6; 32]);
    world
        .chain
        .put_owned(fake, TokenProgram::Classic.id(), to_bytes(&listing));
    let mut params = ix::OpenOrder {
        listing: fake,
        ..world.open_params()
    };
    let open = ix::open_order(&params, args);
    world
        .chain
        .refused(&[open], &[&world.buyer], ErrorCode::ConstraintOwner);
    params.listing = world.ledger();
    let open = ix::open_order(&params, args);
    world
        .chain
        .refused(&[open], &[&world.buyer], ProgramError::AccountDataTooSmall);
    world
        .chain
        .edit(&world.listing.clone(), |data| data[0] ^= 1);
    let open = world.open_ix(args);
    world
        .chain
        .refused(&[open], &[&world.buyer], ProgramError::InvalidAccountData);
}
