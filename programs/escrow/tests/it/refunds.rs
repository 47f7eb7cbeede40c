//! Delivery and its deadline, and money that goes back.

use common::receipt::{mode, state};
use escrow::{error::EscrowError, state::Shares};
use pedigree_sdk::{events::Event, instructions::escrow as ix, pda, programs::ESCROW, voucher};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Program, TokenProgram};

use crate::{modes::*, world::*};

#[test]
fn delivery_posts_content_and_key_and_starts_the_window() {
    let mut world = World::new(1);
    for by_authority in [true, false] {
        let order = world.open();
        let seller = if by_authority {
            world.seller.insecure_clone()
        } else {
            world.operator.insecure_clone()
        };
        let deliver = ix::deliver(
            &seller.pubkey(),
            &world.listing,
            &order,
            CONTENT,
            SEALED_KEY,
        );
        let outcome = world.chain.ok(&[deliver], &[&seller]);
        let delivered = world.order(&order);
        assert_eq!(
            (delivered.head.state, delivered.head.seq),
            (state::DELIVERED, 2)
        );
        assert_eq!(
            (delivered.content_hash, delivered.sealed_key),
            (CONTENT, SEALED_KEY)
        );
        assert_eq!(delivered.delivered_at, world.chain.now());
        assert_eq!(
            delivered.settle_after,
            world.chain.now() + i64::from(DISPUTE_WINDOW)
        );
        let Event::OrderDelivered(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (event.head.old_state, event.state),
            (u64::from(state::FUNDED), delivered)
        );
        world.chain.refused(
            &[world.deliver_ix(&order)],
            &[&world.operator],
            EscrowError::WrongState,
        );
    }
}

#[test]
fn p7_only_the_seller_of_this_very_listing_delivers_or_refunds_early() {
    let mut world = World::new(1);
    let order = world.open();
    for key in [&world.buyer, &world.stranger, &world.payee].map(|key| key.insecure_clone()) {
        let deliver = ix::deliver(&key.pubkey(), &world.listing, &order, CONTENT, SEALED_KEY);
        world
            .chain
            .refused(&[deliver], &[&key], EscrowError::NotSeller);
        let refund = world.seller_refund_ix(&key, &order, None);
        world
            .chain
            .refused(&[refund], &[&key], EscrowError::DeadlineNotReached);
        let part = world.seller_refund_ix(&key, &order, Some(1));
        world
            .chain
            .refused(&[part], &[&key], EscrowError::NotSeller);
    }
    let elsewhere = Pubkey::new_from_array([4; 32]);
    let mut listing: listing::state::Listing = world.chain.state(&world.listing);
    listing.authority = world.stranger.pubkey();
    world.chain.put_owned(
        elsewhere,
        listing::ID,
        pedigree_sdk::accounts::to_bytes(&listing),
    );
    let stranger = world.stranger.pubkey();
    let deliver = ix::deliver(&stranger, &elsewhere, &order, CONTENT, SEALED_KEY);
    world
        .chain
        .refused(&[deliver], &[&world.stranger], EscrowError::WrongAccount);
}

#[test]
fn p7_after_a_sale_of_the_listing_the_old_sellers_orders_stay_out_of_the_new_keys_reach() {
    let mut world = World::new(1);
    let order = world.delivered();
    let (new_owner, operator) = (
        world.stranger.insecure_clone(),
        world.operator.insecure_clone(),
    );
    world.edit_listing(|listing| listing.authority = new_owner.pubkey());
    for key in [&new_owner, &operator] {
        for amount in [None, Some(TOTAL), Some(TOTAL - 1)] {
            let refund = world.seller_refund_ix(key, &order, amount);
            world
                .chain
                .refused(&[refund], &[key], EscrowError::NotSeller);
        }
    }
    let refund = world.seller_refund_ix(&world.seller, &order, Some(1));
    world.chain.ok(&[refund], &[&world.seller]);
    assert_eq!(world.order(&order).refunded, 1);
}

#[test]
fn p7_after_a_sale_of_the_listing_the_old_seller_collects_what_it_served() {
    let mut world = World::new(2);
    let delivered = world.open();
    let (metered, lease) = (world.open_mode(mode::METERED), world.open_mode(mode::LEASE));
    let (new_owner, seller) = (
        world.stranger.insecure_clone(),
        world.seller.insecure_clone(),
    );
    world.edit_listing(|listing| {
        listing.authority = new_owner.pubkey();
        listing.operator = new_owner.pubkey();
    });
    let deliver = |order: &Pubkey, world: &World| {
        ix::deliver(&seller.pubkey(), &world.listing, order, CONTENT, SEALED_KEY)
    };
    world.chain.ok(&[deliver(&delivered, &world)], &[&seller]);
    let voucher = (
        world.voucher(&metered, 1, 1_000),
        world.listing,
        world.buyer.pubkey(),
    );
    let redeem = |key: &Keypair| voucher::redeem_all(&key.pubkey(), &GENESIS, &[voucher], 0);
    let operator = world.operator.insecure_clone();
    // Not even those who serve now: with the buyer's help they could make the old seller's voucher stale.
    for key in [&operator, &new_owner] {
        world
            .chain
            .refused(&redeem(key), &[key], EscrowError::NotSeller);
    }
    world.chain.ok(&redeem(&seller), &[&seller]);
    assert_eq!(world.order(&metered).pending, 1_000);
    world.wait(INTERVAL);
    let confirm = |key: &Keypair, lease| ix::confirm(&key.pubkey(), &world.listing, &[lease]);
    let (by_operator, by_seller) = (confirm(&operator, lease), confirm(&seller, lease));
    world
        .chain
        .refused(&[by_operator], &[&operator], EscrowError::NotSeller);
    world.chain.ok(&[by_seller], &[&seller]);
    assert_eq!(world.order(&lease).pending, PRICE);
    // What is ordered since is the new one's.
    let since = world.open();
    let deliver = deliver(&since, &world);
    world
        .chain
        .refused(&[deliver], &[&seller], EscrowError::NotSeller);
}

#[test]
fn p12_other_content_than_ordered_and_a_missing_key_are_refused() {
    let mut world = World::new(1);
    let order = world.open();
    let operator = world.operator.pubkey();
    let other = ix::deliver(&operator, &world.listing, &order, [1; 32], SEALED_KEY);
    world
        .chain
        .refused(&[other], &[&world.operator], EscrowError::ContentDiffers);
    let unsealed = ix::deliver(&operator, &world.listing, &order, CONTENT, [0; 80]);
    world
        .chain
        .refused(&[unsealed], &[&world.operator], EscrowError::KeyMissing);
    // Nothing known, no key wanted.
    world.edit_listing(|listing| listing.content_hash = [0; 32]);
    let args = escrow::opening::OpenArgs {
        buyer_key: [0; 32],
        ..world.args()
    };
    world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
    let order = pda::order(&world.buyer.pubkey(), &args.key).0;
    let unstated = ix::deliver(&operator, &world.listing, &order, [0; 32], [0; 80]);
    world.chain.refused(
        &[unstated],
        &[&world.operator],
        EscrowError::ContentHashMissing,
    );
    let sealed = ix::deliver(&operator, &world.listing, &order, [1; 32], SEALED_KEY);
    world
        .chain
        .refused(&[sealed], &[&world.operator], EscrowError::KeyMissing);
    let deliver = ix::deliver(&operator, &world.listing, &order, [1; 32], [0; 80]);
    world.chain.ok(&[deliver], &[&world.operator]);
    assert_eq!(world.order(&order).content_hash, [1; 32]);
}

#[test]
fn p15_each_second_around_the_deadline_belongs_to_delivery_or_to_refund() {
    for (late, delivers) in [(-1, true), (0, true), (1, false)] {
        let mut world = World::new(1);
        let order = world.open();
        world.chain.set_time(world.order(&order).deliver_by + late);
        let (deliver, refund) = (
            world.deliver_ix(&order),
            world.refund_ix(&world.stranger, &order),
        );
        if delivers {
            world.chain.refused(
                &[refund],
                &[&world.stranger],
                EscrowError::DeadlineNotReached,
            );
            world.chain.ok(&[deliver], &[&world.operator]);
        } else {
            world
                .chain
                .refused(&[deliver], &[&world.operator], EscrowError::DeliveryTooLate);
            world.chain.ok(&[refund], &[&world.stranger]);
        }
    }
}

#[test]
fn p46_a_refund_event_carries_the_amount_refunded() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let order = world.open();
        world.chain.set_time(world.order(&order).deliver_by + 1);
        let refund = world.refund_ix(&world.stranger, &order);
        let outcome = world.chain.ok(&[refund], &[&world.stranger]);
        assert_eq!(world.chain.balance(&world.buyer_account), BUDGET);
        let state = world.order(&order);
        assert_eq!(
            (state.head.state, state.refunded, state.refund_due),
            (state::REFUNDED, TOTAL, 0)
        );
        assert!(!state.head.is_paid_receipt());
        let Event::OrderRefunded(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (event.head.refunded, event.head.paid, event.head.swept),
            (TOTAL, 0, 0)
        );
        assert!(!world.chain.exists(&world.vault(&order)));
    }
}

#[test]
fn p46_p10_the_seller_gives_parts_back_and_shares_are_of_the_rest() {
    let mut world = World::new(1);
    let order = world.open();
    let part = |world: &mut World, amount| {
        let refund = world.seller_refund_ix(&world.seller, &order, amount);
        let outcome = world.chain.ok(&[refund], &[&world.seller]);
        world.assert_conserved(&order);
        let Event::OrderRefunded(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        event.head.refunded
    };
    assert_eq!(part(&mut world, Some(1_000)), 1_000);
    assert_eq!(world.order(&order).head.state, state::FUNDED);
    world.deliver(&order);
    assert_eq!(part(&mut world, Some(2_000)), 2_000);
    for amount in [0, TOTAL - 2_999, u64::MAX] {
        let refund = world.seller_refund_ix(&world.seller, &order, Some(amount));
        world
            .chain
            .refused(&[refund], &[&world.seller], EscrowError::RefundOutOfBounds);
    }
    let stranger = world.refund_ix(&world.stranger, &order);
    world
        .chain
        .refused(&[stranger], &[&world.stranger], EscrowError::NotSeller);
    world.accept(&order);
    let shares = Shares::of_sale(TOTAL - 3_000, FEE_PPM, ROYALTY_PPM).unwrap();
    assert_eq!(world.chain.balance(&world.payee_account), shares.payee);
    assert_eq!(world.chain.balance(&world.treasury), shares.fee);
    assert_eq!(world.chain.balance(&world.pool), shares.royalty);
    assert_eq!(
        world.chain.balance(&world.buyer_account),
        BUDGET - TOTAL + 3_000
    );
    // A delivered order's rest given back makes it refunded.
    let other = world.delivered();
    let refund = world.seller_refund_ix(&world.seller, &other, Some(TOTAL));
    world.chain.ok(&[refund], &[&world.seller]);
    assert_eq!(world.order(&other).head.state, state::REFUNDED);
}

#[test]
fn p16_a_buyer_whose_account_refuses_waits_and_blocks_no_settlement() {
    let mut world = World::new(1);
    let order = world.delivered();
    world.chain.set_frozen(&world.buyer_account, true);
    let part = world.seller_refund_ix(&world.seller, &order, Some(1_000));
    world.chain.ok(&[part], &[&world.seller]);
    assert_eq!(world.order(&order).refund_due, 1_000);
    world.chain.refused(
        &[world.withdraw_ix(&order)],
        &[&world.stranger],
        EscrowError::NothingPayable,
    );
    world.accept(&order);
    let state = world.order(&order);
    assert_eq!(
        (state.head.state, state.refund_due, state.paid_due),
        (state::SETTLED, 1_000, 0)
    );
    assert_eq!(world.chain.balance(&world.vault(&order)), 1_000);
    world.chain.set_frozen(&world.buyer_account, false);
    world.withdraw(&order);
    assert_eq!(world.order(&order).refunded, 1_000);
    assert!(!world.chain.exists(&world.vault(&order)));
    // On an order that is not final a withdrawal leaves the vault open.
    let order = world.delivered();
    world.chain.refused(
        &[world.withdraw_ix(&order)],
        &[&world.stranger],
        EscrowError::NothingDue,
    );
    world.chain.set_frozen(&world.buyer_account, true);
    let part = world.seller_refund_ix(&world.seller, &order, Some(1_000));
    world.chain.ok(&[part], &[&world.seller]);
    world.chain.set_frozen(&world.buyer_account, false);
    world.withdraw(&order);
    assert_eq!(world.chain.balance(&world.vault(&order)), TOTAL - 1_000);
    world.assert_conserved(&order);
}

#[test]
fn p32_a_refund_goes_where_it_came_from_unless_the_buyer_itself_says_otherwise() {
    let mut world = World::new(1);
    let order = world.open();
    let (mint, buyer) = (world.mint, world.buyer.insecure_clone());
    world.chain.set_time(world.order(&order).deliver_by + 1);
    let refund = world.refund_ix(&world.stranger, &order);
    let (thief, chain) = (world.stranger.pubkey(), &mut world.chain);
    for wrong in [
        chain.token_account(&mint, &thief, 0),
        // The buyer's, but one that a stranger made and the buyer may not know.
        chain.spare_token_account(&mint, &buyer.pubkey(), 0),
    ] {
        let redirected = swap(refund.clone(), &world.buyer_account, wrong);
        let error = EscrowError::WrongTokenAccount;
        chain.refused(&[redirected], &[&world.stranger], error);
    }
    // Nor can a stranger make it wait by leaving the account out.
    let left_out = swap(refund, &world.buyer_account, ESCROW);
    let error = EscrowError::WrongTokenAccount;
    world.chain.refused(&[left_out], &[&world.stranger], error);
    // The buyer cranks and takes it in another account of its own, but not in somebody else's.
    let own = world.chain.spare_token_account(&mint, &buyer.pubkey(), 0);
    let refund = world.refund_ix(&buyer, &order);
    let to_own = swap(refund.clone(), &world.buyer_account, own);
    world.chain.ok(&[to_own], &[&buyer]);
    assert_eq!(world.chain.balance(&own), TOTAL);
}

#[test]
fn p14_a_buyer_who_closed_the_account_it_paid_from_names_another() {
    let mut world = World::new(1);
    let (order, gone) = (world.open(), world.buyer_account);
    let empty = Default::default();
    world.chain.svm.set_account(gone, empty).unwrap();
    world.chain.set_time(world.order(&order).deliver_by + 1);
    let refund = world.refund_ix(&world.stranger, &order);
    world.chain.ok(&[refund], &[&world.stranger]);
    assert_eq!(world.order(&order).refund_due, TOTAL);
    let (mint, buyer) = (world.mint, world.buyer.insecure_clone());
    let own = world.chain.spare_token_account(&mint, &buyer.pubkey(), 0);
    let state = world.order(&order);
    let withdraw = ix::withdraw(&buyer.pubkey(), &order, &state, Some(own));
    world.chain.ok(&[withdraw], &[&buyer]);
    assert_eq!(world.chain.balance(&own), TOTAL);
}

#[test]
fn p49_a_rent_payer_that_became_a_program_holds_nobodys_money_up() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let sponsor = world.chain.actor();
        let open = |world: &mut World| {
            let (args, mut params) = (world.args(), world.open_params());
            params.payer = Some(sponsor.pubkey());
            let open = ix::open_order(&params, args);
            let signers = [&world.buyer.insecure_clone(), &sponsor];
            world.chain.ok(&[open], &signers);
            pda::order(&world.buyer.pubkey(), &args.key).0
        };
        let [settled, refunded, waiting] = [(); 3].map(|()| open(&mut world));
        world.deliver(&settled);
        world.deliver(&waiting);
        let (svm, code) = (&mut world.chain.svm, Program::Escrow.file());
        svm.add_program(sponsor.pubkey(), &code).unwrap();

        world.chain.set_frozen(&world.payee_account, true);
        world.accept(&waiting);
        world.chain.set_frozen(&world.payee_account, false);
        let rent = world.chain.lamports(&world.vault(&waiting));
        let before = world.chain.lamports(&waiting);
        world.withdraw(&waiting);
        assert_eq!(world.chain.lamports(&waiting), before + rent);
        world.accept(&settled);
        let refund = world.seller_refund_ix(&world.seller, &refunded, None);
        world.chain.ok(&[refund], &[&world.seller]);
        for order in [settled, refunded, waiting] {
            assert!(!world.chain.exists(&world.vault(&order)));
            world.assert_conserved(&order);
        }
    }
}

#[test]
fn a_suspended_or_retired_listing_still_delivers_and_refunds() {
    let mut world = World::new(1);
    let (first, second) = (world.open(), world.open());
    for status in [
        listing::state::status::SUSPENDED,
        listing::state::status::RETIRED,
    ] {
        world.edit_listing(|listing| listing.status = status);
        let order = if status == listing::state::status::RETIRED {
            first
        } else {
            second
        };
        world.deliver(&order);
        let refund = world.seller_refund_ix(&world.seller, &order, None);
        world.chain.ok(&[refund], &[&world.seller]);
    }
}
