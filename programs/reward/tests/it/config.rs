//! Settings, the token, rates.

use pedigree_sdk::{instructions::reward as ix, pda, programs::TOKEN};
use reward::{
    error::RewardError,
    instructions::{ConfigArgs, Terms},
    state::{Config, Rate},
};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn p47_nobody_but_the_upgrade_authority_initializes() {
    let mut w = World::bare(1);
    let stranger = w.stranger.pubkey();
    let initialize = ix::initialize(&stranger, &stranger, &stranger, TERMS, ARGS);
    w.refused(initialize, RewardError::NotUpgradeAuthority);
}

#[test]
fn p4_the_program_is_initialized_once_even_where_lamports_wait_for_its_accounts() {
    let mut w = World::bare(1);
    let accounts = [
        pda::reward_config().0,
        pda::emission().0,
        pda::stake().0,
        pda::token().0,
        pda::stake_vault().0,
    ];
    for address in accounts {
        w.chain.fund(&address, 1);
    }
    let initialize = w.initialize_ix(TERMS, ARGS);
    let (upgrader, stranger) = (
        w.chain.upgrade_authority.insecure_clone(),
        w.stranger.insecure_clone(),
    );
    w.chain
        .ok(std::slice::from_ref(&initialize), &[&upgrader, &stranger]);
    w.chain
        .send(&[initialize], &[&upgrader, &stranger])
        .expect_err("once");
    let config: Config = w.chain.state(&pda::reward_config().0);
    assert_eq!(config.starts_at, w.chain.now());
    assert_eq!(config.authority, w.admin.pubkey());
    assert_eq!(config.rent_payer, w.stranger.pubkey());
}

#[test]
fn the_token_is_the_programs_alone_and_nobody_freezes_it() {
    let w = World::new(1);
    let mint = w.chain.svm.get_account(&w.token.address).unwrap();
    assert_eq!(mint.owner, TOKEN);
    assert_eq!(mint.data[..4], [1, 0, 0, 0]);
    assert_eq!(mint.data[4..36], pda::reward_config().0.to_bytes());
    assert_eq!((mint.data[44], &mint.data[46..50]), (6, &[0; 4][..]));
    assert_eq!(w.supply(), 0);
}

#[test]
fn settings_out_of_their_bounds_are_refused() {
    let day = DAY as u32;
    let terms = |change: fn(&mut Terms)| {
        let mut terms = TERMS;
        change(&mut terms);
        terms
    };
    let bad_terms = [
        (
            terms(|t| t.epoch_length = 3_599),
            RewardError::EpochLengthOutOfBounds,
        ),
        (
            terms(|t| t.epoch_length = 30 * DAY as u32 + 1),
            RewardError::EpochLengthOutOfBounds,
        ),
        (terms(|t| t.halving = 0), RewardError::EmissionOutOfBounds),
        (
            terms(|t| t.halving = 10_001),
            RewardError::EmissionOutOfBounds,
        ),
        (
            terms(|t| t.first_emission = 0),
            RewardError::EmissionOutOfBounds,
        ),
        (
            terms(|t| t.first_emission = u64::MAX),
            RewardError::EmissionOutOfBounds,
        ),
        // The sum of all halves of 10⁹, two epochs each.
        (
            terms(|t| t.cap = 3_999_999_973),
            RewardError::EmissionOutOfBounds,
        ),
    ];
    let mut w = World::bare(1);
    let (upgrader, stranger) = (
        w.chain.upgrade_authority.insecure_clone(),
        w.stranger.insecure_clone(),
    );
    for (terms, error) in bad_terms {
        let initialize = w.initialize_ix(terms, ARGS);
        w.chain
            .refused(&[initialize], &[&upgrader, &stranger], error);
    }
    let exact = w.initialize_ix(terms(|t| t.cap = 3_999_999_974), ARGS);
    w.chain.ok(&[exact], &[&upgrader, &stranger]);

    let change = |change: &dyn Fn(&mut ConfigArgs)| {
        let mut args = ARGS;
        change(&mut args);
        args
    };
    let bad = [
        (
            change(&|a| a.cooling = 15 * day - 1),
            RewardError::CoolingOutOfBounds,
        ),
        (
            change(&|a| a.cooling = 90 * day + 1),
            RewardError::CoolingOutOfBounds,
        ),
        (
            change(&|a| a.claim_window = 30 * day - 1),
            RewardError::ClaimWindowOutOfBounds,
        ),
        (
            change(&|a| a.claim_window = 366 * day + 1),
            RewardError::ClaimWindowOutOfBounds,
        ),
        (
            change(&|a| a.buyer_share_ppm = 1_000_001),
            RewardError::ShareOutOfBounds,
        ),
        (change(&|a| a.min_stake = 0), RewardError::StakeOutOfBounds),
    ];
    let admin = w.admin.insecure_clone();
    for (args, error) in bad {
        let update = ix::update_config(&admin.pubkey(), args);
        w.chain.refused(&[update], &[&admin], error);
    }
    let least = change(&|a| (a.cooling, a.claim_window) = (15 * day, 30 * day));
    let most = change(&|a| (a.cooling, a.claim_window) = (90 * day, 366 * day));
    for args in [least, most] {
        let update = ix::update_config(&admin.pubkey(), args);
        w.chain.ok(&[update], &[&admin]);
    }
}

#[test]
fn the_authority_alone_changes_settings_and_hands_them_over() {
    let mut w = World::new(1);
    let stranger = w.stranger.pubkey();
    w.refused(
        ix::update_config(&stranger, ARGS),
        RewardError::NotConfigAuthority,
    );
    w.refused(
        ix::accept_config_authority(&stranger),
        RewardError::NotPendingAuthority,
    );
    w.update(|args| args.pending_authority = stranger);
    w.crank(ix::accept_config_authority(&stranger));
    let config: Config = w.chain.state(&pda::reward_config().0);
    assert_eq!(config.authority, stranger);
    assert_eq!(config.pending_authority, Pubkey::default());
    let update = ix::update_config(&w.admin.pubkey(), ARGS);
    let admin = w.admin.insecure_clone();
    w.chain
        .refused(&[update], &[&admin], RewardError::NotConfigAuthority);
}

#[test]
fn p45_a_rate_that_gives_back_more_than_half_a_fee_at_the_price_is_refused() {
    let mut w = World::new(1);
    let (admin, stranger) = (w.admin.insecure_clone(), w.stranger.insecure_clone());
    for (rate, price) in [
        (RATE + 1, PRICE),
        (RATE, PRICE + 2),
        (1, 0),
        (u64::MAX, u64::MAX),
    ] {
        let set = w.rate_ix(rate, price);
        w.chain
            .refused(&[set], &[&admin, &stranger], RewardError::RateTooHigh);
    }
    let payer = w.stranger.pubkey();
    let set = ix::set_rate(&payer, &payer, &w.mint.address, 1, 1);
    w.refused(set, RewardError::NotConfigAuthority);
    w.set_rate(0, 0);
    let rate: Rate = w.chain.state(&pda::rate(&w.mint.address).0);
    assert_eq!((rate.rate, rate.price, rate.seq), (0, 0, 2));
}
