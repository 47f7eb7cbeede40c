use listing::{
    constants::MAX_ROYALTY_PPM,
    error::ListingError,
    state::{Config, Listing},
};
use pedigree_sdk::{events::Event, instructions::listing as ix, pda, programs::LISTING};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Chain, Program, listings::register};

use crate::world::World;

#[test]
fn the_upgrade_authority_makes_the_config() {
    let mut chain = Chain::new(&[Program::Listing], 1);
    let (upgrade, payer, authority) = (
        chain.upgrade_authority.insecure_clone(),
        chain.actor(),
        Pubkey::new_from_array([7; 32]),
    );
    let outcome = chain.ok(
        &[ix::initialize(upgrade.pubkey(), payer.pubkey(), authority)],
        &[&upgrade, &payer],
    );
    assert!(matches!(
        outcome.event(),
        Event::ListingConfigInitialized(_)
    ));
    let config: Config = chain.state(&pda::listing_config().0);
    assert_eq!(
        (config.authority, config.paused, config.seq),
        (authority, 0, 1)
    );
    assert_eq!(config.bump, pda::listing_config().1);
}

#[test]
fn p47_nobody_but_the_upgrade_authority_initializes() {
    let mut chain = Chain::new(&[Program::Listing], 1);
    let thief = chain.actor();
    let initialize = ix::initialize(thief.pubkey(), thief.pubkey(), thief.pubkey());
    chain.refused(
        &[initialize.clone()],
        &[&thief],
        ListingError::NotUpgradeAuthority,
    );

    // Their own program's ProgramData, with themselves as its authority, in place of ours.
    let (own, ours) = (
        Pubkey::new_from_array([9; 32]),
        pda::program_data(&LISTING).0,
    );
    let mut account = chain.svm.get_account(&ours).unwrap();
    account.data[13..45].copy_from_slice(thief.pubkey().as_ref());
    chain.put(own, account);
    let mut forged = initialize.clone();
    forged
        .accounts
        .iter_mut()
        .filter(|meta| meta.pubkey == ours)
        .for_each(|meta| meta.pubkey = own);
    chain.refused(&[forged], &[&thief], ListingError::NotUpgradeAuthority);

    // A program that nobody can upgrade any more.
    chain.edit(&ours, |data| data[12] = 0);
    let former = chain.upgrade_authority.insecure_clone();
    let late = ix::initialize(former.pubkey(), former.pubkey(), former.pubkey());
    chain.refused(&[late], &[&former], ListingError::NotUpgradeAuthority);
}

#[test]
fn p4_the_config_is_made_once_even_where_lamports_wait_for_it() {
    let mut chain = Chain::new(&[Program::Listing], 1);
    chain.fund(&pda::listing_config().0, 1);
    let authority = chain.init_listing();
    let upgrade = chain.upgrade_authority.insecure_clone();
    let again = ix::initialize(upgrade.pubkey(), upgrade.pubkey(), authority.pubkey());
    chain.refused(&[again], &[&upgrade], World::ACCOUNT_EXISTS);
}

#[test]
fn its_authority_changes_hands_in_two_steps() {
    let mut w = World::new();
    let ((old, old_key), (new, new_key)) = (w.authority(), w.stranger());
    w.refused(
        &[ix::update_config(new, false, new)],
        &[&new_key],
        ListingError::NotConfigAuthority,
    );
    w.refused(
        &[ix::accept_config_authority(new)],
        &[&new_key],
        ListingError::NotPendingAuthority,
    );
    let outcome = w.ok(&[ix::update_config(old, false, new)], &[&old_key]);
    let Event::ListingConfigUpdated(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (event.head.old_authority, event.head.old_pending_authority),
        (old, Pubkey::default())
    );
    w.ok(&[ix::accept_config_authority(new)], &[&new_key]);
    w.refused(
        &[ix::accept_config_authority(new)],
        &[&new_key],
        ListingError::NotPendingAuthority,
    );
    w.refused(
        &[ix::update_config(old, true, old)],
        &[&old_key],
        ListingError::NotConfigAuthority,
    );
    let config: Config = w.state(&pda::listing_config().0);
    assert_eq!(
        (config.authority, config.pending_authority, config.seq),
        (new, Pubkey::default(), 3)
    );
}

#[test]
fn p37_a_pause_stops_new_business_and_nothing_else() {
    let mut w = World::new();
    let (authority, authority_key) = w.authority();
    let (publisher, key) = w.publisher();
    let mint = w.mint(testkit::TokenProgram::Classic);
    let parent = w.active_of(&[], |_| {});
    let child = w.active_of(&[(parent, 100_000)], |_| {});
    let draft = w.draft_of(|_| {});
    let discarded = w.draft_of(|_| {});
    w.ok(
        &[ix::update_config(authority, true, Pubkey::default())],
        &[&authority_key],
    );

    let args = w.register_args();
    let version = ix::VersionArgs {
        manifest_hash: [1; 32],
        content_hash: None,
        uri: String::new(),
    };
    for new_business in [
        register(&key, &args),
        testkit::listings::edge(&key, draft, parent, 0),
        ix::update_terms(publisher, child, vec![]),
        ix::publish_version(publisher, child, version),
    ] {
        w.refused(&[new_business], &[&key], ListingError::Paused);
    }

    let pool = w.open_pool(&child, &mint);
    w.deposit(&pool, 100);
    let payout = w.token_account(&mint, &publisher, 0);
    let forward = ix::forward(w.forwarding(&child, &mint, 0, payout));
    w.ok(&[forward], &[]);
    assert_eq!(w.balance(&payout), 100);
    w.ok(
        &[ix::discard_draft(publisher, discarded, publisher)],
        &[&key],
    );
    for other in [
        ix::pause(publisher, child),
        ix::resume(publisher, child),
        ix::set_payout(publisher, child, authority),
        ix::set_operator(publisher, child, authority),
        ix::propose_authority(publisher, child, authority),
        ix::retire(publisher, child),
    ] {
        w.ok(&[other], &[&key]);
    }
    // What was begun before is ended.
    w.ok(&[ix::activate(publisher, draft)], &[&key]);
    assert!(w.state::<Listing>(&draft).activated_slot > 0);
    w.ok(
        &[ix::update_config(authority, false, Pubkey::default())],
        &[&authority_key],
    );
}

#[test]
fn the_default_royalty_is_set_by_the_authority_alone_and_within_what_a_table_may_owe() {
    let mut w = World::new();
    let ((authority, key), (stranger, thief)) = (w.authority(), w.stranger());
    let by_thief = ix::set_default_royalty(stranger, 1);
    w.refused(&[by_thief], &[&thief], ListingError::NotConfigAuthority);
    let above = ix::set_default_royalty(authority, MAX_ROYALTY_PPM + 1);
    w.refused(&[above], &[&key], ListingError::RoyaltyTooHigh);
    let before: Config = w.state(&pda::listing_config().0);
    assert_eq!(before.default_royalty_ppm, 0);
    for (old, ppm) in [(0, MAX_ROYALTY_PPM), (MAX_ROYALTY_PPM, 50_000)] {
        let outcome = w.ok(&[ix::set_default_royalty(authority, ppm)], &[&key]);
        let Event::DefaultRoyaltySet(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(event.head.old_default_royalty_ppm, u64::from(old));
    }
    let after: Config = w.state(&pda::listing_config().0);
    let expected = Config {
        default_royalty_ppm: 50_000,
        seq: before.seq + 2,
        ..before
    };
    assert_eq!(after, expected);
}
