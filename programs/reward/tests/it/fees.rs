//! Fees become points, once, for whom they are.

use core::mem::offset_of;

use anchor_lang::bytemuck::Zeroable;
use common::{
    DAO_ID, ESCROW_CONFIG, ESCROW_ID, REWARD_ID,
    receipt::{PaidFee, flag, state},
};
use escrow::state::Order;
use pedigree_sdk::{accounts::to_bytes, instructions::reward as ix, pda, programs::ESCROW};
use reward::error::RewardError;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

#[test]
fn addresses_and_places_that_stand_twice_are_the_same() {
    assert_eq!(REWARD_ID, reward::ID);
    assert_eq!(ESCROW_ID, escrow::ID);
    assert_eq!(ESCROW_CONFIG, pda::escrow_config().0);
    assert_eq!(DAO_ID, pedigree_sdk::programs::DAO);
    let places = [
        offset_of!(Order, payee),
        offset_of!(Order, mint),
        offset_of!(Order, fee_paid),
        offset_of!(Order, fee_due),
    ];
    assert_eq!(PaidFee::PLACES, places);
}

#[test]
fn a_fee_credits_publisher_and_buyer_by_the_mints_rate() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_003);
    let index = w.record(&sale);
    // floor(4,000,003 × 0.25) = 1,000,000; the buyer gets 40 % of it.
    assert_eq!(w.points(&sale.publisher, index), 600_000);
    assert_eq!(w.points(&sale.buyer, index), 400_000);
    let more = w.sale(&sale.publisher, &sale.buyer, 7);
    w.record(&more);
    // floor(7 × 0.25) = 1, of which the buyer's 40 % are nothing.
    assert_eq!(w.points(&sale.publisher, index), 600_001);
    assert_eq!(w.points(&sale.buyer, index), 400_000);
    let epoch = w.epoch(index);
    assert_eq!((epoch.total, epoch.orders), (1_000_001, 2));
}

#[test]
fn a_publisher_that_buys_elsewhere_has_all_its_points_in_one_account() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    w.record(&sale);
    let other = w.chain.actor().pubkey();
    let bought = w.sale(&other, &sale.publisher, 4_000_000);
    let index = w.record(&bought);
    assert_eq!(w.points(&sale.publisher, index), 1_000_000);
}

#[test]
fn an_order_that_a_session_bought_credits_the_sessions_owner() {
    let mut w = World::new(1);
    let (publisher, session, owner) = (
        w.chain.actor().pubkey(),
        w.chain.actor().pubkey(),
        w.chain.actor().pubkey(),
    );
    let sale = w.sale_with(&publisher, &session, 4_000_000, |order| {
        order.head.owner = owner;
        order.head.flags = flag::SESSION;
    });
    let index = w.record(&sale);
    assert_eq!(w.points(&owner, index), 400_000);
    assert!(!w.chain.exists(&pda::points(&session, index).0));
}

#[test]
fn p1_nobody_but_escrow_records_fees() {
    let mut w = World::new(1);
    let sale = w.some_sale(1_000);
    let index = w.open_epoch();
    let mut record = w.record_ix(&sale, index);
    record.accounts[0].pubkey = w.stranger.pubkey();
    w.refused(record, RewardError::NotRecorder);
    let unsigned = testkit::unsigned(w.record_ix(&sale, index), &ESCROW_CONFIG);
    let stranger = w.stranger.insecure_clone();
    w.chain
        .send(&[unsigned], &[&stranger])
        .expect_err("escrow does not sign");
}

#[test]
fn p45_p2_only_a_paid_fee_of_a_claimed_listings_settled_order_credits_anything() {
    let mut w = World::new(1);
    let index = w.open_epoch();
    let (publisher, buyer) = (w.chain.actor().pubkey(), w.chain.actor().pubkey());
    let changes: [fn(&mut Order); 7] = [
        |order| order.head.state = state::FUNDED,
        |order| order.head.state = state::DELIVERED,
        |order| order.head.state = state::DISPUTED,
        |order| order.head.state = state::REFUNDED,
        |order| order.head.flags = flag::FREE,
        |order| order.head.flags = flag::UNCLAIMED,
        |order| order.fee_due = 1,
    ];
    for change in changes {
        let sale = w.sale_with(&publisher, &buyer, 1_000, change);
        let record = w.record_ix(&sale, index);
        w.refused(record, RewardError::NotReceipt);
    }
    // A copy of an order anywhere but at its address, and one of another program.
    let sale = w.sale(&publisher, &buyer, 1_000);
    let order = w.chain.svm.get_account(&sale.order).unwrap();
    let elsewhere = Pubkey::new_from_array(w.chain.draw());
    w.chain.put_owned(elsewhere, ESCROW, order.data.clone());
    w.chain.put_owned(sale.order, reward::ID, order.data);
    for order in [elsewhere, sale.order] {
        let record = w.record_ix(&Sale { order, ..sale }, index);
        w.refused(record, RewardError::NotReceipt);
    }
    w.chain.put_owned(sale.order, ESCROW, vec![0; 8]);
    let record = w.record_ix(&sale, index);
    w.refused(record, RewardError::NotReceipt);
    let empty = to_bytes(&Order::zeroed());
    w.chain.put_owned(sale.order, ESCROW, empty[..100].to_vec());
    let record = w.record_ix(&sale, index);
    w.refused(record, RewardError::NotReceipt);
}

#[test]
fn p45_a_wallet_that_buys_from_itself_gets_nothing() {
    let mut w = World::new(1);
    let wallet = w.chain.actor().pubkey();
    let sale = w.sale(&wallet, &wallet, 1_000_000);
    let index = w.open_epoch();
    let mut record = w.record_ix(&sale, index);
    // The same account twice would be refused for that alone.
    record.accounts[7].pubkey = pda::points(&w.stranger.pubkey(), index).0;
    w.refused(record, RewardError::SelfDealt);
}

#[test]
fn a_fee_without_a_rate_or_too_small_for_a_point_is_not_recorded() {
    let mut w = World::new(1);
    let (sale, small) = (w.some_sale(1_000_000), w.some_sale(3));
    let index = w.open_epoch();
    let record = w.record_ix(&small, index);
    w.refused(record, RewardError::NothingToCredit);
    w.set_rate(0, 0);
    let record = w.record_ix(&sale, index);
    w.refused(record, RewardError::NothingToCredit);
}

#[test]
fn p21_another_mints_rate_and_anothers_points_are_refused() {
    let mut w = World::new(1);
    let sale = w.some_sale(1_000_000);
    let index = w.open_epoch();
    let other = w.chain.mint(TokenProgram::Classic);
    let (admin, stranger) = (w.admin.insecure_clone(), w.stranger.insecure_clone());
    let set = ix::set_rate(&admin.pubkey(), &stranger.pubkey(), &other.address, 1, 1);
    w.chain.ok(&[set], &[&admin, &stranger]);
    let mut record = w.record_ix(&sale, index);
    record.accounts[3].pubkey = pda::rate(&other.address).0;
    w.refused(record, RewardError::WrongAccount);

    let others = w.some_sale(1_000_000);
    w.record(&others);
    for (at, points) in [(6, others.publisher), (7, others.buyer)] {
        let mut record = w.record_ix(&sale, index);
        record.accounts[at].pubkey = pda::points(&points, index).0;
        w.refused(record, RewardError::WrongAccount);
    }
    // One's own of another epoch.
    w.record(&sale);
    w.pass(WEEK);
    let next = w.open_epoch();
    for (at, owner) in [(6, sale.publisher), (7, sale.buyer)] {
        let mut record = w.record_ix(&sale, next);
        record.accounts[at].pubkey = pda::points(&owner, index).0;
        w.refused(record, RewardError::WrongAccount);
    }
}

#[test]
fn p37_a_pause_stops_new_points_positions_and_attestations_and_nothing_else() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let index = w.record(&sale);
    let owner = w.validator(10_000);
    let listing = w.listing();
    w.attest(&owner, &listing, MIN_STAKE);
    let accused = w.validator(10_000);
    w.attest(&accused, &listing, MIN_STAKE);
    let dispute = w.ruling(&listing, 1, 100);
    w.put_dispute(&dispute);
    let late = w.holder(10_000);
    w.pause();

    let record = w.record_ix(&sale, index);
    w.refused(record, RewardError::Paused);
    let lock = w.lock_ix(&late.pubkey(), 0, 1);
    w.chain.refused(&[lock], &[&late], RewardError::Paused);
    let other = w.listing();
    let args = w.attest_args(&other, 1, MIN_STAKE);
    let attest = w.attest_ix(&owner.pubkey(), &other, args);
    w.chain.refused(&[attest], &[&owner], RewardError::Paused);

    w.finish(index);
    w.claim(&sale.publisher, index);
    w.open_epoch();
    let slash = w.slash_ix(&accused.pubkey(), &listing, 1);
    w.crank(slash);
    w.unlock(&owner, 0);
    w.pass(CLAIM_WINDOW + 1);
    w.crank(ix::expire_epoch(index));
    let stranger = w.stranger.pubkey();
    w.crank(ix::close_points(&stranger, &sale.buyer, index, &stranger));
    w.pass(90 * DAY);
    let close = w.close_attestation_ix(&owner.pubkey(), &listing);
    w.crank(close);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
    w.chain.ok(&[withdraw], &[&owner]);
}
