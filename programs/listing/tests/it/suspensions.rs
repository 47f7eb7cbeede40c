//! Suspended listings: by a ruling on a version, by the dao's authority, and what ends it.

use anchor_lang::bytemuck;
use common::{
    DAO_ID,
    dispute::{DISPUTE_DISCRIMINATOR, DisputeHead, dispute_status, version_hash},
};
use listing::{
    error::ListingError,
    events::{ListingRestoredV1, ListingSuspendedV1},
    state::{Listing, status},
};
use pedigree_sdk::{events::Event, instructions::listing as ix, pda, programs::ESCROW};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use testkit::Outcome;

use crate::{
    rulings::{put, upheld},
    world::World,
};

/// The dao upholds the `number`th complaint, which is about the version in force. Gives what carries that out.
pub fn rule_version(w: &mut World, listing: &Pubkey, number: u16) -> Instruction {
    let state: Listing = w.state(listing);
    let (version, hash) = (state.version, state.manifest_hash);
    put(w, &upheld(*listing, number, version_hash(version, &hash)));
    ix::apply_version_ruling(*listing, number, version, hash)
}

/// A stranger signs for its fee and nothing else.
fn crank(w: &mut World, instruction: Instruction) -> Outcome {
    w.ok(&[instruction], &[])
}

fn status_of(w: &World, listing: &Pubkey) -> u8 {
    w.state::<Listing>(listing).status
}

fn set(w: &mut World, listing: &Pubkey, suspends: bool) -> Outcome {
    let (authority, key) = w.authority();
    w.ok(&[ix::set_suspended(authority, *listing, suspends)], &[&key])
}

#[test]
fn an_upheld_complaint_suspends_once_paused_or_not_whatever_was_published_since() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let listing = w.active_of(&[], |_| {});
    let before: Listing = w.state(&listing);
    let apply = rule_version(&mut w, &listing, 3);
    let mended = ix::VersionArgs {
        manifest_hash: [9; 32],
        content_hash: None,
        uri: String::new(),
    };
    w.ok(&[ix::publish_version(publisher, listing, mended)], &[&key]);
    let (authority, authority_key) = w.authority();
    w.ok(
        &[ix::update_config(authority, true, authority)],
        &[&authority_key],
    );
    let outcome = crank(&mut w, apply.clone());
    let after: Listing = w.state(&listing);
    assert_eq!((after.status, after.last_ruling), (status::SUSPENDED, 3));
    assert_eq!((after.version, after.seq), (2, before.seq + 2));
    let [Event::ListingSuspended(event)] = &outcome.events[..] else {
        panic!("one event: {:?}", outcome.events);
    };
    let ListingSuspendedV1 { head, state } = &**event;
    assert_eq!(head.dispute, pda::dispute(&listing, 3).0);
    assert_eq!(
        (head.old_status, head.old_last_ruling),
        (u64::from(status::ACTIVE), 0)
    );
    assert_eq!(*state, after);
    w.refused(&[apply], &[], ListingError::RulingApplied);
}

#[test]
fn a_ruling_is_carried_out_on_what_is_paused_or_suspended_and_never_after_a_later_one() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let listing = w.active_of(&[], |_| {});
    w.ok(&[ix::pause(publisher, listing)], &[&key]);
    let rulings = [1, 2, 4].map(|number| rule_version(&mut w, &listing, number));
    let [first, second, fourth] = rulings;
    crank(&mut w, second.clone());
    assert_eq!(status_of(&w, &listing), status::SUSPENDED);
    w.refused(&[first], &[], ListingError::RulingApplied);
    set(&mut w, &listing, false);
    assert_eq!(status_of(&w, &listing), status::PAUSED);
    w.refused(&[second], &[], ListingError::RulingApplied);
    w.ok(&[ix::resume(publisher, listing)], &[&key]);
    set(&mut w, &listing, true);
    crank(&mut w, fourth);
    let state: Listing = w.state(&listing);
    assert_eq!((state.status, state.last_ruling), (status::SUSPENDED, 4));
}

#[test]
fn nothing_but_a_final_upheld_complaint_about_that_version_of_that_listing_suspends() {
    let mut w = World::new();
    let (listing, other) = (w.active_of(&[], |_| {}), w.active_of(&[], |_| {}));
    let state: Listing = w.state(&listing);
    let (version, hash) = (state.version, state.manifest_hash);
    let apply = ix::apply_version_ruling(listing, 1, version, hash);
    w.refused(&[apply.clone()], &[], ListingError::NoRuling);
    let right = upheld(listing, 1, version_hash(version, &hash));
    let wrong = [
        DisputeHead {
            status: dispute_status::OPEN,
            ..right
        },
        DisputeHead {
            status: dispute_status::UNDECIDED,
            ..right
        },
        DisputeHead { share: 0, ..right },
        DisputeHead {
            subject: other,
            ..right
        },
        DisputeHead { number: 2, ..right },
        DisputeHead {
            subject_hash: version_hash(version + 1, &hash),
            ..right
        },
    ];
    let address = pda::dispute(&listing, 1).0;
    for head in wrong {
        let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&head)];
        w.put_owned(address, DAO_ID, data.concat());
        w.refused(&[apply.clone()], &[], ListingError::NoRuling);
    }
    put(&mut w, &right);
    for (version, hash) in [(version + 1, hash), (version, [7; 32])] {
        let apply = ix::apply_version_ruling(listing, 1, version, hash);
        w.refused(&[apply], &[], ListingError::NoRuling);
    }
    let mut foreign = apply.clone();
    foreign.accounts[0].pubkey = other;
    w.refused(&[foreign], &[], ListingError::NoRuling);
    let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&right)];
    w.put_owned(address, ESCROW, data.concat());
    w.refused(&[apply.clone()], &[], ListingError::NoRuling);
    put(&mut w, &right);
    crank(&mut w, apply);
}

#[test]
fn drafts_and_retired_listings_are_not_suspended() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (draft, retired) = (w.draft_of(|_| {}), w.active_of(&[], |_| {}));
    w.ok(&[ix::retire(publisher, retired)], &[&key]);
    let (authority, authority_key) = w.authority();
    for (listing, error) in [
        (draft, ListingError::NotActive),
        (retired, ListingError::Retired),
    ] {
        let apply = rule_version(&mut w, &listing, 1);
        w.refused(&[apply], &[], error);
        let suspend = ix::set_suspended(authority, listing, true);
        w.refused(&[suspend], &[&authority_key], error);
        let restore = ix::set_suspended(authority, listing, false);
        w.refused(&[restore], &[&authority_key], ListingError::NotSuspended);
    }
}

#[test]
fn the_daos_authority_alone_suspends_and_restores_and_says_so() {
    let mut w = World::new();
    let listing = w.active_of(&[], |_| {});
    let (publisher, key) = w.publisher();
    for suspends in [true, false] {
        let change = ix::set_suspended(publisher, listing, suspends);
        w.refused(&[change], &[&key], ListingError::NotConfigAuthority);
    }
    let outcome = set(&mut w, &listing, true);
    let [Event::ListingSuspended(event)] = &outcome.events[..] else {
        panic!("one event: {:?}", outcome.events);
    };
    assert_eq!(event.head.dispute, Pubkey::default());
    assert_eq!(event.state, w.state::<Listing>(&listing));
    let (authority, authority_key) = w.authority();
    let again = ix::set_suspended(authority, listing, true);
    w.refused(&[again], &[&authority_key], ListingError::Suspended);
    let outcome = set(&mut w, &listing, false);
    let [Event::ListingRestored(event)] = &outcome.events[..] else {
        panic!("one event: {:?}", outcome.events);
    };
    let ListingRestoredV1 { head, state } = &**event;
    assert_eq!(head.old_status, u64::from(status::SUSPENDED));
    assert_eq!(
        (state.status, *state),
        (status::PAUSED, w.state::<Listing>(&listing))
    );
    let again = ix::set_suspended(authority, listing, false);
    w.refused(&[again], &[&authority_key], ListingError::NotSuspended);
    w.ok(&[ix::resume(publisher, listing)], &[&key]);
}
