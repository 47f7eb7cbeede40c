//! Tokens are locked, cool, and leave; nothing else moves them.

use pedigree_sdk::{instructions::reward as ix, pda};
use reward::error::RewardError;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn what_is_locked_is_in_the_vault_and_comes_back_whole_after_cooling() {
    let mut w = World::new(1);
    let owner = w.holder(1_000);
    w.lock(&owner, 7, 600);
    w.lock(&owner, 8, 400);
    assert_eq!((w.vault(), w.held(&owner.pubkey())), (1_000, 0));
    let position = w.position(&owner.pubkey(), 7);
    assert_eq!((position.amount, position.locked_at), (600, w.chain.now()));
    let stake = w.stake();
    assert_eq!(
        (stake.locked, stake.active, stake.positions),
        (1_000, 1_000, 2)
    );
    w.unlock(&owner, 7);
    assert_eq!(w.stake().active, 400);
    w.pass(COOLING);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 7);
    w.chain.ok(&[withdraw], &[&owner]);
    assert_eq!(w.held(&owner.pubkey()), 600);
    let stake = w.stake();
    assert_eq!((stake.locked, stake.active, stake.positions), (400, 400, 1));
    // Strangers' donations stay.
    w.chain.deposit(&pda::stake_vault().0, 5);
    w.unlock(&owner, 8);
    w.pass(COOLING);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 8);
    w.chain.ok(&[withdraw], &[&owner]);
    assert_eq!((w.held(&owner.pubkey()), w.vault()), (1_000, 5));
}

#[test]
fn p28_p15_nothing_is_withdrawn_before_the_last_second_of_cooling() {
    let mut w = World::new(1);
    let owner = w.validator(1_000);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
    w.chain.refused(
        std::slice::from_ref(&withdraw),
        &[&owner],
        RewardError::StillLocked,
    );
    w.pass(90 * DAY);
    w.chain.refused(
        std::slice::from_ref(&withdraw),
        &[&owner],
        RewardError::StillLocked,
    );
    w.unlock(&owner, 0);
    let unlock_at = w.position(&owner.pubkey(), 0).unlock_at;
    assert_eq!(unlock_at, w.chain.now() + COOLING);
    // A shorter period that comes later does not concern it.
    w.update(|args| args.cooling = 15 * DAY as u32);
    w.chain.set_time(unlock_at - 1);
    w.chain.refused(
        std::slice::from_ref(&withdraw),
        &[&owner],
        RewardError::StillLocked,
    );
    w.chain.set_time(unlock_at);
    w.chain.ok(&[withdraw], &[&owner]);
}

#[test]
fn p24_p26_locking_unlocking_and_withdrawing_in_one_transaction_brings_nothing() {
    let mut w = World::new(1);
    let owner = w.holder(1_000);
    let key = owner.pubkey();
    let all = [
        w.lock_ix(&key, 0, 1_000),
        ix::request_unlock(&key, 0),
        w.withdraw_ix(&key, 0),
    ];
    w.chain.refused(&all, &[&owner], RewardError::StillLocked);
    w.chain.ok(&all[..2], &[&owner]);
    // What is locked votes from no other wallet.
    assert_eq!((w.held(&key), w.stake().active), (0, 0));
}

#[test]
fn an_unlock_is_requested_once_and_by_the_owner() {
    let mut w = World::new(1);
    let (owner, stranger) = (w.validator(1_000), w.stranger.insecure_clone());
    let mut others = ix::request_unlock(&owner.pubkey(), 0);
    others.accounts[0].pubkey = stranger.pubkey();
    w.refused(others, RewardError::NotOwner);
    w.unlock(&owner, 0);
    w.pass(1);
    let again = ix::request_unlock(&owner.pubkey(), 0);
    w.chain.refused(&[again], &[&owner], RewardError::Unlocking);
    w.pass(COOLING);
    let mut others = w.withdraw_ix(&owner.pubkey(), 0);
    others.accounts[0].pubkey = stranger.pubkey();
    w.refused(others, RewardError::NotOwner);
}

#[test]
fn p30_the_active_weight_is_that_of_positions_without_an_unlock() {
    let mut w = World::new(1);
    let owners: Vec<_> = (1..=5).map(|n| w.validator(n * 100)).collect();
    assert_eq!(w.stake().active, 1_500);
    for owner in &owners[..2] {
        w.unlock(owner, 0);
    }
    let stake = w.stake();
    assert_eq!((stake.locked, stake.active), (1_500, 1_200));
}

#[test]
fn p4_nothing_is_added_to_a_position_and_an_id_is_used_again_only_when_it_is_gone() {
    let mut w = World::new(1);
    let owner = w.holder(1_000);
    w.lock(&owner, 0, 400);
    let again = w.lock_ix(&owner.pubkey(), 0, 400);
    w.chain
        .send(std::slice::from_ref(&again), &[&owner])
        .expect_err("the id is taken");
    w.unlock(&owner, 0);
    w.pass(COOLING);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
    w.chain.ok(&[withdraw], &[&owner]);
    w.chain.ok(&[again], &[&owner]);
    let position = w.position(&owner.pubkey(), 0);
    assert_eq!(position.locked_at, w.chain.now());
    assert!(!position.is_unlocking());
    let nothing = w.lock_ix(&owner.pubkey(), 1, 0);
    w.chain
        .refused(&[nothing], &[&owner], RewardError::AmountZero);
}

#[test]
fn p8_p32_the_vault_is_neither_another_nor_its_own_destination_and_rent_returns_to_its_payer() {
    let mut w = World::new(1);
    let (owner, stranger) = (w.holder(1_000), w.stranger.insecure_clone());
    let (token, key) = (w.token, owner.pubkey());
    let false_vault = w
        .chain
        .spare_token_account(&token, &pda::reward_config().0, 0);
    let mut lock = w.lock_ix(&key, 0, 1_000);
    lock.accounts[7].pubkey = false_vault;
    w.chain
        .refused(&[lock], &[&owner], RewardError::WrongAccount);
    let source = token.associated(&key);
    let lock = ix::lock(&key, &stranger.pubkey(), &source, 0, 1_000);
    w.chain.ok(&[lock], &[&owner, &stranger]);
    w.unlock(&owner, 0);
    w.pass(COOLING);
    let withdraw =
        |destination: &_, rent_payer: &_| ix::withdraw_position(&key, 0, destination, rent_payer);
    let wrong = withdraw(&pda::stake_vault().0, &stranger.pubkey());
    w.chain
        .send(&[wrong], &[&owner])
        .expect_err("the vault stands there twice");
    let wrong = withdraw(&source, &key);
    w.chain
        .refused(&[wrong], &[&owner], RewardError::WrongRentPayer);
    let before = w.chain.lamports(&stranger.pubkey());
    w.chain
        .ok(&[withdraw(&source, &stranger.pubkey())], &[&owner]);
    assert!(w.chain.lamports(&stranger.pubkey()) > before);
}

#[test]
fn p31_a_withdrawn_position_is_dead_whoever_funds_it() {
    let mut w = World::new(1);
    let owner = w.validator(1_000);
    w.unlock(&owner, 0);
    w.pass(COOLING);
    let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
    let position = pda::position(&owner.pubkey(), 0).0;
    let fund = lamports(&owner.pubkey(), &position);
    w.chain
        .send(
            &[withdraw.clone(), fund.clone(), withdraw.clone()],
            &[&owner],
        )
        .expect_err("there is nothing to withdraw twice");
    w.chain.ok(&[withdraw, fund], &[&owner]);
    assert_eq!((w.vault(), w.held(&owner.pubkey())), (0, 1_000));
    assert!(w.chain.svm.get_account(&position).unwrap().data.is_empty());
}
