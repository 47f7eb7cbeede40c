//! Metered orders: vouchers, top-ups, notice.

use common::receipt::{mode, state};
use escrow::{error::EscrowError, state::voucher_message};
use pedigree_sdk::{
    instructions::escrow as ix,
    voucher::{self, Voucher},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{modes::*, world::*};

#[test]
fn vouchers_pay_what_they_say_and_the_rest_goes_back() {
    let mut world = World::new(1);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1_000);
    let redeemed = world.order(&order);
    assert_eq!(
        (redeemed.pending, redeemed.earned, redeemed.sequence),
        (1_000, 1_000, 1)
    );
    assert_eq!(redeemed.matures_at, world.chain.now() + WINDOW);
    world.assert_conserved(&order);
    world.wait(WINDOW);
    // What is mature becomes due with the next voucher, and is paid by anyone.
    world.redeem(&order, 5, 2_503);
    assert_eq!(world.order(&order).pending, 1_503);
    assert_eq!(world.order(&order).paid_due, shares(1_000).payee);
    world.withdraw(&order);
    world.assert_conserved(&order);
    world.chain.set_time(world.order(&order).ends_at + WINDOW);
    world.settle(&order);
    world.assert_ended(&order, &[1_000, 1_503], TOTAL - 2_503);
}

#[test]
fn p43_a_voucher_that_is_not_exactly_signed_is_refused() {
    let mut world = World::new(2);
    let order = world.open_mode(mode::METERED);
    let other = world.open_mode(mode::METERED);
    let refused = |world: &mut World, voucher: Voucher, error| {
        let redeem = world.redeem_ixs(&[voucher]);
        world.chain.refused(&redeem, &[&world.operator], error);
    };
    let signed = EscrowError::VoucherNotSigned;
    // Signed for another network; the Ed25519 program is content, the message is another.
    let elsewhere = world.voucher_by(&world.buyer, &[7; 32], &order, 1, 10);
    let ixs = voucher::redeem_all(
        &world.operator.pubkey(),
        &[7; 32],
        &[(elsewhere, world.listing, world.buyer.pubkey())],
        0,
    );
    world.chain.refused(&ixs, &[&world.operator], signed);
    // Signed for another program.
    let domain = common::hash::sha256(&[b"pedigree:voucher:v1", common::DAO_ID.as_ref(), &GENESIS]);
    let voucher = world.voucher(&order, 1, 10);
    let message = voucher_message(&domain, &order, voucher.born_slot, 1, 10);
    let signature: [u8; 64] = world.buyer.sign_message(&message).into();
    let mut ixs = world.redeem_ixs(&[voucher]);
    let data = &mut ixs[0].data;
    for (of_this, of_other) in [
        (&voucher.message(&GENESIS)[..], &message[..]),
        (&voucher.signature, &signature),
    ] {
        let at = data.windows(of_this.len()).position(|part| part == of_this);
        data[at.unwrap()..][..of_this.len()].copy_from_slice(of_other);
    }
    world.chain.refused(&ixs, &[&world.operator], signed);
    // Signed by another key.
    let stranger = world.stranger.insecure_clone();
    let strangers = world.voucher_by(&stranger, &GENESIS, &order, 1, 10);
    let ixs = voucher::redeem_all(
        &world.operator.pubkey(),
        &GENESIS,
        &[(strangers, world.listing, stranger.pubkey())],
        0,
    );
    world
        .chain
        .refused(&ixs, &[&world.operator], EscrowError::VoucherNotSigned);
    // For another order, sequence or amount than the instruction says.
    let mut ixs = world.redeem_ixs(&[world.voucher(&other, 1, 10)]);
    ixs[1] = world.redeem_ixs(&[world.voucher(&order, 1, 10)])[1].clone();
    world
        .chain
        .refused(&ixs, &[&world.operator], EscrowError::VoucherNotSigned);
    for (sequence, cumulative) in [(2, 10), (1, 11)] {
        let mut ixs = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
        ixs[1] = world.redeem_ixs(&[world.voucher(&order, sequence, cumulative)])[1].clone();
        world
            .chain
            .refused(&ixs, &[&world.operator], EscrowError::VoucherNotSigned);
    }
    // The signature is elsewhere than said: no instruction, another program's, a signature further on.
    let good = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
    world.chain.refused(
        &good[1..],
        &[&world.operator],
        EscrowError::VoucherNotSigned,
    );
    let mut moved = good.clone();
    moved.swap(0, 1);
    world
        .chain
        .refused(&moved, &[&world.operator], EscrowError::VoucherNotSigned);
    for at in [1, 2, 255] {
        let args = escrow::instructions::VoucherArgs {
            sequence: 1,
            cumulative: 10,
            instruction: 0,
            signature: at,
        };
        let redeem = ix::redeem(&world.operator.pubkey(), &world.listing, &order, args);
        let ixs = [good[0].clone(), redeem];
        world
            .chain
            .refused(&ixs, &[&world.operator], EscrowError::VoucherNotSigned);
    }
    world.chain.ok(&good, &[&world.operator]);
    // Lower or equal sequences and amounts, and what was redeemed.
    world.wait(WINDOW);
    for (sequence, cumulative) in [(1, 10), (1, 20), (2, 10), (2, 9)] {
        let voucher = world.voucher(&order, sequence, cumulative);
        refused(&mut world, voucher, EscrowError::VoucherStale);
    }
    let voucher = world.voucher(&order, 2, TOTAL + 1);
    refused(&mut world, voucher, EscrowError::VoucherTooLarge);
    world.redeem(&order, 2, TOTAL);
}

#[test]
fn p50_a_voucher_of_a_closed_order_is_refused_on_the_one_made_anew_under_its_key() {
    let mut world = World::new(14);
    let buyer = world.buyer.insecure_clone();
    let mut args = world.mode_args(mode::METERED, &buyer.pubkey());
    world.chain.ok(&[world.open_ix(args)], &[&buyer]);
    let order = world.open_params().address(&args.key);
    let kept = world.voucher(&order, 1, 500);
    let seller = world.seller.insecure_clone();
    world.end(&seller, &order);
    // Not in the second of its opening, and so not in that slot: no two orders at one address are of one slot.
    let close = world.close_ix(&buyer, &order);
    world
        .chain
        .refused(&[close.clone()], &[&buyer], EscrowError::StillValid);
    world.chain.set_time(args.valid_until + 1);
    world.chain.warp_slots(1);
    world.chain.ok(&[close], &[&buyer]);
    args.valid_until = world.chain.now() + VALIDITY;
    args.ends_at = world.chain.now() + TERM;
    world.chain.ok(&[world.open_ix(args)], &[&buyer]);
    let redeem = world.redeem_ixs(&[kept]);
    world
        .chain
        .refused(&redeem, &[&world.operator], EscrowError::VoucherNotSigned);
    let redeem = world.redeem_ixs(&[world.voucher(&order, 1, 500)]);
    world.chain.ok(&redeem, &[&world.operator]);
}

#[test]
fn p43_offsets_that_point_into_another_instruction_are_refused() {
    let mut world = World::new(3);
    let order = world.open_mode(mode::METERED);
    let good = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
    // The three instruction indexes of the first signature: each may name itself by number, and is refused all the same.
    for field in [1, 3, 6] {
        let mut ixs = good.clone();
        let at = 2 + 2 * field;
        ixs[0].data[at..at + 2].copy_from_slice(&0u16.to_le_bytes());
        world
            .chain
            .refused(&ixs, &[&world.operator], EscrowError::VoucherNotSigned);
    }
}

/// An Ed25519 instruction that has `count` signatures checked: that of a key over some message, and then `forged` over
/// `message` by `key`. Of those that lie behind the ones counted nobody checks anything.
fn counted(
    world: &World,
    count: u8,
    key: &Pubkey,
    message: &[u8],
    forged: [u8; 64],
) -> Instruction {
    const HERE: u16 = u16::MAX;
    const OFFSETS: usize = 14;
    let own: [u8; 64] = world.operator.sign_message(b"mine").into();
    let operator = world.operator.pubkey();
    let (mut offsets, mut body) = (vec![count, 0], Vec::new());
    for (signature, key, message) in [(own, &operator, &b"mine"[..]), (forged, key, message)] {
        let at = 2 + 2 * OFFSETS + body.len();
        let at = |further: usize| u16::try_from(at + further).unwrap();
        let size = u16::try_from(message.len()).unwrap();
        for field in [at(0), HERE, at(64), HERE, at(96), size, HERE] {
            offsets.extend(field.to_le_bytes());
        }
        body.extend([&signature[..], key.as_ref(), message].concat());
    }
    Instruction {
        program_id: escrow::signatures::ED25519,
        accounts: Vec::new(),
        data: [offsets, body].concat(),
    }
}

#[test]
fn p43_a_signature_behind_those_that_are_counted_is_refused_as_nobody_checked_it() {
    let mut world = World::new(15);
    let order = world.open_mode(mode::METERED);
    let (voucher, buyer) = (world.voucher(&order, 1, 10), world.buyer.pubkey());
    let message = voucher.message(&GENESIS);
    let args = escrow::instructions::VoucherArgs {
        sequence: 1,
        cumulative: 10,
        instruction: 0,
        signature: 1,
    };
    let redeem = ix::redeem(&world.operator.pubkey(), &world.listing, &order, args);
    let forged = counted(&world, 1, &buyer, &message, [7; 64]);
    let error = EscrowError::VoucherNotSigned;
    world
        .chain
        .refused(&[forged, redeem.clone()], &[&world.operator], error);
    let signed = counted(&world, 2, &buyer, &message, voucher.signature);
    world.chain.ok(&[signed, redeem], &[&world.operator]);
}

#[test]
fn p43_only_the_instructions_sysvar_is_believed() {
    let mut world = World::new(4);
    let order = world.open_mode(mode::METERED);
    let good = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
    let fake = Pubkey::new_from_array(world.chain.draw());
    world
        .chain
        .put_owned(fake, pedigree_sdk::programs::SYSTEM, vec![0; 64]);
    let redeem = swap(good[1].clone(), &escrow::signatures::INSTRUCTIONS, fake);
    world.chain.refused(
        &[good[0].clone(), redeem],
        &[&world.operator],
        EscrowError::VoucherNotSigned,
    );
}

#[test]
fn only_the_seller_and_its_listings_operator_redeem() {
    let mut world = World::new(5);
    let order = world.open_mode(mode::METERED);
    let voucher = world.voucher(&order, 1, 10);
    for key in [&world.buyer, &world.stranger, &world.payee].map(Keypair::insecure_clone) {
        let vouchers = [(voucher, world.listing, world.buyer.pubkey())];
        let redeem = voucher::redeem_all(&key.pubkey(), &GENESIS, &vouchers, 0);
        world
            .chain
            .refused(&redeem, &[&key], EscrowError::NotSeller);
    }
    let one_time = world.open();
    let redeem = world.redeem_ixs(&[world.voucher(&one_time, 1, 10)]);
    // A one-time order's key is none that signs vouchers.
    world
        .chain
        .refused(&redeem, &[&world.operator], EscrowError::VoucherNotSigned);
}

#[test]
fn p51_a_sliver_redeemed_to_start_the_window_does_not_carry_the_rest_past_a_dispute() {
    let mut world = World::new(6);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 1);
    world.wait(WINDOW - 1);
    let rest = world.redeem_ixs(&[world.voucher(&order, 2, TOTAL)]);
    world
        .chain
        .refused(&rest, &[&world.operator], EscrowError::PendingImmature);
    world.wait(1);
    world.redeem(&order, 2, TOTAL);
    world.wait(WINDOW - 1);
    world.dispute(&order);
    assert_eq!(world.order(&order).contested, TOTAL - 1);
    assert_eq!(world.order(&order).paid_due, shares(1).payee);
}

#[test]
fn notice_leaves_the_seller_two_windows_and_then_anyone_gives_the_rest_back() {
    let mut world = World::new(7);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, 500);
    let buyer = world.buyer.insecure_clone();
    world.end(&buyer, &order);
    let ends_at = world.order(&order).ends_at;
    assert_eq!(ends_at, world.chain.now() + 2 * WINDOW);
    world.chain.refused(
        &[world.end_ix(&buyer, &order)],
        &[&buyer],
        EscrowError::OrderEnded,
    );
    let settle = world.settle_ix(&world.stranger, &order);
    world
        .chain
        .refused(&[settle], &[&world.stranger], EscrowError::NothingMature);
    // P15: up to the last second.
    world.chain.set_time(ends_at - 1);
    world.redeem(&order, 2, 900);
    world.chain.set_time(ends_at);
    let late = world.redeem_ixs(&[world.voucher(&order, 3, 901)]);
    world
        .chain
        .refused(&late, &[&world.operator], EscrowError::OrderEnded);
    // What nobody earned goes back at once, what is pending when it is mature.
    world.settle(&order);
    assert_eq!(world.order(&order).refunded, TOTAL - 900);
    assert_eq!(world.order(&order).head.state, state::FUNDED);
    world.wait(WINDOW);
    world.settle(&order);
    world.assert_ended(&order, &[500, 400], TOTAL - 900);
}

#[test]
fn the_seller_ends_at_once_and_strangers_never() {
    let mut world = World::new(8);
    let order = world.open_mode(mode::METERED);
    let end = world.end_ix(&world.stranger, &order);
    world
        .chain
        .refused(&[end], &[&world.stranger], EscrowError::NotParty);
    let seller = world.seller.insecure_clone();
    world.end(&seller, &order);
    world.assert_ended(&order, &[], TOTAL);
    let one_time = world.open();
    world.chain.refused(
        &[world.end_ix(&seller, &one_time)],
        &[&seller],
        EscrowError::WrongState,
    );
}

#[test]
fn top_ups_come_from_the_owner_and_stay_within_the_mints_largest_deposit() {
    let mut world = World::new(9);
    let order = world.open_mode(mode::METERED);
    let top_up = |world: &World, key: &Keypair, source: &Pubkey, amount| {
        ix::top_up(
            &key.pubkey(),
            &order,
            &world.order(&order),
            source,
            None,
            amount,
        )
    };
    let buyer = world.buyer.insecure_clone();
    let source = world.buyer_account;
    let most = MAX_DEPOSIT - TOTAL;
    for amount in [0, most + 1, u64::MAX] {
        let ix = top_up(&world, &buyer, &source, amount);
        world
            .chain
            .refused(&[ix], &[&buyer], EscrowError::DepositTooLarge);
    }
    let stranger = world.stranger.insecure_clone();
    let strangers = world
        .chain
        .token_account(&world.mint.clone(), &stranger.pubkey(), 10);
    let ix = top_up(&world, &stranger, &strangers, 1);
    world
        .chain
        .refused(&[ix], &[&stranger], EscrowError::NotBuyer);
    let ix = top_up(&world, &buyer, &strangers, 1);
    world
        .chain
        .refused(&[ix], &[&buyer], EscrowError::WrongTokenAccount);
    world
        .chain
        .ok(&[top_up(&world, &buyer, &source, most)], &[&buyer]);
    assert_eq!(world.order(&order).deposited, MAX_DEPOSIT);
    world.assert_conserved(&order);
    world.redeem(&order, 1, MAX_DEPOSIT);
    world.chain.set_time(world.order(&order).ends_at);
    let late = top_up(&world, &buyer, &source, 1);
    world
        .chain
        .refused(&[late], &[&buyer], EscrowError::DepositTooLarge);
    world.wait(WINDOW);
    world.settle(&order);
    world.assert_ended(&order, &[MAX_DEPOSIT], 0);
}

#[test]
fn p37_a_pause_stops_top_ups_and_no_redemption() {
    let mut world = World::new(10);
    let order = world.open_mode(mode::METERED);
    world.update_config(|config| config.paused = true);
    let top_up = ix::top_up(
        &world.buyer.pubkey(),
        &order,
        &world.order(&order),
        &world.buyer_account,
        None,
        1,
    );
    world
        .chain
        .refused(&[top_up], &[&world.buyer], EscrowError::Paused);
    world.redeem(&order, 1, 10);
    let buyer = world.buyer.insecure_clone();
    world.end(&buyer, &order);
    world.chain.set_time(world.order(&order).ends_at);
    world.settle(&order);
    world.assert_ended(&order, &[10], TOTAL - 10);
}

#[test]
fn an_end_too_near_or_too_far_and_a_missing_key_are_refused() {
    let mut world = World::new(11);
    let now = world.chain.now();
    for (ends_at, taken) in [
        (now + 2 * WINDOW, false),
        (now + 2 * WINDOW + 1, true),
        (now + 366 * 86_400, true),
        (now + 366 * 86_400 + 1, false),
        (i64::MAX, false),
        (0, false),
    ] {
        let mut args = world.mode_args(mode::METERED, &world.buyer.pubkey());
        args.ends_at = ends_at;
        let open = [world.open_ix(args)];
        if taken {
            world.chain.ok(&open, &[&world.buyer]);
        } else {
            world
                .chain
                .refused(&open, &[&world.buyer], EscrowError::EndOutOfBounds);
        }
    }
    for mode in [mode::METERED, mode::LEASE] {
        let args = world.mode_args(mode, &Pubkey::default());
        let open = [world.open_ix(args)];
        world
            .chain
            .refused(&open, &[&world.buyer], EscrowError::BuyerKeyMissing);
    }
    let mut args = world.mode_args(mode::SUBSCRIPTION, &Pubkey::default());
    args.period += 1;
    let open = [world.open_ix(args)];
    world
        .chain
        .refused(&open, &[&world.buyer], EscrowError::PeriodChanged);
}

#[test]
fn p36_three_vouchers_of_three_orders_fit_into_one_transaction() {
    let mut world = World::new(12);
    let orders: Vec<_> = (0..3).map(|_| world.open_mode(mode::METERED)).collect();
    let vouchers: Vec<_> = orders
        .iter()
        .map(|order| world.voucher(order, 1, 77))
        .collect();
    let redeem = world.redeem_ixs(&vouchers);
    let outcome = world.chain.ok(&redeem, &[&world.operator]);
    assert_eq!(outcome.events.len(), 3);
    for order in &orders {
        assert_eq!(world.order(order).pending, 77);
    }
}

#[test]
fn p16_a_frozen_vault_keeps_no_order_from_ending() {
    for (mode, by_owner) in [
        (mode::METERED, true),
        (mode::METERED, false),
        (mode::SUBSCRIPTION, true),
        (mode::LEASE, false),
    ] {
        let mut world = World::new(15);
        let order = world.open_mode(mode);
        world.wait(10);
        let vault = world.vault(&order);
        world.chain.set_frozen(&vault, true);
        let party = if by_owner {
            world.buyer.insecure_clone()
        } else {
            world.seller.insecure_clone()
        };
        world.end(&party, &order);
        let ended = world.order(&order);
        assert!(ended.ends_at < ended.booked_until, "{mode}");
        assert_eq!(world.chain.balance(&vault), TOTAL);
        world.assert_conserved(&order);
        // What went back at once of it waits; the rest goes on as ever.
        world.wait(TERM + 2 * WINDOW);
        for _ in 0..2 {
            let settle = world.settle_ix(&world.stranger, &order);
            let _ = world.chain.send(&[settle], &[&world.stranger]);
            world.wait(WINDOW);
        }
        let withdraw = world.withdraw_ix(&order);
        world
            .chain
            .refused(&[withdraw], &[&world.stranger], EscrowError::VaultFrozen);
        world.chain.set_frozen(&vault, false);
        world.withdraw(&order);
        let earned = world.order(&order).earned;
        let sellers = [earned].into_iter().filter(|part| *part > 0);
        world.assert_ended(&order, &sellers.collect::<Vec<_>>(), TOTAL - earned);
    }
}

#[test]
fn p16_an_empty_vault_that_was_frozen_when_its_order_ended_closes_after_the_thaw() {
    let mut world = World::new(17);
    let order = world.open_mode(mode::METERED);
    world.redeem(&order, 1, TOTAL);
    world.wait(WINDOW);
    world.settle(&order);
    let vault = world.vault(&order);
    assert_eq!(world.chain.balance(&vault), 0);
    world.chain.set_frozen(&vault, true);
    world.chain.set_time(world.order(&order).ends_at);
    world.settle(&order);
    assert_eq!(world.order(&order).head.state, state::SETTLED);
    let withdraw = world.withdraw_ix(&order);
    world.chain.refused(
        &[withdraw.clone()],
        &[&world.stranger],
        EscrowError::VaultFrozen,
    );
    world.chain.set_frozen(&vault, false);
    world.chain.ok(&[withdraw], &[&world.stranger]);
    world.assert_ended(&order, &[TOTAL], 0);
}

#[test]
fn an_owner_that_fetches_what_is_left_accepts_nothing_and_accepts_only_what_it_saw() {
    let mut world = World::new(16);
    let order = world.open_mode(mode::METERED);
    let buyer = world.buyer.insecure_clone();
    world.redeem(&order, 1, 500);
    let seen = world.accept_ix(&order);
    // The seller redeems in front of it what the owner may dispute for a window.
    world.wait(WINDOW);
    world.redeem(&order, 2, 2_000);
    world
        .chain
        .refused(&[seen], &[&buyer], EscrowError::OrderChanged);
    assert_eq!(world.order(&order).pending, 1_500);
    let settle = world.settle_ix(&buyer, &order);
    world
        .chain
        .refused(&[settle], &[&buyer], EscrowError::NothingMature);
    world.end(&buyer, &order);
    world.chain.set_time(world.order(&order).ends_at - 1);
    world.settle(&order);
    world.redeem(&order, 3, 2_100);
    world.wait(1);
    let settle = world.settle_ix(&buyer, &order);
    world.chain.ok(&[settle], &[&buyer]);
    let state = world.order(&order);
    assert_eq!((state.refunded, state.pending), (TOTAL - 2_100, 100));
    world.accept(&order);
    world.assert_ended(&order, &[500, 1_500, 100], TOTAL - 2_100);
}

#[test]
fn a_suspended_listing_takes_no_top_ups_and_goes_on_redeeming() {
    let mut world = World::new(13);
    let order = world.open_mode(mode::METERED);
    world.edit_listing(|listing| listing.status = listing::state::status::SUSPENDED);
    let top_up = ix::top_up(
        &world.buyer.pubkey(),
        &order,
        &world.order(&order),
        &world.buyer_account,
        None,
        1,
    );
    world
        .chain
        .refused(&[top_up], &[&world.buyer], EscrowError::ListingSuspended);
    world.redeem(&order, 1, 10);
}
