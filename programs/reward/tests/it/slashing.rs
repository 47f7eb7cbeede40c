//! A ruling to the contrary costs what was at risk, once.

use common::dispute::{DisputeHead, dispute_status};
use pedigree_sdk::{instructions::reward as ix, pda};
use reward::{error::RewardError, state::verdict};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p10_nine_tenths_are_burnt_one_goes_to_the_caller_and_the_position_keeps_the_rest() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    w.attest(&owner, &listing, 4_009);
    let ruling = w.ruling(&listing, 2, 100);
    w.put_dispute(&ruling);
    let slash = w.slash_ix(&owner.pubkey(), &listing, 2);
    let stranger = w.stranger.pubkey();
    let (supply, lamports) = (w.supply(), w.chain.lamports(&owner.pubkey()));
    w.crank(slash.clone());
    assert_eq!(w.held(&stranger), 400);
    assert_eq!(supply - w.supply(), 3_609);
    let position = w.position(&owner.pubkey(), 0);
    assert_eq!(
        (position.amount, position.staked, position.attestations),
        (5_991, 0, 0)
    );
    let stake = w.stake();
    assert_eq!(
        (stake.locked, stake.active, stake.slashed),
        (5_991, 5_991, 4_009)
    );
    assert_eq!(w.vault(), 5_991);
    // The rent of the attestation is its payer's all the same.
    assert!(w.chain.lamports(&owner.pubkey()) > lamports);
    let again = w.stranger.insecure_clone();
    w.chain.send(&[slash], &[&again]).expect_err("once");
}

#[test]
fn p23_p31_an_attestation_that_was_slashed_and_funded_is_slashed_no_second_time() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    let attestation = w.attest(&owner, &listing, 4_000);
    let ruling = w.ruling(&listing, 1, 100);
    w.put_dispute(&ruling);
    let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
    let stranger = w.stranger.insecure_clone();
    let fund = lamports(&stranger.pubkey(), &attestation);
    w.chain
        .send(&[slash.clone(), fund, slash.clone()], &[&stranger])
        .expect_err("the second finds nothing");
    w.crank(slash);
    assert_eq!(w.vault(), 6_000);
}

#[test]
fn a_cooling_position_is_slashed_too_and_the_active_weight_not_twice() {
    let mut w = World::new(1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    w.attest(&owner, &listing, 10_000);
    w.unlock(&owner, 0);
    let ruling = w.ruling(&listing, 1, 100);
    w.put_dispute(&ruling);
    let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
    w.crank(slash);
    let stake = w.stake();
    assert_eq!((stake.locked, stake.active), (0, 0));
    // Nothing is left of it but its rent.
    w.pass(COOLING);
    let before = w.chain.lamports(&owner.pubkey());
    let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
    w.chain.ok(&[withdraw], &[&owner]);
    assert_eq!(w.held(&owner.pubkey()), 0);
    assert!(w.chain.lamports(&owner.pubkey()) > before);
    assert_eq!(w.stake().positions, 0);
}

#[test]
fn each_verdict_is_contradicted_by_the_other_one_and_by_nothing_else() {
    for (verdict, contrary) in [(verdict::GOOD, 100), (verdict::BAD, 0)] {
        let mut w = World::new(1);
        let (owner, listing) = (w.validator(10_000), w.listing());
        let args = w.attest_args(&listing, verdict, 1_000);
        let attest = w.attest_ix(&owner.pubkey(), &listing, args);
        w.chain.ok(&[attest], &[&owner]);
        let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
        // Another one in this slot would be taken for the same.
        w.refused(slash.clone(), RewardError::SameSlot);
        w.chain.warp_slots(1);
        w.refused(slash.clone(), RewardError::NoContraryRuling);
        for share in [0, 25, 50, 75, 100] {
            for status in [
                dispute_status::OPEN,
                dispute_status::UNDECIDED,
                dispute_status::FINAL,
            ] {
                let ruling = DisputeHead {
                    status,
                    ..w.ruling(&listing, 1, share)
                };
                w.put_dispute(&ruling);
                if share != contrary || status != dispute_status::FINAL {
                    w.refused(slash.clone(), RewardError::NoContraryRuling);
                }
            }
        }
        let ruling = w.ruling(&listing, 1, contrary);
        w.put_dispute(&ruling);
        w.crank(slash);
    }
}

#[test]
fn p2_p3_p7_a_ruling_on_anything_else_slashes_nobody() {
    let mut w = World::new(1);
    let (owner, listing, other) = (w.validator(10_000), w.listing(), w.listing());
    w.attest(&owner, &listing, 1_000);
    let right = w.ruling(&listing, 1, 100);
    let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
    // Of another version, another number, another listing.
    let mut version = right;
    version.subject_hash[0] ^= 1;
    let number = DisputeHead { number: 2, ..right };
    for wrong in [version, number] {
        let data = wrong;
        w.put_dispute(&DisputeHead { number: 1, ..data });
        let address = pda::dispute(&listing, 1).0;
        w.chain.edit(&address, |data| {
            data[14..16].copy_from_slice(&wrong.number.to_le_bytes());
        });
        w.refused(slash.clone(), RewardError::NoContraryRuling);
    }
    let elsewhere = w.ruling(&other, 1, 100);
    let elsewhere = w.put_dispute(&elsewhere);
    // The right bytes at another address, and of another program.
    w.put_dispute(&right);
    let account = w
        .chain
        .svm
        .get_account(&pda::dispute(&listing, 1).0)
        .unwrap();
    let copy = Pubkey::new_from_array(w.chain.draw());
    w.chain.put_owned(copy, account.owner, account.data.clone());
    for dispute in [elsewhere, copy] {
        let mut wrong = slash.clone();
        wrong.accounts[4].pubkey = dispute;
        w.refused(wrong, RewardError::NoContraryRuling);
    }
    let address = pda::dispute(&listing, 1).0;
    let nobodys = Pubkey::new_from_array([9; 32]);
    w.chain.put_owned(address, nobodys, account.data.clone());
    w.refused(slash.clone(), RewardError::NoContraryRuling);
    w.chain.put_owned(address, account.owner, account.data);
    w.crank(slash);
}

#[test]
fn p8_p32_what_is_slashed_leaves_the_right_position_for_nowhere_but_where_it_belongs() {
    let mut w = World::new(1);
    let (owner, other, listing) = (w.validator(10_000), w.validator(10_000), w.listing());
    w.attest(&owner, &listing, 1_000);
    w.attest(&other, &listing, 1_000);
    let ruling = w.ruling(&listing, 1, 100);
    w.put_dispute(&ruling);
    let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
    let mut wrong = slash.clone();
    wrong.accounts[2].pubkey = pda::position(&other.pubkey(), 0).0;
    w.refused(wrong, RewardError::WrongAccount);
    let (token, config) = (w.token, pda::reward_config().0);
    let false_vault = w.chain.spare_token_account(&token, &config, 10_000);
    let mut wrong = slash.clone();
    wrong.accounts[6].pubkey = false_vault;
    w.refused(wrong, RewardError::WrongAccount);
    let position = pda::position(&owner.pubkey(), 0).0;
    let stranger = w.stranger.pubkey();
    let destination = token.associated(&stranger);
    let wrong = ix::slash_attestation(&position, &listing, 3, 1, &destination, &stranger);
    w.refused(wrong, RewardError::WrongRentPayer);
    w.crank(slash);
}

#[test]
fn a_stake_too_small_to_share_is_burnt() {
    let mut w = World::new(1);
    w.update(|args| args.min_stake = 1);
    let (owner, listing) = (w.validator(10_000), w.listing());
    w.attest(&owner, &listing, 9);
    let ruling = w.ruling(&listing, 1, 100);
    w.put_dispute(&ruling);
    let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
    let supply = w.supply();
    w.crank(slash);
    assert_eq!(supply - w.supply(), 9);
    assert_eq!(w.held(&w.stranger.pubkey()), 0);
}
