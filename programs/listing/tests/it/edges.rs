use listing::{
    constants::{MAX_EDGES, MAX_ROYALTY_PARENTS, MAX_ROYALTY_PPM, NO_TABLE_INDEX},
    error::ListingError,
    state::{Edge, Listing, RoyaltyTable, derivatives},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing::{self as ix, NewEdge},
    pda,
};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::listings::{edge, new_edge, register};

use crate::world::{DRAFT_LIFETIME, UNITS, World};

#[test]
fn edges_and_royalties_fill_up_in_order() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let parents: Vec<Pubkey> = (0..3).map(|_| w.active_of(&[], |_| {})).collect();
    let child = w.draft_of(|_| {});
    for (parent, ppm) in parents.iter().zip([50_000, 0, 25_000]) {
        w.ok(&[edge(&key, child, *parent, ppm)], &[&key]);
    }
    let listing: Listing = w.state(&child);
    assert_eq!(
        (
            listing.edges,
            listing.royalty_parents,
            listing.royalty_ppm,
            listing.seq
        ),
        (3, 2, 75_000, 4)
    );
    let table: RoyaltyTable = w.state(&pda::royalties(&child, 0).0);
    assert_eq!(
        (table.len, table.total_ppm, table.listing, table.seq),
        (2, 75_000, child, 2)
    );
    assert_eq!(
        (table.entries[1].parent, table.entries[1].ppm),
        (parents[2], 25_000)
    );
    let edges: Vec<Edge> = parents
        .iter()
        .map(|parent| w.state(&pda::edge(&child, parent).0))
        .collect();
    assert_eq!(
        edges.iter().map(|edge| edge.index).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(
        edges
            .iter()
            .map(|edge| edge.table_index)
            .collect::<Vec<_>>(),
        [0, NO_TABLE_INDEX, 1]
    );
    assert_eq!(
        (edges[2].parent_version, edges[2].rent_payer),
        (1, publisher)
    );
}

#[test]
fn p35_self_missing_and_never_activated_parents_are_refused_so_no_cycle_can_be() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let (a, b) = (w.draft_of(|_| {}), w.draft_of(|_| {}));
    for ppm in [0, 5] {
        w.refused(&[edge(&key, a, a, ppm)], &[&key], ListingError::SelfParent);
    }
    w.refused(
        &[edge(&key, a, b, 0)],
        &[&key],
        ListingError::ParentNotActivated,
    );
    let nothing = Pubkey::new_from_array(w.draw());
    w.refused(
        &[edge(&key, a, nothing, 0)],
        &[&key],
        anchor_lang::prelude::ProgramError::UninitializedAccount,
    );
    w.ok(&[ix::activate(key.pubkey(), b)], &[&key]);
    w.ok(&[edge(&key, a, b, 0)], &[&key]);
    w.ok(&[ix::activate(key.pubkey(), a)], &[&key]);
    w.refused(&[edge(&key, b, a, 0)], &[&key], ListingError::NotDraft);
}

#[test]
fn p35_three_listings_form_no_cycle_in_whatever_order_they_are_activated() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let [a, b, c] = [(); 3].map(|()| w.draft_of(|_| {}));
    let not_activated = ListingError::ParentNotActivated;
    for (child, parent) in [(b, a), (c, b), (a, c)] {
        w.refused(&[edge(&key, child, parent, 5)], &[&key], not_activated);
    }
    w.ok(&[ix::activate(key.pubkey(), a)], &[&key]);
    w.ok(&[edge(&key, b, a, 5)], &[&key]);
    // What would close the cycle: of a draft first, then once that is activated too.
    w.refused(&[edge(&key, a, b, 5)], &[&key], ListingError::NotDraft);
    w.refused(&[edge(&key, c, b, 5)], &[&key], not_activated);
    w.ok(&[ix::activate(key.pubkey(), b)], &[&key]);
    w.ok(&[edge(&key, c, b, 5)], &[&key]);
    w.refused(&[edge(&key, a, c, 5)], &[&key], ListingError::NotDraft);
    w.refused(&[edge(&key, b, c, 5)], &[&key], ListingError::NotDraft);
    w.ok(&[ix::activate(key.pubkey(), c)], &[&key]);
    w.refused(&[edge(&key, a, c, 5)], &[&key], ListingError::NotDraft);
    w.refused(&[edge(&key, a, c, 0)], &[&key], ListingError::NotDraft);
}

#[test]
fn a_paused_or_retired_parent_was_activated_all_the_same() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (paused, retired) = (w.active_of(&[], |_| {}), w.active_of(&[], |_| {}));
    w.ok(
        &[ix::pause(publisher, paused), ix::retire(publisher, retired)],
        &[&key],
    );
    let child = w.draft_of(|_| {});
    w.ok(
        &[edge(&key, child, paused, 0), edge(&key, child, retired, 0)],
        &[&key],
    );
}

#[test]
fn p4_p3_a_pair_has_one_edge() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let parent = w.active_of(&[], |_| {});
    let child = w.draft_of(|_| {});
    w.fund(&pda::edge(&child, &parent).0, 1);
    w.fund(&pda::royalties(&child, 0).0, 1);
    w.ok(&[edge(&key, child, parent, 1)], &[&key]);
    w.refused(
        &[edge(&key, child, parent, 1)],
        &[&key],
        World::ACCOUNT_EXISTS,
    );
}

#[test]
fn p12_what_the_child_saw_of_the_parents_royalty_is_what_it_owes() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let parent = w.active_of(&[], |args| args.derivative_royalty_ppm = 30_000);
    let child = w.draft_of(|_| {});
    let add = |edge: NewEdge| ix::add_edge(publisher, publisher, edge);
    let base = new_edge(child, parent, 30_000);
    w.refused(
        &[add(NewEdge {
            royalty_ppm: 29_999,
            ..base
        })],
        &[&key],
        ListingError::RoyaltyBelowLicense,
    );
    w.refused(
        &[add(NewEdge {
            royalty_ppm: 0,
            ..base
        })],
        &[&key],
        ListingError::RoyaltyBelowLicense,
    );
    w.refused(
        &[add(NewEdge {
            max_royalty_ppm: 29_999,
            ..base
        })],
        &[&key],
        ListingError::RoyaltyAboveAccepted,
    );
    w.refused(
        &[add(NewEdge {
            relation: 0,
            ..base
        })],
        &[&key],
        ListingError::UnknownRelation,
    );
    w.refused(
        &[add(NewEdge {
            relation: 7,
            ..base
        })],
        &[&key],
        ListingError::UnknownRelation,
    );
    w.ok(&[add(base)], &[&key]);
}

#[test]
fn p17_royalties_leave_the_seller_a_fifth_and_count_at_most_16() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let parents: Vec<Pubkey> = (0..17).map(|_| w.active_of(&[], |_| {})).collect();
    let child = w.draft_of(|_| {});
    w.refused(
        &[edge(&key, child, parents[0], MAX_ROYALTY_PPM + 1)],
        &[&key],
        ListingError::RoyaltyTooHigh,
    );
    w.refused(
        &[edge(&key, child, parents[0], u32::MAX)],
        &[&key],
        ListingError::RoyaltyTooHigh,
    );
    w.ok(
        &[edge(&key, child, parents[0], MAX_ROYALTY_PPM - 15)],
        &[&key],
    );
    for parent in &parents[1..16] {
        w.ok(&[edge(&key, child, *parent, 1)], &[&key]);
    }
    w.refused(
        &[edge(&key, child, parents[16], 1)],
        &[&key],
        ListingError::TooManyRoyaltyParents,
    );
    w.ok(&[edge(&key, child, parents[16], 0)], &[&key]);
    assert_eq!(w.state::<Listing>(&child).royalty_ppm, MAX_ROYALTY_PPM);
    let other = w.draft_of(|_| {});
    w.ok(&[edge(&key, other, parents[0], MAX_ROYALTY_PPM)], &[&key]);
    w.refused(
        &[edge(&key, other, parents[1], 1)],
        &[&key],
        ListingError::RoyaltyTooHigh,
    );
}

#[test]
fn p36_a_listing_has_at_most_128_parents_of_which_16_bear_royalties() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let child = w.draft_of(|_| {});
    let parents: Vec<Pubkey> = (0..=MAX_EDGES).map(|_| w.active_of(&[], |_| {})).collect();
    let (last, fitting) = parents.split_last().unwrap();
    for (n, parents) in fitting.chunks(4).enumerate() {
        // The first sixteen bear a royalty.
        let royalty = u32::from(n < MAX_ROYALTY_PARENTS / 4);
        let edges: Vec<_> = parents
            .iter()
            .map(|parent| edge(&key, child, *parent, royalty))
            .collect();
        let outcome = w.ok(&edges, &[&key]);
        assert!(outcome.compute_units < UNITS, "{}", outcome.compute_units);
    }
    let full: Listing = w.state(&child);
    assert_eq!(
        (full.edges, usize::from(full.royalty_parents)),
        (MAX_EDGES, MAX_ROYALTY_PARENTS)
    );
    w.refused(
        &[edge(&key, child, *last, 0)],
        &[&key],
        ListingError::TooManyEdges,
    );
    w.ok(&[ix::activate(key.pubkey(), child)], &[&key]);
}

#[test]
fn an_unclaimed_listing_neither_owes_nor_earns() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let (claimed, unclaimed) = (
        w.active_of(&[], |_| {}),
        w.active_of(&[], |args| args.claimed = false),
    );
    let asking = w.active_of(&[], |args| args.derivative_royalty_ppm = 1);
    let (mine, imported) = (w.draft_of(|_| {}), w.draft_of(|args| args.claimed = false));
    w.refused(
        &[edge(&key, mine, unclaimed, 1)],
        &[&key],
        ListingError::UnclaimedRoyalty,
    );
    w.refused(
        &[edge(&key, imported, claimed, 1)],
        &[&key],
        ListingError::UnclaimedRoyalty,
    );
    w.refused(
        &[edge(&key, imported, asking, 1)],
        &[&key],
        ListingError::UnclaimedRoyalty,
    );
    w.ok(
        &[
            edge(&key, mine, unclaimed, 0),
            edge(&key, imported, claimed, 0),
        ],
        &[&key],
    );
}

#[test]
fn only_the_authority_of_a_draft_in_its_lifetime_adds_edges() {
    let mut w = World::new();
    let (stranger, key) = (w.stranger.insecure_clone(), w.publisher.insecure_clone());
    let parent = w.active_of(&[], |_| {});
    let child = w.draft_of(|_| {});
    w.refused(
        &[edge(&stranger, child, parent, 0)],
        &[&stranger],
        ListingError::NotListingAuthority,
    );
    let end = w.now() + DRAFT_LIFETIME;
    w.set_time(end + 1);
    w.refused(
        &[edge(&key, child, parent, 0)],
        &[&key],
        ListingError::DraftExpired,
    );
    w.set_time(end);
    w.ok(&[edge(&key, child, parent, 0)], &[&key]);
}

#[test]
fn the_royalty_table_is_the_childs_and_there_with_a_royalty_alone() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let parent = w.active_of(&[], |_| {});
    let (child, other) = (w.draft_of(|_| {}), w.draft_of(|_| {}));
    w.ok(&[edge(&key, other, parent, 5)], &[&key]);
    let foreign = pda::royalties(&other, 0).0;
    let without = edge(&key, child, parent, 0);
    let with = edge(&key, child, parent, 5);
    let slot = with
        .accounts
        .iter()
        .position(|meta| meta.pubkey == pda::royalties(&child, 0).0)
        .unwrap();
    let exchange = |to: &solana_program::instruction::Instruction, meta| {
        let mut instruction = to.clone();
        instruction.accounts[slot] = meta;
        instruction
    };
    let mut stolen = with.accounts[slot].clone();
    stolen.pubkey = foreign;
    for wrong in [
        exchange(&with, stolen),
        exchange(&with, without.accounts[slot].clone()),
        exchange(&without, with.accounts[slot].clone()),
    ] {
        w.refused(&[wrong], &[&key], ListingError::WrongRoyaltyTable);
    }
    w.ok(&[with], &[&key]);
}

#[test]
fn several_steps_of_a_bulk_import_share_one_transaction() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let parent = w.active_of(&[], |_| {});
    let mut args = w.register_args();
    args.claimed = false;
    let child = pda::listing(&publisher, &args.key).0;
    let outcome = w.ok(
        &[
            register(&key, &args),
            edge(&key, child, parent, 0),
            ix::activate(publisher, child),
        ],
        &[&key],
    );
    assert!(matches!(
        outcome.events.as_slice(),
        [
            Event::ListingRegistered(_),
            Event::EdgeAdded(_),
            Event::ListingActivated(_)
        ]
    ));
}

#[test]
fn a_broken_invariant_stops_the_change() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let parent = w.active_of(&[], |_| {});
    let child = w.draft_of(|_| {});
    w.edit_state::<Listing>(&child, |listing| listing.version = 0);
    w.refused(
        &[edge(&key, child, parent, 0)],
        &[&key],
        ListingError::InvariantBroken,
    );
}

#[test]
fn a_parent_that_forbids_derivatives_has_none() {
    let mut w = World::new();
    let key = w.publisher.insecure_clone();
    let parent = w.active_of(&[], |args| args.derivatives = derivatives::FORBIDDEN);
    let child = w.draft_of(|_| {});
    w.refused(
        &[edge(&key, child, parent, 0)],
        &[&key],
        ListingError::DerivativesForbidden,
    );
}
