//! Who is paid what, and who waits.

use common::receipt::state;
use escrow::{constants::ANY_ACCOUNT_AFTER, error::EscrowError};
use pedigree_sdk::{events::Event, instructions::escrow as ix, programs::ESCROW};
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::{every_mode::change_everything, modes::shares, world::*};

/// What payee, treasury and pool get of a sale.
fn parts(total: u64) -> [u64; 3] {
    let shares = shares(total);
    [shares.payee, shares.fee, shares.royalty]
}

/// What payee, treasury and pool hold.
fn balances(world: &World) -> [u64; 3] {
    [world.payee_account, world.treasury, world.pool].map(|account| world.chain.balance(&account))
}

#[test]
fn p10_payee_treasury_and_pool_get_their_shares_and_the_vault_is_closed() {
    let worlds = TokenProgram::BOTH.map(|program| World::of(program, 1));
    for mut world in worlds.into_iter().chain([World::with_metadata(1)]) {
        let order = world.delivered();
        let rent = world.chain.lamports(&world.vault(&order));
        let before = world.chain.lamports(&world.buyer.pubkey());
        let outcome = world.accept(&order);
        let [payee, fee, royalty] = parts(TOTAL);
        assert_eq!(balances(&world), [payee, fee, royalty]);
        assert_eq!(world.chain.lamports(&world.buyer.pubkey()), before + rent);
        assert!(!world.chain.exists(&world.vault(&order)));
        let state = world.order(&order);
        assert!(state.head.is_paid_receipt());
        assert_eq!(
            (
                state.paid,
                state.fee_paid,
                state.royalty_paid,
                state.refunded
            ),
            (payee, fee, royalty, 0)
        );
        assert_eq!(state.closed_at, world.chain.now());
        let Event::OrderSettled(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (event.head.paid, event.head.fee, event.head.royalty),
            (payee, fee, royalty)
        );
        assert_eq!(
            (event.head.old_state, event.head.refunded, event.head.swept),
            (u64::from(state::DELIVERED), 0, 0)
        );
    }
}

#[test]
fn p15_the_buyer_accepts_at_once_and_a_stranger_settles_one_second_after_the_window() {
    let mut world = World::new(1);
    let accepted = world.delivered();
    world.accept(&accepted);
    for (late, settles) in [(-1, false), (0, false), (1, true)] {
        let order = world.delivered();
        world
            .chain
            .set_time(world.order(&order).settle_after + late);
        let settle = world.settle_ix(&world.stranger, &order);
        if settles {
            world.chain.ok(&[settle], &[&world.stranger]);
        } else {
            world
                .chain
                .refused(&[settle], &[&world.stranger], EscrowError::WindowStillOpen);
        }
    }
}

#[test]
fn p11_settle_twice_or_settle_and_refund_pays_once() {
    let mut world = World::new(1);
    let wrong = EscrowError::WrongState;
    let undelivered = world.open();
    world
        .chain
        .refused(&[world.accept_ix(&undelivered)], &[&world.buyer], wrong);
    let settled = world.settled();
    let settle = world.accept_ix(&settled);
    world.chain.refused(&[settle], &[&world.buyer], wrong);
    let refund = world.seller_refund_ix(&world.seller, &settled, None);
    world.chain.refused(&[refund], &[&world.seller], wrong);
    let refunded = world.refunded();
    let settle = world.accept_ix(&refunded);
    world.chain.refused(&[settle], &[&world.buyer], wrong);
    let refund = world.refund_ix(&world.stranger, &refunded);
    world.chain.refused(&[refund], &[&world.stranger], wrong);
    world
        .chain
        .refused(&[world.deliver_ix(&refunded)], &[&world.operator], wrong);
    for order in [settled, refunded] {
        world.chain.refused(
            &[world.withdraw_ix(&order)],
            &[&world.stranger],
            EscrowError::NothingDue,
        );
    }
    let order = world.delivered();
    let settle = world.accept_ix(&order);
    let before = balances(&world);
    // The second sees that something changed, and without that the state.
    world.chain.refused(
        &[settle.clone(), settle],
        &[&world.buyer],
        EscrowError::OrderChanged,
    );
    world.chain.set_time(world.order(&order).settle_after + 1);
    let settle = world.settle_ix(&world.buyer, &order);
    world
        .chain
        .refused(&[settle.clone(), settle], &[&world.buyer], wrong);
    assert_eq!(balances(&world), before);
}

#[test]
fn p13_dust_in_the_vault_blocks_nothing_and_is_swept_to_the_treasury() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let order = world.delivered();
        world.donate(&order, 1);
        let outcome = world.accept(&order);
        let [payee, fee, royalty] = parts(TOTAL);
        assert_eq!(balances(&world), [payee, fee + 1, royalty]);
        assert_eq!(world.order(&order).fee_paid, fee);
        let Event::OrderSettled(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!((event.head.swept, event.head.fee), (1, fee));
        // The same on a refund.
        let order = world.open();
        world.donate(&order, 7);
        let refund = world.seller_refund_ix(&world.seller, &order, None);
        let outcome = world.chain.ok(&[refund], &[&world.seller]);
        let Event::OrderRefunded(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!((event.head.swept, event.head.refunded), (7, TOTAL));
        assert_eq!(balances(&world)[1], fee + 8);
        assert!(!world.chain.exists(&world.vault(&order)));
    }
}

#[test]
fn p13_dust_and_a_frozen_treasury_leave_the_vault_open_and_block_nobody() {
    let mut world = World::new(1);
    let order = world.open();
    world.donate(&order, 1);
    world.chain.set_frozen(&world.treasury, true);
    let before = world.chain.balance(&world.buyer_account);
    let refund = world.seller_refund_ix(&world.seller, &order, None);
    world.chain.ok(&[refund], &[&world.seller]);
    assert_eq!(world.chain.balance(&world.buyer_account), before + TOTAL);
    assert_eq!(world.chain.balance(&world.vault(&order)), 1);
    world.chain.refused(
        &[world.withdraw_ix(&order)],
        &[&world.stranger],
        EscrowError::NothingPayable,
    );
    world.chain.set_time(world.order(&order).valid_until + 1);
    let close = world.close_ix(&world.stranger, &order);
    world.chain.refused(
        std::slice::from_ref(&close),
        &[&world.stranger],
        EscrowError::StillDue,
    );
    world.chain.set_frozen(&world.treasury, false);
    let outcome = world.withdraw(&order);
    let Event::OrderWithdrawn(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.head.swept, event.head.refunded), (1, 0));
    let close = world.close_ix(&world.stranger, &order);
    world.chain.ok(&[close], &[&world.stranger]);
}

/// Settles with the payee's account in some state; all others are paid, the payee's part waits, then is withdrawn.
#[track_caller]
fn payee_waits(world: &mut World, repair: impl FnOnce(&mut World)) {
    let order = world.delivered();
    let outcome = world.accept(&order);
    let [payee, fee, royalty] = parts(TOTAL);
    assert_eq!(balances(world)[1..], [fee, royalty]);
    let Event::OrderSettled(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(event.head.paid, payee);
    let state = world.order(&order);
    assert_eq!((state.paid, state.paid_due), (0, payee));
    assert_eq!(world.chain.balance(&world.vault(&order)), payee);
    world.chain.refused(
        &[world.withdraw_ix(&order)],
        &[&world.stranger],
        EscrowError::NothingPayable,
    );
    world.chain.set_time(state.valid_until + 1);
    let close = world.close_ix(&world.buyer, &order);
    world
        .chain
        .refused(&[close], &[&world.buyer], EscrowError::StillDue);
    repair(world);
    let before = balances(world)[0];
    let outcome = world.withdraw(&order);
    assert_eq!(balances(world)[0], before + payee);
    let Event::OrderWithdrawn(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.head.paid, event.head.fee), (payee, 0));
    let state = world.order(&order);
    assert_eq!((state.paid, state.paid_due), (payee, 0));
    assert!(!world.chain.exists(&world.vault(&order)));
    world.chain.refused(
        &[world.withdraw_ix(&order)],
        &[&world.stranger],
        EscrowError::NothingDue,
    );
}

#[test]
fn p14_p49_a_missing_payees_account_waits_and_blocks_nobody() {
    // Closed by the payee after the order was opened.
    let mut world = World::new(2);
    let closed = world.payee_account;
    world
        .chain
        .svm
        .set_account(closed, Default::default())
        .unwrap();
    payee_waits(&mut world, |world| {
        let (mint, payee) = (world.mint, world.payee.pubkey());
        world.chain.token_account(&mint, &payee, 0);
    });
}

#[test]
fn p16_p49_a_frozen_payees_account_waits_and_blocks_nobody() {
    let mut world = World::new(1);
    let account = world.payee_account;
    world.chain.set_frozen(&account, true);
    payee_waits(&mut world, |world| world.chain.set_frozen(&account, false));
}

#[test]
fn p49_an_account_that_demands_memos_or_was_given_away_waits() {
    let mut world = World::of(TokenProgram::Token2022, 1);
    let (mint, payee) = (world.mint, world.payee.pubkey());
    world.chain.memo_token_account(&mint, &payee);
    payee_waits(&mut world, |world| {
        world.chain.token_account(&mint, &payee, 0);
    });
    // SPL Token lets an owner give its associated account to another.
    let mut world = World::new(2);
    let (mint, payee, thief) = (world.mint, world.payee.pubkey(), world.stranger.pubkey());
    let account = world.payee_account;
    world.chain.put_token_account(account, &mint, &thief, 0);
    payee_waits(&mut world, |world| {
        world.chain.token_account(&mint, &payee, 0);
    });
}

#[test]
fn p49_leave_that_an_owner_gave_others_over_its_account_keeps_nobody_from_paying_it() {
    let mut world = World::new(1);
    let (account, stranger) = (world.payee_account, world.stranger.pubkey());
    world.chain.set_delegate(&account, &stranger);
    world.chain.set_close_authority(&account, &stranger);
    world.settled();
    assert_eq!(world.chain.balance(&account), shares(TOTAL).payee);
}

#[test]
fn p32_the_payees_part_goes_to_its_associated_account_unless_it_says_otherwise() {
    let mut world = World::new(1);
    let (mint, payee) = (world.mint, world.payee.insecure_clone());
    let order = world.delivered();
    let settle = world.accept_ix(&order);
    let other = world.chain.mint(TokenProgram::Classic);
    let (stranger, chain) = (world.stranger.pubkey(), &mut world.chain);
    for wrong in [
        chain.token_account(&mint, &stranger, 0),
        chain.token_account(&other, &payee.pubkey(), 0),
        // The payee's, but one that a stranger made and the payee may not know.
        chain.spare_token_account(&mint, &payee.pubkey(), 0),
        // Left out: nobody but the payee makes it wait.
        ESCROW,
    ] {
        let redirected = swap(settle.clone(), &world.payee_account, wrong);
        let error = EscrowError::WrongTokenAccount;
        chain.refused(&[redirected], &[&world.buyer], error);
    }
    // Nor can the royalties be made to wait by leaving the pool out.
    let without_pool = swap(settle, &world.pool, ESCROW);
    let error = EscrowError::WrongTokenAccount;
    world.chain.refused(&[without_pool], &[&world.buyer], error);

    // The payee cranks, and takes its part in another account of its own.
    world
        .chain
        .set_time(world.order(&order).settle_after.saturating_add(1));
    let own = world.chain.spare_token_account(&mint, &payee.pubkey(), 0);
    let settle = world.settle_ix(&payee, &order);
    let to_own = swap(settle, &world.payee_account, own);
    world.chain.ok(&[to_own], &[&payee]);
    assert_eq!(world.chain.balance(&own), shares(TOTAL).payee);
}

#[test]
fn p41_p49_a_party_that_gave_its_account_away_holds_others_rent_for_a_month_and_no_longer() {
    let mut world = World::new(1);
    let (mint, payee, thief) = (world.mint, world.payee.pubkey(), world.stranger.pubkey());
    let order = world.delivered();
    // SPL Token lets an owner give its associated account to another.
    let given_away = world.payee_account;
    world.chain.put_token_account(given_away, &mint, &thief, 0);
    world.accept(&order);
    let state = world.order(&order);
    let fresh = world.chain.spare_token_account(&mint, &payee, 0);
    let withdraw = world.withdraw_ix(&order);
    let to_fresh = swap(withdraw.clone(), &given_away, fresh);
    let to_thief = swap(
        withdraw,
        &given_away,
        world.chain.spare_token_account(&mint, &thief, 0),
    );
    let last = state.closed_at + ANY_ACCOUNT_AFTER;
    for now in [state.closed_at, last] {
        world.chain.set_time(now);
        let error = EscrowError::WrongTokenAccount;
        world
            .chain
            .refused(std::slice::from_ref(&to_fresh), &[&world.stranger], error);
    }
    world.chain.set_time(last + 1);
    let error = EscrowError::WrongTokenAccount;
    world.chain.refused(&[to_thief], &[&world.stranger], error);
    world.chain.ok(&[to_fresh], &[&world.stranger]);
    assert_eq!(world.chain.balance(&fresh), shares(TOTAL).payee);
    let close = world.close_ix(&world.buyer, &order);
    world.chain.ok(&[close], &[&world.buyer]);
}

#[test]
fn p8_one_account_of_one_wallet_takes_several_parts() {
    let mut world = World::new(1);
    let (mint, wallet) = (world.mint, world.buyer.pubkey());
    world.edit_listing(|listing| listing.payout = wallet);
    let (order, account) = (world.delivered(), world.buyer_account);
    // Both parts wait: a part of the price given back, and the rest of it earned.
    world.chain.set_frozen(&account, true);
    let part = world.seller_refund_ix(&world.seller, &order, Some(1_000));
    world.chain.ok(&[part], &[&world.seller]);
    world.accept(&order);
    world.chain.set_frozen(&account, false);
    assert_eq!(account, mint.associated(&wallet));
    let before = world.chain.balance(&account);
    world.withdraw(&order);
    let earned = shares(TOTAL - 1_000).payee;
    assert_eq!(world.chain.balance(&account), before + 1_000 + earned);
    world.assert_conserved(&order);
}

#[test]
fn p16_a_frozen_treasury_or_pool_waits_and_blocks_nobody() {
    let mut world = World::new(1);
    let [payee, fee, royalty] = parts(TOTAL);
    let order = world.delivered();
    world.chain.set_frozen(&world.treasury, true);
    world.chain.set_frozen(&world.pool, true);
    world.accept(&order);
    assert_eq!(balances(&world), [payee, 0, 0]);
    let state = world.order(&order);
    assert_eq!((state.fee_due, state.royalty_due), (fee, royalty));
    world.chain.set_frozen(&world.pool, false);
    world.withdraw(&order);
    assert_eq!(balances(&world), [payee, 0, royalty]);
    world.chain.set_frozen(&world.treasury, false);
    world.withdraw(&order);
    assert_eq!(balances(&world), [payee, fee, royalty]);
    assert_eq!(world.order(&order).head.seq, 5);
    assert!(!world.chain.exists(&world.vault(&order)));
}

#[test]
fn p16_out_of_a_frozen_vault_nothing_moves_and_what_is_decided_waits() {
    let mut world = World::new(1);
    let (delivered, undelivered) = (world.delivered(), world.open());
    for order in [delivered, undelivered] {
        world.chain.set_frozen(&world.vault(&order), true);
    }
    let before = (balances(&world), world.chain.balance(&world.buyer_account));
    world.accept(&delivered);
    let refund = world.seller_refund_ix(&world.seller, &undelivered, None);
    world.chain.ok(&[refund], &[&world.seller]);
    for order in [delivered, undelivered] {
        let ended = world.order(&order);
        assert!(ended.is_final());
        assert_eq!(ended.due().unwrap(), TOTAL);
        world.assert_conserved(&order);
        let withdraw = world.withdraw_ix(&order);
        world
            .chain
            .refused(&[withdraw], &[&world.stranger], EscrowError::VaultFrozen);
    }
    let after = (balances(&world), world.chain.balance(&world.buyer_account));
    assert_eq!(after, before);
    for order in [delivered, undelivered] {
        world.chain.set_frozen(&world.vault(&order), false);
        world.withdraw(&order);
        assert!(!world.chain.exists(&world.vault(&order)));
    }
    let [payee, fee, royalty] = parts(TOTAL);
    assert_eq!(balances(&world), [payee, fee, royalty]);
    assert_eq!(world.chain.balance(&world.buyer_account), before.1 + TOTAL);
}

#[test]
fn p1_accepting_takes_the_owners_signature_and_what_it_saw() {
    let mut world = World::new(1);
    let order = world.delivered();
    let state = world.order(&order);
    for key in [&world.stranger, &world.seller, &world.payee].map(|key| key.insecure_clone()) {
        let accept = ix::accept(&key.pubkey(), &order, &state);
        world
            .chain
            .refused(&[accept], &[&key], EscrowError::NotBuyer);
    }
    // The owner that cranks accepts nothing by that.
    let buyer = world.buyer.insecure_clone();
    let settle = world.settle_ix(&buyer, &order);
    world
        .chain
        .refused(&[settle], &[&buyer], EscrowError::WindowStillOpen);
    // Something came between what it saw and what it signs.
    let seen = world.accept_ix(&order);
    let part = world.seller_refund_ix(&world.seller, &order, Some(1));
    world.chain.ok(&[part], &[&world.seller]);
    world
        .chain
        .refused(&[seen], &[&buyer], EscrowError::OrderChanged);
    world.accept(&order);
}

#[test]
fn p54_parameters_changed_while_an_order_is_open_change_nothing_for_it() {
    let mut world = World::new(1);
    let order = world.open();
    let opened = world.order(&order);
    change_everything(&mut world);
    world.chain.set_time(opened.deliver_by);
    world.deliver(&order);
    assert_eq!(
        world.order(&order).settle_after,
        opened.deliver_by + i64::from(DISPUTE_WINDOW)
    );
    world.accept(&order);
    let [payee, fee, royalty] = parts(TOTAL);
    assert_eq!(balances(&world), [payee, fee, royalty]);
}
