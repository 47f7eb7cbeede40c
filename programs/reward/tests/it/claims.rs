//! Points become tokens, once, and never more than was allotted.

use pedigree_sdk::{instructions::reward as ix, pda};
use rand::{Rng, SeedableRng, rngs::StdRng};
use reward::error::RewardError;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn a_lone_fee_brings_its_points_and_not_the_epochs_emission() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let index = w.record(&sale);
    w.finish(index);
    assert_eq!(w.claim(&sale.publisher, index), 600_000);
    assert_eq!(w.claim(&sale.buyer, index), 400_000);
    assert_eq!(w.supply(), 1_000_000);
    assert_eq!(w.epoch(index).claimed, 1_000_000);
}

#[test]
fn p22_of_more_points_than_were_emitted_each_claim_is_its_share_rounded_down() {
    let mut rng = StdRng::seed_from_u64(22);
    for seed in 0..8 {
        let mut w = World::new(seed);
        let mut sales = Vec::new();
        for _ in 0..6 {
            sales.push(w.some_sale(rng.random_range(1_000_000_000..9_000_000_000)));
        }
        let index = sales.iter().map(|sale| w.record(sale)).last().unwrap();
        let total = w.epoch(index).total;
        w.finish(index);
        let allotted = w.epoch(index).allotted;
        assert_eq!(allotted, 1_000_000_000);
        let mut sum = 0;
        for owner in sales.iter().flat_map(|sale| [sale.publisher, sale.buyer]) {
            let points = w.points(&owner, index);
            let share = u128::from(points) * u128::from(allotted) / u128::from(total);
            assert_eq!(u128::from(w.claim(&owner, index)), share);
            sum += share as u64;
        }
        assert!(
            sum <= allotted && allotted - sum < 12,
            "{sum} of {allotted}"
        );
        assert_eq!((w.supply(), w.epoch(index).claimed), (sum, sum));
    }
}

#[test]
fn p23_points_are_claimed_once_and_not_before_their_epoch_is_finished() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let index = w.record(&sale);
    let token = w.token;
    w.chain.token_account(&token, &sale.buyer, 0);
    let claim = w.claim_ix(&sale.buyer, index);
    w.refused(claim.clone(), RewardError::WrongEpochState);
    w.finish(index);
    w.crank(claim.clone());
    let stranger = w.stranger.insecure_clone();
    w.chain
        .send(std::slice::from_ref(&claim), &[&stranger])
        .expect_err("they are gone");
    // Lamports sent there revive nothing.
    w.chain.fund(&pda::points(&sale.buyer, index).0, 10_000_000);
    w.chain
        .send(&[claim], &[&stranger])
        .expect_err("they are dead");
    assert_eq!(w.held(&sale.buyer), 400_000);
}

#[test]
fn p23_p31_two_claims_in_one_transaction_bring_one() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let index = w.record(&sale);
    let token = w.token;
    w.chain.token_account(&token, &sale.buyer, 0);
    w.finish(index);
    let stranger = w.stranger.insecure_clone();
    let points = pda::points(&sale.buyer, index).0;
    let fund = lamports(&stranger.pubkey(), &points);
    let claim = w.claim_ix(&sale.buyer, index);
    w.chain
        .send(&[claim.clone(), fund, claim.clone()], &[&stranger])
        .expect_err("the second finds nothing");
    w.crank(claim);
    assert_eq!(w.held(&sale.buyer), 400_000);
}

#[test]
fn p32_a_stranger_claims_to_the_owners_associated_account_alone_and_the_owner_to_any_of_its_own() {
    let mut w = World::new(1);
    let owner = w.chain.actor();
    let publisher = w.chain.actor().pubkey();
    let sale = w.sale(&publisher, &owner.pubkey(), 4_000_000);
    let index = w.record(&sale);
    w.finish(index);
    let (token, stranger) = (w.token, w.stranger.pubkey());
    let spare = w.chain.spare_token_account(&token, &owner.pubkey(), 0);
    let others = w.chain.token_account(&token, &stranger, 0);
    for destination in [&spare, &others] {
        let claim = ix::claim(
            &stranger,
            &owner.pubkey(),
            index,
            Some(destination),
            &stranger,
        );
        w.refused(claim, RewardError::WrongTokenAccount);
    }
    // Its associated account is missing: it waits.
    let claim = w.claim_ix(&owner.pubkey(), index);
    w.refused(claim, RewardError::WrongTokenAccount);
    let rent_to = w.chain.lamports(&stranger);
    let claim = |destination, rent_payer| {
        ix::claim(
            &owner.pubkey(),
            &owner.pubkey(),
            index,
            Some(destination),
            rent_payer,
        )
    };
    w.chain.refused(
        &[claim(&others, &stranger)],
        &[&owner],
        RewardError::WrongTokenAccount,
    );
    let own = owner.pubkey();
    w.chain.refused(
        &[claim(&spare, &own)],
        &[&owner],
        RewardError::WrongRentPayer,
    );
    w.chain.ok(&[claim(&spare, &stranger)], &[&owner]);
    assert_eq!(w.chain.balance(&spare), 400_000);
    assert!(w.chain.lamports(&stranger) > rent_to);
}

#[test]
fn p7_points_of_another_epoch_bring_nothing_there() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000_000);
    let first = w.record(&sale);
    w.finish(first);
    let again = w.sale(&sale.publisher, &sale.buyer, 4_000_000);
    let second = w.record(&again);
    w.finish(second);
    let token = w.token;
    w.chain.token_account(&token, &sale.buyer, 0);
    let mut claim = w.claim_ix(&sale.buyer, second);
    claim.accounts[2].pubkey = pda::epoch(first).0;
    w.refused(claim, RewardError::WrongAccount);
    let stranger = w.stranger.pubkey();
    w.pass(CLAIM_WINDOW + 1);
    w.crank(ix::expire_epoch(first));
    let mut close = ix::close_points(&stranger, &sale.buyer, second, &stranger);
    close.accounts[1].pubkey = pda::epoch(first).0;
    w.refused(close, RewardError::WrongAccount);
}

#[test]
fn p18_points_worth_less_than_a_unit_are_closed_for_nothing() {
    let mut w = World::new(1);
    // All of the emission, many times over, and one point.
    let (great, small) = (w.some_sale(u64::MAX / 4), w.some_sale(10));
    w.record(&great);
    let index = w.record(&small);
    w.finish(index);
    assert_eq!(w.points(&small.publisher, index), 2);
    assert_eq!(w.claim(&small.publisher, index), 0);
    assert!(!w.chain.exists(&pda::points(&small.publisher, index).0));
}

#[test]
fn p18_points_beyond_64_bits_are_refused() {
    let mut w = World::new(1);
    w.set_rate(500_000_000_000, 1);
    let great = w.some_sale(u64::MAX);
    let index = w.open_epoch();
    let record = w.record_ix(&great, index);
    w.refused(record, RewardError::AmountTooLarge);
    let most = [
        w.some_sale(u64::MAX / 500_000),
        w.some_sale(u64::MAX / 500_000),
    ];
    w.record(&most[0]);
    let record = w.record_ix(&most[1], index);
    w.refused(record, RewardError::AmountTooLarge);
}
