use common::text;
use listing::{
    error::ListingError,
    state::{Listing, status},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing::{self as ix, TermArgs, VersionArgs},
};
use solana_program::pubkey::Pubkey;
use testkit::TokenProgram;

use crate::world::World;

#[test]
fn activation_freezes_lineage_once() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let draft = w.draft_of(|_| {});
    let outcome = w.ok(&[ix::activate(publisher, draft)], &[&key]);
    let Event::ListingActivated(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (event.head.old_status, event.state.status),
        (u64::from(status::DRAFT), status::ACTIVE)
    );
    assert_eq!(event.state.activated_slot, w.slot());
    w.refused(
        &[ix::activate(publisher, draft)],
        &[&key],
        ListingError::NotDraft,
    );
}

#[test]
fn a_listing_pauses_resumes_and_retires_for_good() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let listing = w.active_of(&[], |_| {});
    let (pause, resume, retire) = (
        ix::pause(publisher, listing),
        ix::resume(publisher, listing),
        ix::retire(publisher, listing),
    );
    w.refused(&[resume.clone()], &[&key], ListingError::NotPaused);
    w.ok(&[pause.clone()], &[&key]);
    w.refused(&[pause.clone()], &[&key], ListingError::NotActive);
    w.ok(&[resume.clone()], &[&key]);
    w.ok(&[retire.clone()], &[&key]);
    let version = VersionArgs {
        manifest_hash: [1; 32],
        content_hash: None,
        uri: String::new(),
    };
    for late in [
        pause.clone(),
        resume.clone(),
        retire.clone(),
        ix::activate(publisher, listing),
        ix::update_terms(publisher, listing, vec![]),
        ix::publish_version(publisher, listing, version),
    ] {
        w.refused(&[late], &[&key], ListingError::Retired);
    }
    // Royalties go on arriving: who gets them can still change.
    let (other, other_key) = w.stranger();
    w.ok(
        &[
            ix::set_payout(publisher, listing, other),
            ix::set_operator(publisher, listing, publisher),
            ix::propose_authority(publisher, listing, other),
        ],
        &[&key],
    );
    w.ok(&[ix::accept_authority(other, listing)], &[&other_key]);
    assert_eq!(w.state::<Listing>(&listing).authority, other);

    let suspended = w.active_of(&[], |_| {});
    w.edit_state::<Listing>(&suspended, |state| state.status = status::SUSPENDED);
    for change in [
        ix::pause(publisher, suspended),
        ix::resume(publisher, suspended),
        ix::retire(publisher, suspended),
    ] {
        w.refused(&[change], &[&key], ListingError::Suspended);
    }
    let draft = w.draft_of(|_| {});
    w.refused(
        &[ix::retire(publisher, draft)],
        &[&key],
        ListingError::NotActive,
    );
}

#[test]
fn nobody_but_the_authority_changes_a_listing() {
    let mut w = World::new();
    let (stranger, key) = w.stranger();
    let listing = w.active_of(&[], |_| {});
    let draft = w.draft_of(|_| {});
    let version = VersionArgs {
        manifest_hash: [1; 32],
        content_hash: None,
        uri: String::new(),
    };
    for change in [
        ix::activate(stranger, draft),
        ix::update_terms(stranger, listing, vec![]),
        ix::publish_version(stranger, listing, version),
        ix::pause(stranger, listing),
        ix::resume(stranger, listing),
        ix::retire(stranger, listing),
        ix::propose_authority(stranger, listing, stranger),
        ix::set_payout(stranger, listing, stranger),
        ix::set_operator(stranger, listing, stranger),
    ] {
        w.refused(&[change], &[&key], ListingError::NotListingAuthority);
    }
}

#[test]
fn new_terms_replace_all_old_ones() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let mint = w.mint(TokenProgram::Classic);
    let listing = w.active_of(&[], |_| {});
    let term = |unit: &str, price| TermArgs {
        unit: unit.into(),
        period: 0,
        price,
        ..w.one_time_term(&mint, 1)
    };
    let (four, one) = (
        vec![
            term("copy", 9),
            term("seat", 8),
            term("team", 7),
            term("firm", 6),
        ],
        vec![term("c", 5)],
    );
    w.ok(&[ix::update_terms(publisher, listing, four)], &[&key]);
    let outcome = w.ok(
        &[ix::update_terms(publisher, listing, one.clone())],
        &[&key],
    );
    let Event::TermsUpdated(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (event.head.old_terms_len, event.head.old_terms[3].price),
        (4, 6)
    );
    let state: Listing = w.state(&listing);
    assert_eq!(
        (
            state.terms_len,
            state.terms[0].price,
            text::read(&state.terms[0].unit)
        ),
        (1, 5, "c".into())
    );
    assert_eq!(
        anchor_lang::bytemuck::bytes_of(&state.terms[1..4].to_vec()[0]),
        &[0; 88]
    );
    w.refused(
        &[ix::update_terms(
            publisher,
            listing,
            vec![one[0].clone(); 5],
        )],
        &[&key],
        ListingError::TooManyTerms,
    );
    let bad = TermArgs {
        mode: 9,
        ..one[0].clone()
    };
    w.refused(
        &[ix::update_terms(publisher, listing, vec![bad])],
        &[&key],
        ListingError::BadPriceTerm,
    );
    w.ok(&[ix::update_terms(publisher, listing, vec![])], &[&key]);
    assert_eq!(w.state::<Listing>(&listing).terms_len, 0);
}

#[test]
fn a_version_changes_something_and_counts_up() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let listing = w.active_of(&[], |_| {});
    let old: Listing = w.state(&listing);
    let same = VersionArgs {
        manifest_hash: old.manifest_hash,
        content_hash: None,
        uri: text::read(&old.uri),
    };
    w.refused(
        &[ix::publish_version(publisher, listing, same.clone())],
        &[&key],
        ListingError::SameVersion,
    );
    let moved = VersionArgs {
        uri: "https://elsewhere.example/m.json".into(),
        ..same.clone()
    };
    let outcome = w.ok(&[ix::publish_version(publisher, listing, moved)], &[&key]);
    let Event::VersionPublished(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!((event.head.old_version, event.head.old_uri), (1, old.uri));
    let known = VersionArgs {
        content_hash: Some([4; 32]),
        ..same
    };
    w.ok(&[ix::publish_version(publisher, listing, known)], &[&key]);
    let new: Listing = w.state(&listing);
    assert_eq!(
        (new.version, new.content_hash, new.uri),
        (3, [4; 32], old.uri)
    );
    let long = VersionArgs {
        manifest_hash: [0; 32],
        content_hash: None,
        uri: "u".repeat(129),
    };
    w.refused(
        &[ix::publish_version(publisher, listing, long)],
        &[&key],
        ListingError::TextTooLong,
    );
}

#[test]
fn authority_changes_hands_in_two_steps_and_claims_an_unclaimed_listing() {
    let mut w = World::new();
    let ((old, old_key), (new, new_key)) = (w.publisher(), w.stranger());
    let listing = w.active_of(&[], |args| args.claimed = false);
    w.ok(&[ix::set_operator(old, listing, old)], &[&old_key]);
    w.refused(
        &[ix::accept_authority(new, listing)],
        &[&new_key],
        ListingError::NotPendingAuthority,
    );
    w.ok(&[ix::propose_authority(old, listing, new)], &[&old_key]);
    w.ok(
        &[ix::propose_authority(old, listing, Pubkey::default())],
        &[&old_key],
    );
    w.refused(
        &[ix::accept_authority(new, listing)],
        &[&new_key],
        ListingError::NotPendingAuthority,
    );
    w.ok(&[ix::propose_authority(old, listing, new)], &[&old_key]);
    let outcome = w.ok(&[ix::accept_authority(new, listing)], &[&new_key]);
    let Event::AuthorityAccepted(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    let head = &event.head;
    assert_eq!((head.old_authority, head.old_pending_authority), (old, new));
    assert_eq!(
        (head.old_payout, head.old_operator, head.old_claimed),
        (old, old, 0)
    );
    assert_eq!((event.state.authority, event.state.claimed), (new, 1));
    assert_eq!(event.state.pending_authority, Pubkey::default());
    // Nothing of the importer's stays behind: neither where money goes nor who delivers.
    assert_eq!(
        (event.state.payout, event.state.operator),
        (new, Pubkey::default())
    );
    assert_eq!(w.state::<Listing>(&listing), event.state);
    w.refused(
        &[ix::pause(old, listing)],
        &[&old_key],
        ListingError::NotListingAuthority,
    );
    w.refused(
        &[ix::accept_authority(new, listing)],
        &[&new_key],
        ListingError::NotPendingAuthority,
    );
    w.ok(
        &[
            ix::set_payout(new, listing, new),
            ix::set_operator(new, listing, new),
        ],
        &[&new_key],
    );
}

#[test]
fn wallets_change_at_once() {
    let mut w = World::new();
    let ((publisher, key), (other, _)) = (w.publisher(), w.stranger());
    let listing = w.active_of(&[], |_| {});
    w.refused(
        &[ix::set_payout(publisher, listing, Pubkey::default())],
        &[&key],
        ListingError::PayoutMissing,
    );
    let payout = w.ok(&[ix::set_payout(publisher, listing, other)], &[&key]);
    let Event::PayoutChanged(event) = payout.event() else {
        panic!("{payout:?}")
    };
    assert_eq!((event.head.old, event.state.payout), (publisher, other));
    let operator = w.ok(&[ix::set_operator(publisher, listing, other)], &[&key]);
    assert!(
        matches!(operator.event(), Event::OperatorChanged(event) if event.head.old == Pubkey::default())
    );
    w.ok(
        &[ix::set_operator(publisher, listing, Pubkey::default())],
        &[&key],
    );
    assert_eq!(w.state::<Listing>(&listing).operator, Pubkey::default());
}
