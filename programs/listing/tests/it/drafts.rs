use anchor_lang::bytemuck::Zeroable;
use listing::{
    error::ListingError,
    state::{Edge, Listing, RoyaltyTable},
};
use pedigree_sdk::{events::Event, instructions::listing as ix, pda, programs::SYSTEM};
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_signer::Signer;
use testkit::listings::{edge, register};

use crate::world::{DRAFT_LIFETIME, World};

/// A draft of the publisher with two edges, the second with a royalty; its parents.
fn draft_with_edges(w: &mut World) -> (Pubkey, [Pubkey; 2]) {
    let parents = [w.active_of(&[], |_| {}), w.active_of(&[], |_| {})];
    let draft = w.draft_of(|_| {});
    let key = w.publisher.insecure_clone();
    w.ok(
        &[
            edge(&key, draft, parents[0], 0),
            edge(&key, draft, parents[1], 40_000),
        ],
        &[&key],
    );
    w.warp_slots(1);
    (draft, parents)
}

#[test]
fn a_draft_is_taken_apart_from_its_last_edge_down() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (draft, [first, second]) = draft_with_edges(&mut w);
    let remove = |parent, royalty| ix::remove_edge(publisher, draft, &parent, royalty, publisher);
    let close_table = ix::close_royalty_table(publisher, draft, publisher);
    let discard = ix::discard_draft(publisher, draft, publisher);
    w.refused(&[discard.clone()], &[&key], ListingError::DraftNotEmpty);
    w.refused(&[close_table.clone()], &[&key], ListingError::DraftNotEmpty);
    w.refused(&[remove(first, false)], &[&key], ListingError::NotLastEdge);
    w.refused(
        &[remove(second, false)],
        &[&key],
        ListingError::WrongRoyaltyTable,
    );

    let before = w.lamports(&publisher);
    let addresses = [
        pda::edge(&draft, &second).0,
        pda::edge(&draft, &first).0,
        pda::royalties(&draft, 0).0,
        draft,
    ];
    let rents: u64 = addresses.iter().map(|address| w.lamports(address)).sum();
    let outcome = w.ok(&[remove(second, true)], &[&key]);
    let Event::EdgeRemoved(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (
            event.head.old_listing_royalty_ppm,
            event.head.listing_royalty_ppm
        ),
        (40_000, 0)
    );
    assert_eq!(
        (event.head.entry.parent, event.head.entry.ppm),
        (second, 40_000)
    );
    w.refused(
        &[remove(first, true)],
        &[&key],
        ListingError::WrongRoyaltyTable,
    );
    w.ok(&[remove(first, false)], &[&key]);
    w.refused(&[discard.clone()], &[&key], ListingError::DraftNotEmpty);
    w.ok(&[close_table], &[&key]);
    w.ok(&[discard], &[&key]);
    assert_eq!(w.lamports(&publisher), before + rents);
    assert!(addresses.iter().all(|address| !w.exists(address)));
}

#[test]
fn a_removed_royalty_makes_room_for_another_in_the_same_table() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (draft, [_, second]) = draft_with_edges(&mut w);
    w.ok(
        &[ix::remove_edge(publisher, draft, &second, true, publisher)],
        &[&key],
    );
    let other = w.active_of(&[], |_| {});
    w.ok(&[edge(&key, draft, other, 7)], &[&key]);
    let table: RoyaltyTable = w.state(&pda::royalties(&draft, 0).0);
    assert_eq!(
        (
            table.len,
            table.total_ppm,
            table.entries[0].parent,
            table.seq
        ),
        (1, 7, other, 3)
    );
    assert_eq!(w.state::<Edge>(&pda::edge(&draft, &other).0).index, 1);
}

#[test]
fn p15_a_stranger_cleans_up_after_the_last_second_and_earns_a_tenth() {
    let mut w = World::new();
    let (stranger, stranger_key) = w.stranger();
    let publisher = w.publisher.pubkey();
    let (draft, [first, second]) = draft_with_edges(&mut w);
    let steps = [
        ix::remove_edge(stranger, draft, &second, true, publisher),
        ix::remove_edge(stranger, draft, &first, false, publisher),
        ix::close_royalty_table(stranger, draft, publisher),
        ix::discard_draft(stranger, draft, publisher),
    ];
    let accounts = [
        pda::edge(&draft, &second).0,
        pda::edge(&draft, &first).0,
        pda::royalties(&draft, 0).0,
        draft,
    ];
    let end = w.now() + DRAFT_LIFETIME;
    w.set_time(end);
    for step in &steps {
        w.refused(
            std::slice::from_ref(step),
            &[&stranger_key],
            ListingError::DraftNotExpired,
        );
    }
    w.set_time(end + 1);
    for (step, account) in steps.iter().zip(accounts) {
        let (rent, before) = (
            w.lamports(&account),
            [stranger, publisher].map(|key| w.lamports(&key)),
        );
        let outcome = w.ok(std::slice::from_ref(step), &[&stranger_key]);
        let reward = rent / 10;
        assert_eq!(w.lamports(&stranger), before[0] + reward);
        assert_eq!(w.lamports(&publisher), before[1] + rent - reward);
        if let Event::DraftDiscarded(event) = outcome.event() {
            assert_eq!(
                (event.head.rent_to, event.head.rent, event.head.reward),
                (publisher, rent - reward, reward)
            );
        }
    }
}

#[test]
fn an_expired_draft_cannot_be_activated_and_its_authority_closes_it_without_a_reward_to_anyone() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let draft = w.draft_of(|_| {});
    let end = w.now() + DRAFT_LIFETIME;
    w.set_time(end + 1);
    w.refused(
        &[ix::activate(publisher, draft)],
        &[&key],
        ListingError::DraftExpired,
    );
    let (rent, before) = (w.lamports(&draft), w.lamports(&publisher));
    w.ok(&[ix::discard_draft(publisher, draft, publisher)], &[&key]);
    assert_eq!(w.lamports(&publisher), before + rent);
}

#[test]
fn p32_rent_goes_to_none_but_its_payer() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (payer, payer_key) = w.stranger();
    let args = w.register_args();
    w.ok(
        &[ix::register(publisher, payer, args.clone())],
        &[&key, &payer_key],
    );
    let draft = pda::listing(&publisher, &args.key).0;
    let parent = w.active_of(&[], |_| {});
    let claim = testkit::listings::new_edge(draft, parent, 9);
    w.ok(
        &[ix::add_edge(publisher, payer, claim)],
        &[&key, &payer_key],
    );
    w.warp_slots(1);
    for thief in [publisher, w.authority.pubkey()] {
        let remove = ix::remove_edge(publisher, draft, &parent, true, thief);
        w.refused(&[remove], &[&key], ListingError::WrongRentPayer);
    }
    w.ok(
        &[ix::remove_edge(publisher, draft, &parent, true, payer)],
        &[&key],
    );
    w.refused(
        &[ix::close_royalty_table(publisher, draft, publisher)],
        &[&key],
        ListingError::WrongRentPayer,
    );
    w.ok(&[ix::close_royalty_table(publisher, draft, payer)], &[&key]);
    w.refused(
        &[ix::discard_draft(publisher, draft, publisher)],
        &[&key],
        ListingError::WrongRentPayer,
    );
    w.ok(&[ix::discard_draft(publisher, draft, payer)], &[&key]);
}

/// Lamports from a wallet.
fn transfer(from: &Pubkey, to: &Pubkey, lamports: u64) -> Instruction {
    let mut data = 2u32.to_le_bytes().to_vec();
    data.extend(lamports.to_le_bytes());
    let accounts = vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)];
    Instruction {
        program_id: SYSTEM,
        accounts,
        data,
    }
}

#[test]
fn p31_a_removed_edge_and_a_closed_table_are_dead_in_the_same_transaction_whoever_funds_them() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (draft, [_, second]) = draft_with_edges(&mut w);
    let dead = anchor_lang::prelude::ProgramError::AccountDataTooSmall;
    let [claim, table] = [pda::edge(&draft, &second).0, pda::royalties(&draft, 0).0];
    let remove = ix::remove_edge(publisher, draft, &second, true, publisher);
    let refund = transfer(&publisher, &claim, w.lamports(&claim));
    let twice = [remove.clone(), refund.clone(), remove.clone()];
    w.refused(&twice, &[&key], dead.clone());
    // Claimed anew at once it is another edge, which inherits nothing and stays for this slot.
    let claim_again = edge(&key, draft, second, 7);
    let anew = [remove.clone(), refund.clone(), claim_again, remove.clone()];
    w.refused(&anew, &[&key], ListingError::SameSlot);
    w.ok(&anew[..3], &[&key]);
    let fresh: Edge = w.state(&claim);
    assert_eq!(
        (fresh.seq, fresh.royalty_ppm, fresh.born_slot),
        (1, 7, w.slot())
    );
    w.warp_slots(1);
    w.ok(&[remove, refund], &[&key]);
    assert_eq!(w.svm.get_account(&claim).unwrap().owner, SYSTEM);

    let close = ix::close_royalty_table(publisher, draft, publisher);
    let refund = transfer(&publisher, &table, w.lamports(&table));
    let twice = [close.clone(), refund.clone(), close.clone()];
    w.refused(&twice, &[&key], dead);
    w.ok(&[close, refund], &[&key]);
    assert_eq!(w.svm.get_account(&table).unwrap().owner, SYSTEM);
}

#[test]
fn p31_a_closed_draft_is_dead_in_the_same_transaction_whoever_refunds_it() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let draft = w.draft_of(|_| {});
    let rent = w.lamports(&draft);
    let refund = transfer(&publisher, &draft, rent);
    let discard = ix::discard_draft(publisher, draft, publisher);
    let dead = anchor_lang::prelude::ProgramError::AccountDataTooSmall;
    w.refused(
        &[
            discard.clone(),
            refund.clone(),
            ix::activate(publisher, draft),
        ],
        &[&key],
        dead,
    );
    w.ok(&[discard, refund], &[&key]);
    assert_eq!(
        (w.svm.get_account(&draft).unwrap().owner, w.lamports(&draft)),
        (SYSTEM, rent)
    );
}

#[test]
fn p50_a_draft_at_the_same_address_inherits_nothing_and_differs_in_its_slot() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let parent = w.active_of(&[], |_| {});
    let args = w.register_args();
    let draft = w.draft(&key, &args);
    w.ok(&[edge(&key, draft, parent, 5)], &[&key]);
    let remove = ix::remove_edge(publisher, draft, &parent, true, publisher);
    let close = ix::close_royalty_table(publisher, draft, publisher);
    let discard = ix::discard_draft(publisher, draft, publisher);
    w.refused(&[remove.clone()], &[&key], ListingError::SameSlot);
    w.warp_slots(1);
    w.ok(&[remove], &[&key]);
    w.edit_state::<RoyaltyTable>(&pda::royalties(&draft, 0).0, |table| table.born_slot += 1);
    w.refused(&[close.clone()], &[&key], ListingError::SameSlot);
    w.warp_slots(1);
    w.ok(&[close, discard.clone()], &[&key]);
    let old = w.slot();
    assert_eq!(w.draft(&key, &args), draft);
    let listing: Listing = w.state(&draft);
    assert_eq!(
        (
            listing.seq,
            listing.edges,
            listing.royalty_ppm,
            listing.born_slot
        ),
        (1, 0, 0, old)
    );
    w.refused(
        &[discard, register(&key, &args)],
        &[&key],
        ListingError::SameSlot,
    );
    assert!(!w.exists(&pda::edge(&draft, &parent).0) && !w.exists(&pda::royalties(&draft, 0).0));
}

#[test]
fn p50_a_draft_that_expired_and_was_cleared_away_by_a_stranger_is_revived_with_nothing() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (stranger, stranger_key) = w.stranger();
    let mint = w.mint(testkit::TokenProgram::Classic);
    let parent = w.active_of(&[], |_| {});
    let mut args = w.register_args();
    args.terms = vec![w.one_time_term(&mint, 7)];
    args.operator = Some(stranger);
    let draft = w.draft(&key, &args);
    w.ok(&[edge(&key, draft, parent, 5)], &[&key]);
    w.ok(
        &[ix::propose_authority(publisher, draft, stranger)],
        &[&key],
    );
    w.warp_slots(1);
    let end = w.now() + DRAFT_LIFETIME;
    w.set_time(end + 1);
    for step in [
        ix::remove_edge(stranger, draft, &parent, true, publisher),
        ix::close_royalty_table(stranger, draft, publisher),
        ix::discard_draft(stranger, draft, publisher),
    ] {
        w.ok(&[step], &[&stranger_key]);
    }
    w.warp_slots(1);

    (args.terms, args.operator) = (vec![], None);
    assert_eq!(w.draft(&key, &args), draft);
    let revived: Listing = w.state(&draft);
    assert_eq!(
        (revived.seq, revived.created_at, revived.born_slot),
        (1, end + 1, w.slot())
    );
    assert_eq!(
        (revived.edges, revived.royalty_parents, revived.royalty_ppm),
        (0, 0, 0)
    );
    assert_eq!(
        (revived.terms_len, revived.terms),
        (0, [Zeroable::zeroed(); 4])
    );
    let nobody = Pubkey::default();
    assert_eq!(
        (revived.operator, revived.pending_authority),
        (nobody, nobody)
    );
    assert!(!w.exists(&pda::edge(&draft, &parent).0) && !w.exists(&pda::royalties(&draft, 0).0));
    w.refused(
        &[ix::accept_authority(stranger, draft)],
        &[&stranger_key],
        ListingError::NotPendingAuthority,
    );
    // Its seven days begin anew, and so does its lineage.
    let last = w.now() + DRAFT_LIFETIME;
    w.set_time(last);
    w.ok(&[edge(&key, draft, parent, 0)], &[&key]);
    w.ok(&[ix::activate(publisher, draft)], &[&key]);
    assert_eq!(w.state::<Listing>(&draft).royalty_ppm, 0);
}

#[test]
fn p33_other_peoples_accounts_do_not_fit() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let (mine, [_, second]) = draft_with_edges(&mut w);
    let (other, [_, theirs]) = draft_with_edges(&mut w);
    let swap = |instruction: &Instruction, from: Pubkey, to: Pubkey| {
        let mut instruction = instruction.clone();
        instruction
            .accounts
            .iter_mut()
            .filter(|meta| meta.pubkey == from)
            .for_each(|meta| meta.pubkey = to);
        instruction
    };
    let remove = ix::remove_edge(publisher, mine, &second, true, publisher);
    let foreign_edge = swap(
        &remove,
        pda::edge(&mine, &second).0,
        pda::edge(&other, &theirs).0,
    );
    w.refused(&[foreign_edge], &[&key], ListingError::WrongAccount);
    let foreign_table = swap(
        &remove,
        pda::royalties(&mine, 0).0,
        pda::royalties(&other, 0).0,
    );
    w.refused(&[foreign_table], &[&key], ListingError::WrongRoyaltyTable);
    let close = ix::close_royalty_table(publisher, mine, publisher);
    let foreign = swap(
        &close,
        pda::royalties(&mine, 0).0,
        pda::royalties(&other, 0).0,
    );
    w.refused(&[foreign], &[&key], ListingError::WrongRoyaltyTable);
    let empty = w.draft_of(|_| {});
    let discard = ix::discard_draft(publisher, mine, publisher);
    let hidden = swap(
        &discard,
        pda::royalties(&mine, 0).0,
        pda::royalties(&empty, 0).0,
    );
    w.refused(&[hidden], &[&key], ListingError::WrongRoyaltyTable);
}

#[test]
fn what_was_activated_never_closes() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let parent = w.active_of(&[], |_| {});
    let child = w.active_of(&[(parent, 3)], |_| {});
    let later = w.now() + 10 * DRAFT_LIFETIME;
    w.set_time(later);
    w.warp_slots(1);
    for close in [
        ix::remove_edge(publisher, child, &parent, true, publisher),
        ix::close_royalty_table(publisher, child, publisher),
        ix::discard_draft(publisher, child, publisher),
    ] {
        w.refused(&[close], &[&key], ListingError::NotDraft);
    }
}
