//! Rent returns to who paid it, whatever the network asks.

use pedigree_sdk::{instructions::reward as ix, pda};
use reward::error::RewardError;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p38_what_a_fall_of_rent_sets_free_goes_to_who_paid_it_and_no_more() {
    let mut w = World::new(1);
    w.chain.set_rent(6_960);
    let (owner, listing, sale) = (w.validator(10_000), w.listing(), w.some_sale(4_000));
    let attestation = w.attest(&owner, &listing, 1_000);
    let index = w.record(&sale);
    let (stranger, holder) = (w.stranger.pubkey(), owner.pubkey());
    w.chain.set_rent(348);
    let paid = [
        (pda::epoch(index).0, stranger),
        (pda::points(&sale.buyer, index).0, stranger),
        (pda::position(&holder, 0).0, holder),
        (attestation, holder),
        (pda::reward_config().0, stranger),
        (pda::emission().0, stranger),
        (pda::stake().0, stranger),
        (pda::rate(&w.mint.address).0, stranger),
    ];
    for (account, payer) in paid {
        let other = if payer == stranger { holder } else { stranger };
        w.refused(
            ix::reclaim_excess(&account, &other),
            RewardError::WrongRentPayer,
        );
        let before = w.chain.lamports(&account) + w.chain.lamports(&payer);
        w.crank(ix::reclaim_excess(&account, &payer));
        let len = w.chain.svm.get_account(&account).unwrap().data.len();
        let least = w.chain.svm.minimum_balance_for_rent_exemption(len);
        assert_eq!(w.chain.lamports(&account), least);
        assert_eq!(
            w.chain.lamports(&account) + w.chain.lamports(&payer),
            before
        );
        w.refused(
            ix::reclaim_excess(&account, &payer),
            RewardError::NothingToReclaim,
        );
    }
    let vault = ix::reclaim_excess(&pda::stake_vault().0, &stranger);
    w.refused(vault, RewardError::WrongAccount);
}

#[test]
fn p38_everything_goes_its_way_whatever_the_network_asks_for_rent() {
    for (opened, closed) in [(6_960, 696), (5_080, 6_960), (696, 5_080)] {
        let mut w = World::new(1);
        w.chain.set_rent(opened);
        let (owner, listing, sale) = (w.validator(10_000), w.listing(), w.some_sale(4_000_000));
        w.attest(&owner, &listing, 1_000);
        let index = w.record(&sale);
        w.unlock(&owner, 0);
        w.chain.set_rent(closed);
        w.finish(index);
        w.claim(&sale.buyer, index);
        w.pass(90 * DAY);
        w.crank(ix::expire_epoch(index));
        let stranger = w.stranger.pubkey();
        w.crank(ix::close_points(
            &stranger,
            &sale.publisher,
            index,
            &stranger,
        ));
        let close = w.close_attestation_ix(&owner.pubkey(), &listing);
        w.crank(close);
        let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
        w.chain.ok(&[withdraw], &[&owner]);
    }
}

#[test]
fn a_stranger_that_closes_points_earns_a_tenth_of_the_rent_and_a_party_nothing() {
    let mut w = World::new(1);
    let sale = w.some_sale(4_000);
    let index = w.record(&sale);
    w.finish(index);
    w.pass(CLAIM_WINDOW + 1);
    w.crank(ix::expire_epoch(index));
    let (payer, other) = (w.stranger.pubkey(), w.chain.actor());
    let rent = w.chain.lamports(&pda::points(&sale.buyer, index).0);
    let wrong = ix::close_points(&payer, &sale.buyer, index, &other.pubkey());
    w.refused(wrong, RewardError::WrongRentPayer);
    let (before, stranger) = (w.chain.lamports(&payer), w.chain.lamports(&other.pubkey()));
    let close = ix::close_points(&other.pubkey(), &sale.buyer, index, &payer);
    w.chain.ok(&[close], &[&other]);
    assert_eq!(w.chain.lamports(&other.pubkey()) - stranger, rent / 10);
    assert_eq!(w.chain.lamports(&payer) - before, rent - rent / 10);
    let before = w.chain.lamports(&payer);
    w.crank(ix::close_points(&payer, &sale.publisher, index, &payer));
    assert_eq!(w.chain.lamports(&payer) - before, rent);
}
