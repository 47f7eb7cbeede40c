//! Fees recorded at the reward program: once, for whom they are, and in nobody's way.

use anchor_lang::Discriminator;
use common::{
    RECORD_FEES, REWARD_ID,
    receipt::{flag, mode, state},
};
use escrow::{error::EscrowError, state::Order};
use pedigree_sdk::{
    events::Event,
    instructions::{escrow as ix, reward as on_reward},
    pda,
};
use reward::{error::RewardError, instructions::ConfigArgs, state::Points};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{
    Outcome, Program, Spread,
    rewards::{EPOCH, REWARD_ARGS},
};

use crate::{modes::*, sessions, world::*};

/// What an order of [`TOTAL`] brings to its treasury, and the points that this credits: a quarter of it, rounded down.
const FEE: u64 = TOTAL * FEE_PPM as u64 / 1_000_000;
const CREDIT: u64 = FEE / 4;
/// The buyer's part of them, rounded down.
const BUYERS: u64 = CREDIT * 400_000 / 1_000_000;

fn points(w: &World, owner: &Pubkey) -> u64 {
    let address = pda::points(owner, w.chain.epoch()).0;
    if !w.chain.exists(&address) {
        return 0;
    }
    w.chain.state::<Points>(&address).points
}

/// Recording an order is refused, and leaves it as it is.
#[track_caller]
fn refused(w: &mut World, order: &Pubkey, error: impl Into<anchor_lang::prelude::ProgramError>) {
    let (record, before) = (w.record_ix(order), w.order(order));
    w.chain.refused(&[record], &[&w.stranger], error);
    assert_eq!(w.order(order), before);
}

fn update_reward(w: &mut World, change: impl FnOnce(&mut ConfigArgs)) {
    let mut args = REWARD_ARGS;
    change(&mut args);
    let update = on_reward::update_config(&w.curator.pubkey(), args);
    w.chain.ok(&[update], &[&w.curator]);
}

#[test]
fn what_escrow_calls_is_rewards_own_instruction() {
    assert_eq!(RECORD_FEES, reward::instruction::RecordFees::DISCRIMINATOR);
    assert_eq!(REWARD_ID, reward::ID);
}

#[test]
fn a_settled_orders_fee_becomes_the_payees_and_the_buyers_points() {
    let mut w = World::rewarded(1);
    let order = w.settled();
    let before = w.order(&order);
    assert_eq!(before.fee_paid, FEE);
    let Outcome { events, .. } = w.record(&order);
    let [
        Event::OrderFeesRecorded(marked),
        Event::FeesRecorded(credited),
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((marked.head.address, marked.head.amount), (order, FEE));
    assert_eq!((credited.head.order, credited.head.fee), (order, FEE));
    assert_eq!(points(&w, &w.payee.pubkey()), CREDIT - BUYERS);
    assert_eq!(points(&w, &w.buyer.pubkey()), BUYERS);
    // Nothing else of the order changes, and nobody's money moves.
    let mut expected = before;
    expected.fees_recorded = 1;
    expected.head.seq += 1;
    assert_eq!(w.order(&order), expected);
    assert_eq!(w.chain.balance(&w.treasury), FEE);
}

#[test]
fn p23_an_order_is_recorded_once() {
    let mut w = World::rewarded(1);
    let order = w.settled();
    let record = w.record_ix(&order);
    let twice = [record.clone(), record.clone()];
    w.chain
        .refused(&twice, &[&w.stranger], EscrowError::AlreadyRecorded);
    assert_eq!(points(&w, &w.buyer.pubkey()), 0);
    w.record(&order);
    refused(&mut w, &order, EscrowError::AlreadyRecorded);
    // Nor in another epoch, by somebody else, or once the points are claimed and gone.
    w.wait(EPOCH);
    w.chain.open_epoch();
    refused(&mut w, &order, EscrowError::AlreadyRecorded);
    let epoch = w.chain.epoch();
    let other = ix::record_fees(&w.buyer.pubkey(), &order, &w.order(&order), epoch);
    w.chain
        .refused(&[other], &[&w.buyer], EscrowError::AlreadyRecorded);
    // With its account the order is gone, and with it what could be recorded.
    let (close, record) = (w.close_ix(&w.buyer, &order), w.record_ix(&order));
    w.chain.ok(&[close], &[&w.buyer]);
    w.chain
        .send(&[record], &[&w.stranger])
        .expect_err("there is no order");
}

#[test]
fn only_a_settled_paid_order_of_a_claimed_listing_is_recorded() {
    let mut w = World::rewarded(1);
    let nothing = EscrowError::NothingToRecord;
    let open = w.open();
    refused(&mut w, &open, nothing);
    w.deliver(&open);
    refused(&mut w, &open, nothing);
    w.dispute(&open);
    refused(&mut w, &open, nothing);
    let concede = w.concede_ix(&w.seller, &open);
    w.chain.ok(&[concede], &[&w.seller]);
    assert_eq!(w.order(&open).head.state, state::REFUNDED);
    refused(&mut w, &open, nothing);

    let order = w.settled();
    let sound = w.order(&order);
    for flag in [flag::FREE, flag::UNCLAIMED, flag::BELOW_UNIT] {
        w.chain
            .edit_state(&order, |order: &mut Order| order.head.flags |= flag);
        refused(&mut w, &order, nothing);
        w.chain
            .edit_state(&order, |order: &mut Order| *order = sound);
    }
    w.record(&order);
}

#[test]
fn p45_an_order_of_an_unclaimed_listing_credits_nobody() {
    let mut w = World::rewarded(1);
    w.update_config(|config| config.allow_unclaimed = true);
    w.edit_listing(|listing| {
        listing.claimed = 0;
        (listing.royalty_ppm, listing.royalty_parents) = (0, 0);
    });
    let mut params = w.open_params();
    params.royalty_generation = None;
    let args = w.args();
    let open = ix::open_order(&params, args);
    w.chain.ok(&[open], &[&w.buyer]);
    let order = params.address(&args.key);
    w.deliver(&order);
    w.accept(&order);
    // Whoever claims it afterwards.
    w.edit_listing(|listing| listing.claimed = 1);
    refused(&mut w, &order, EscrowError::NothingToRecord);
}

#[test]
fn p49_a_fee_that_waits_for_the_treasury_is_recorded_when_it_has_arrived() {
    let mut w = World::rewarded(1);
    let order = w.delivered();
    let treasury = w.treasury;
    w.chain.set_frozen(&treasury, true);
    w.accept(&order);
    assert_eq!(
        (w.order(&order).fee_due, w.order(&order).fee_paid),
        (FEE, 0)
    );
    refused(&mut w, &order, EscrowError::NothingToRecord);
    w.chain.set_frozen(&treasury, false);
    w.withdraw(&order);
    w.record(&order);
    assert_eq!(points(&w, &w.buyer.pubkey()), BUYERS);
}

#[test]
fn an_order_that_earns_bit_by_bit_is_recorded_when_it_is_over() {
    let mut w = World::rewarded(1);
    let order = w.open_mode(mode::METERED);
    w.redeem(&order, 1, 2_000_000);
    w.wait(WINDOW);
    w.settle(&order);
    refused(&mut w, &order, EscrowError::NothingToRecord);
    let buyer = w.buyer.insecure_clone();
    w.end(&buyer, &order);
    w.wait(2 * WINDOW);
    w.settle(&order);
    let fee = w.order(&order).fee_paid;
    w.record(&order);
    assert_eq!(points(&w, &buyer.pubkey()), fee / 4 * 2 / 5);
}

#[test]
fn p45_who_buys_from_itself_is_credited_nothing() {
    let mut w = World::rewarded(1);
    let wallet = w.buyer.pubkey();
    w.edit_listing(|listing| listing.payout = wallet);
    let order = w.settled();
    assert_eq!(w.order(&order).payee, wallet);
    let same = anchor_lang::ErrorCode::ConstraintDuplicateMutableAccount;
    refused(&mut w, &order, same);
    let mut record = w.record_ix(&order);
    let elsewhere = pda::points(&w.stranger.pubkey(), w.chain.epoch()).0;
    let meta = record
        .accounts
        .iter_mut()
        .find(|meta| meta.is_writable && meta.pubkey == pda::points(&wallet, w.chain.epoch()).0);
    meta.expect("its points").pubkey = elsewhere;
    w.chain
        .refused(&[record], &[&w.stranger], RewardError::SelfDealt);
    assert_eq!((points(&w, &wallet), w.order(&order).fees_recorded), (0, 0));
}

#[test]
fn an_order_that_a_session_bought_credits_the_sessions_owner() {
    let mut w = World::rewarded(1);
    let session = sessions::open(&mut w, &[]);
    let address = session.address;
    w.session = Some(session);
    let order = w.settled();
    assert_eq!(w.order(&order).head.buyer, address);
    w.record(&order);
    assert_eq!(points(&w, &w.buyer.pubkey()), BUYERS);
    assert_eq!(points(&w, &address), 0);
}

#[test]
fn p2_p21_points_rates_and_epochs_of_others_are_refused() {
    let mut w = World::rewarded(1);
    let order = w.settled();
    w.record(&order);
    let order = w.settled();
    let (epoch, stranger) = (w.chain.epoch(), w.stranger.pubkey());
    let own = |owner: &Pubkey| pda::points(owner, epoch).0;
    let (payee, buyer) = (own(&w.payee.pubkey()), own(&w.buyer.pubkey()));
    let record = w.record_ix(&order);
    // Points that are not there yet are made at their own address alone.
    for points in [payee, buyer] {
        let wrong = swap(record.clone(), &points, own(&stranger));
        w.chain.refused(
            &[wrong],
            &[&w.stranger],
            anchor_lang::ErrorCode::ConstraintSeeds,
        );
    }
    // The payee's points in the buyer's place and the other way round.
    let mut wrong = record.clone();
    for meta in &mut wrong.accounts {
        if meta.pubkey == payee {
            meta.pubkey = buyer;
        } else if meta.pubkey == buyer {
            meta.pubkey = payee;
        }
    }
    w.chain
        .refused(&[wrong], &[&w.stranger], RewardError::WrongAccount);
    // A token account, which escrow's signature might move, goes there in no place that is written to.
    let (treasury, own_epoch) = (w.treasury, pda::epoch(epoch).0);
    for account in [own_epoch, payee, buyer] {
        let wrong = swap(record.clone(), &account, treasury);
        w.chain
            .refused(&[wrong], &[&w.stranger], EscrowError::WrongAccount);
    }
    // An epoch that is over.
    w.wait(EPOCH);
    w.chain
        .refused(&[record], &[&w.stranger], RewardError::NotCurrentEpoch);
    assert_eq!(w.order(&order).fees_recorded, 0);
}

#[test]
fn p37_a_pause_of_the_reward_program_holds_up_no_payout_and_loses_nothing() {
    let mut w = World::rewarded(1);
    let recorded = w.settled();
    update_reward(&mut w, |args| args.paused = true);
    refused(&mut w, &recorded, RewardError::Paused);
    let order = w.settled();
    assert_eq!(
        w.order(&order).paid,
        TOTAL - FEE - w.order(&order).royalty_paid
    );
    let refunded = w.refunded();
    w.wait(VALIDITY);
    let close = w.close_ix(&w.stranger, &refunded);
    w.chain.ok(&[close], &[&w.stranger]);
    // Escrow's own pause stops no recording.
    update_reward(&mut w, |_| {});
    w.update_config(|config| config.paused = true);
    w.record(&recorded);
    w.record(&order);
}

#[test]
fn recording_costs_what_it_may_and_the_program_weighs_what_it_may() {
    let (mut first, mut further) = (Vec::new(), Vec::new());
    for seed in 0..50 {
        let mut w = World::rewarded(seed);
        let orders = [w.settled(), w.settled()];
        first.push(w.record(&orders[0]).compute_units);
        further.push(w.record(&orders[1]).compute_units);
    }
    let (first, further) = (Spread::of(first), Spread::of(further));
    println!("record_fees, new points {first:?}\nrecord_fees {further:?}");
    assert!(first.p50 <= 20_000, "{first:?}");
    assert!(further.p50 <= 12_000, "{further:?}");
    let size = Program::Escrow.file().len();
    println!("escrow.so {size}");
    assert!(size <= 200_000, "{size}");
}
