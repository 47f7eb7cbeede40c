//! Validators say what they think of a version, and what that binds.

use listing::state::Listing;
use pedigree_sdk::{instructions::reward as ix, pda};
use reward::{
    error::RewardError,
    state::{Attestation, verdict},
};
use solana_signer::Signer;

use crate::world::*;

#[test]
fn an_attestation_says_what_was_attested_and_what_it_risks() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    let address = w.attest(&owner, &listing, 4_000);
    let attestation: Attestation = w.chain.state(&address);
    assert_eq!((attestation.version, attestation.stake), (3, 4_000));
    assert_eq!(attestation.expires_at, w.chain.now() + 90 * DAY);
    assert_eq!(
        attestation.subject_hash,
        w.ruling(&listing, 1, 0).subject_hash
    );
    let position = w.position(&owner.pubkey(), 0);
    assert_eq!((position.staked, position.attestations), (4_000, 1));
    // One of a position and a version.
    let args = w.attest_args(&listing, verdict::BAD, 1_000);
    let again = w.attest_ix(&owner.pubkey(), &listing, args);
    w.chain.send(&[again], &[&owner]).expect_err("once");
}

#[test]
fn a_position_risks_no_more_than_it_has_and_no_less_than_the_least_stake() {
    let mut w = World::new(1);
    let (owner, listing, other) = (w.validator(10_000), w.listing(), w.listing());
    for stake in [0, MIN_STAKE - 1, 10_001] {
        let args = w.attest_args(&listing, verdict::GOOD, stake);
        let attest = w.attest_ix(&owner.pubkey(), &listing, args);
        w.chain
            .refused(&[attest], &[&owner], RewardError::StakeOutOfBounds);
    }
    w.attest(&owner, &listing, 9_000);
    let args = w.attest_args(&other, verdict::GOOD, 1_001);
    let attest = w.attest_ix(&owner.pubkey(), &other, args);
    w.chain
        .refused(&[attest], &[&owner], RewardError::StakeOutOfBounds);
    w.attest(&owner, &other, 1_000);
}

#[test]
fn p12_only_the_version_that_was_seen_of_an_activated_listing_is_attested() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    let args = w.attest_args(&listing, verdict::GOOD, 1_000);
    let mut newer = args;
    newer.version += 1;
    let mut other = args;
    other.manifest_hash[0] ^= 1;
    for changed in [newer, other] {
        let attest = w.attest_ix(&owner.pubkey(), &listing, changed);
        w.chain
            .refused(&[attest], &[&owner], RewardError::VersionChanged);
    }
    for bad in [0, 3] {
        let mut args = args;
        args.verdict = bad;
        let attest = w.attest_ix(&owner.pubkey(), &listing, args);
        w.chain
            .refused(&[attest], &[&owner], RewardError::NoSuchVerdict);
    }
    w.chain
        .edit_state(&listing, |listing: &mut Listing| listing.activated_slot = 0);
    let attest = w.attest_ix(&owner.pubkey(), &listing, args);
    w.chain
        .refused(&[attest], &[&owner], RewardError::ListingNotActivated);
}

#[test]
fn p1_only_the_owner_of_a_position_without_an_unlock_attests() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    let args = w.attest_args(&listing, verdict::GOOD, 1_000);
    let mut others = w.attest_ix(&owner.pubkey(), &listing, args);
    others.accounts[0].pubkey = w.stranger.pubkey();
    others.accounts[1].pubkey = w.stranger.pubkey();
    w.refused(others, RewardError::NotOwner);
    w.unlock(&owner, 0);
    let late = w.attest_ix(&owner.pubkey(), &listing, args);
    w.chain.refused(&[late], &[&owner], RewardError::Unlocking);
}

#[test]
fn p28_p15_an_attestation_binds_its_position_for_ninety_days() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    let address = w.attest(&owner, &listing, 1_000);
    w.unlock(&owner, 0);
    let expires_at = w.chain.now() + 90 * DAY;
    w.chain.set_time(expires_at - 1);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
    w.chain.refused(
        std::slice::from_ref(&withdraw),
        &[&owner],
        RewardError::StillAttesting,
    );
    let close = w.close_attestation_ix(&owner.pubkey(), &listing);
    w.refused(close.clone(), RewardError::AttestationAlive);
    w.chain.set_time(expires_at);
    let (before, rent) = (
        w.chain.lamports(&owner.pubkey()),
        w.chain.lamports(&address),
    );
    w.crank(close);
    // A stranger that closes it earns a tenth of the rent.
    assert_eq!(w.chain.lamports(&owner.pubkey()) - before, rent - rent / 10);
    w.chain.ok(&[withdraw], &[&owner]);
    assert_eq!(w.held(&owner.pubkey()), 10_000);
}

#[test]
fn p15_while_its_listing_is_disputed_and_for_a_week_after_it_no_attestation_is_closed() {
    let mut w = World::new(1);
    let (owner, listing, other) = (w.validator(10_000), w.listing(), w.listing());
    w.attest(&owner, &listing, 1_000);
    w.pass(90 * DAY);
    w.put_docket(&listing, 1, 0);
    let close = w.close_attestation_ix(&owner.pubkey(), &listing);
    w.refused(close.clone(), RewardError::ListingDisputed);
    w.put_docket(&listing, 2, w.chain.now() - 30 * DAY);
    w.refused(close.clone(), RewardError::ListingDisputed);
    // Another listing's docket, or none at all in its place, says nothing.
    w.put_docket(&other, 0, 1);
    for docket in [pda::docket(&other).0, w.stranger.pubkey()] {
        let mut wrong = close.clone();
        wrong.accounts[3].pubkey = docket;
        w.refused(wrong, RewardError::WrongAccount);
    }
    let ended_at = w.chain.now();
    w.put_docket(&listing, 0, ended_at);
    w.chain.set_time(ended_at + WEEK - 1);
    w.refused(close.clone(), RewardError::ListingDisputed);
    w.chain.set_time(ended_at + WEEK);
    w.crank(close);
    assert_eq!(w.position(&owner.pubkey(), 0).staked, 0);
}

#[test]
fn p3_a_docket_that_is_none_is_refused() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    w.attest(&owner, &listing, 1_000);
    w.pass(90 * DAY);
    let close = w.close_attestation_ix(&owner.pubkey(), &listing);
    let docket = pda::docket(&listing).0;
    w.put_docket(&listing, 0, 0);
    w.chain.edit(&docket, |data| data[0] ^= 1);
    w.refused(close.clone(), RewardError::WrongAccount);
    w.put_docket(&listing, 0, 0);
    w.chain.edit(&docket, |data| data.truncate(40));
    w.refused(close.clone(), RewardError::WrongAccount);
    w.put_docket(&listing, 0, 0);
    // Of another subject.
    w.chain.edit(&docket, |data| data[32] ^= 1);
    w.refused(close.clone(), RewardError::WrongAccount);
    w.put_docket(&listing, 0, 0);
    w.crank(close);
}

#[test]
fn a_position_of_another_is_never_released_and_rent_goes_to_nobody_else() {
    let mut w = World::new(1);
    let (owner, other, listing) = (w.validator(10_000), w.validator(10_000), w.listing());
    w.attest(&owner, &listing, 1_000);
    w.attest(&other, &listing, 1_000);
    w.pass(90 * DAY);
    let mut close = w.close_attestation_ix(&owner.pubkey(), &listing);
    close.accounts[1].pubkey = pda::position(&other.pubkey(), 0).0;
    w.refused(close, RewardError::WrongAccount);
    let position = pda::position(&owner.pubkey(), 0).0;
    let stranger = w.stranger.pubkey();
    let close = ix::close_attestation(&stranger, &position, &listing, 3, &stranger);
    w.refused(close, RewardError::WrongRentPayer);
}
