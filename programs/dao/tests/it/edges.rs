//! Cases of edges: false ones, and missing ones.

use common::dispute::{DisputeHead, dispute_status, false_edge_hash, missing_edge_hash};
use dao::{
    error::DaoError,
    state::{bond_state, case},
};
use listing::state::{edge_status, relation};
use pedigree_sdk::{events::Event, pda, programs::SYSTEM};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::Outcome;

use crate::world::*;

/// A parent, a child that was activated later, and somebody with a bond.
fn family(w: &mut World) -> ([Pubkey; 2], Keypair) {
    let [parent, child] = [5, 9].map(|slot| w.activated_in(slot));
    ([child, parent], w.holder(10 * CASE_BOND))
}

fn open(
    w: &mut World,
    opener: &Keypair,
    [child, parent]: [Pubkey; 2],
    missing: Option<u8>,
    number: u16,
) -> Outcome {
    let open = w.edge_ix(&opener.pubkey(), [&child, &parent], missing, number);
    let stranger = w.stranger.insecure_clone();
    w.chain.ok(&[open], &[opener, &stranger])
}

#[track_caller]
fn refused(
    w: &mut World,
    opener: &Keypair,
    [child, parent]: [Pubkey; 2],
    missing: Option<u8>,
    error: DaoError,
) {
    let open = w.edge_ix(&opener.pubkey(), [&child, &parent], missing, 1);
    let stranger = w.stranger.insecure_clone();
    w.chain.refused(&[open], &[opener, &stranger], error);
}

#[test]
fn a_false_edge_is_a_case_of_that_very_edge() {
    let mut w = World::new(1);
    let (ends, opener) = family(&mut w);
    let [child, parent] = ends;
    let edge = w.put_edge(&child, &parent, edge_status::CLAIMED);
    let outcome = open(&mut w, &opener, ends, None, 1);
    let Event::EdgeCaseOpened(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    let dispute = pda::dispute(&edge, 1).0;
    let head = event.head;
    assert_eq!((head.address, head.relation), (dispute, 0));
    assert_eq!((head.child, head.parent), (child, parent));
    let state = w.dispute(&dispute);
    assert_eq!((state.case, state.version), (case::FALSE_EDGE, 0));
    assert_eq!((state.head.subject, state.head.number), (edge, 1));
    assert_eq!(
        state.head.subject_hash,
        false_edge_hash(17, &child, &parent)
    );
    assert_eq!(state.deadline, w.chain.now() + 60 * DAY);
    assert_eq!(
        (state.bonds[0].state, state.bonds[0].owner),
        (bond_state::HELD, opener.pubkey())
    );
    assert_eq!(w.vault(&dispute), CASE_BOND);
    assert_eq!(w.held(&opener.pubkey()), 9 * CASE_BOND);
    // A proved one may be disputed too, and by another at the same time.
    w.put_edge(&child, &parent, edge_status::PROVED);
    open(&mut w, &opener, ends, None, 2);
    assert_eq!(w.docket(&edge).head.open, 2);
}

#[test]
fn a_missing_edge_is_a_case_at_the_address_where_it_would_be() {
    let mut w = World::new(1);
    let (ends, opener) = family(&mut w);
    let [child, parent] = ends;
    let outcome = open(&mut w, &opener, ends, Some(relation::SERVES), 1);
    let Event::EdgeCaseOpened(event) = outcome.event() else {
        panic!("{outcome:?}")
    };
    assert_eq!(event.head.relation, u64::from(relation::SERVES));
    let edge = pda::edge(&child, &parent).0;
    let state = w.dispute(&pda::dispute(&edge, 1).0);
    assert_eq!((state.case, state.head.subject), (case::MISSING_EDGE, edge));
    let hash = missing_edge_hash(&child, &parent, relation::SERVES);
    assert_eq!(state.head.subject_hash, hash);
}

#[test]
fn p6_no_two_edges_or_complaints_have_the_same_hash() {
    let [a, b] = [1, 2].map(|byte| Pubkey::new_from_array([byte; 32]));
    let all = [
        false_edge_hash(1, &a, &b),
        false_edge_hash(2, &a, &b),
        false_edge_hash(1, &b, &a),
        missing_edge_hash(&a, &b, 1),
        missing_edge_hash(&a, &b, 2),
        missing_edge_hash(&b, &a, 1),
    ];
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn what_is_no_edge_in_force_of_an_activated_listing_is_not_false() {
    let mut w = World::new(1);
    let (ends, opener) = family(&mut w);
    let [child, parent] = ends;
    refused(&mut w, &opener, ends, None, DaoError::NoSuchEdge);
    w.put_edge(&child, &parent, edge_status::REVOKED);
    refused(&mut w, &opener, ends, None, DaoError::NoSuchEdge);
    let draft = w.activated_in(0);
    w.put_edge(&draft, &parent, edge_status::CLAIMED);
    for missing in [None, Some(relation::SERVES)] {
        let of_draft = [draft, parent];
        refused(&mut w, &opener, of_draft, missing, DaoError::NoSuchEdge);
    }
    // A copy that another program owns.
    let edge = w.put_edge(&child, &parent, edge_status::CLAIMED);
    let account = w.chain.svm.get_account(&edge).unwrap();
    w.chain.put_owned(edge, SYSTEM, account.data);
    refused(&mut w, &opener, ends, None, DaoError::NoSuchEdge);
}

#[test]
fn what_is_there_or_was_ruled_false_is_not_missing() {
    let mut w = World::new(1);
    let (ends, opener) = family(&mut w);
    let [child, parent] = ends;
    for status in [
        edge_status::CLAIMED,
        edge_status::PROVED,
        edge_status::REVOKED,
        edge_status::RULED,
    ] {
        w.put_edge(&child, &parent, status);
        let missing = Some(relation::TRAINED_ON);
        refused(&mut w, &opener, ends, missing, DaoError::EdgeNotMissing);
    }
}

#[test]
fn p35_a_missing_edge_goes_to_an_older_listing_by_a_known_relation() {
    let mut w = World::new(1);
    let (ends, opener) = family(&mut w);
    let [child, parent] = ends;
    for relation in [0, 7, 255] {
        let missing = Some(relation);
        refused(&mut w, &opener, ends, missing, DaoError::UnknownRelation);
    }
    let missing = Some(relation::SERVES);
    let (draft, twin) = (w.activated_in(0), w.activated_in(9));
    for ends in [
        [parent, child],
        [child, draft],
        [child, twin],
        [child, child],
    ] {
        refused(&mut w, &opener, ends, missing, DaoError::ParentNotOlder);
    }
    open(&mut w, &opener, ends, missing, 1);
}

#[test]
fn p2_an_edge_is_that_of_the_two_listings() {
    let mut w = World::new(1);
    let (ends, opener) = family(&mut w);
    let [child, parent] = ends;
    let other = w.activated_in(1);
    let edge = w.put_edge(&child, &parent, edge_status::CLAIMED);
    let stranger = w.stranger.insecure_clone();
    let mint = w.chain.mint(testkit::TokenProgram::Classic).address;
    let of_others = w.edge_ix(&opener.pubkey(), [&child, &other], Some(1), 1);
    let good = w.edge_ix(&opener.pubkey(), [&child, &parent], None, 1);
    // Child, parent, edge, docket and mint stand at 4, 5, 6, 7 and 9.
    for (mut wrong, at, account) in [
        (good.clone(), 4, other),
        (good.clone(), 5, other),
        (of_others, 6, Pubkey::new_from_array([9; 32])),
        (good.clone(), 9, mint),
    ] {
        wrong.accounts[at].pubkey = account;
        w.chain
            .refused(&[wrong], &[&opener, &stranger], DaoError::WrongAccount);
    }
    open(&mut w, &opener, ends, None, 1);
    let another = w.put_edge(&child, &other, edge_status::CLAIMED);
    let mut wrong = w.edge_ix(&opener.pubkey(), [&child, &other], None, 1);
    assert_eq!(wrong.accounts[7].pubkey, pda::docket(&another).0);
    wrong.accounts[7].pubkey = pda::docket(&edge).0;
    w.chain
        .refused(&[wrong], &[&opener, &stranger], DaoError::WrongAccount);
}

#[test]
fn p48_an_edge_is_judged_by_all_or_nothing_and_a_rejected_complaint_costs_its_bond() {
    for (choice, share) in [(0, 0), (4, 100)] {
        let mut w = World::new(1);
        let voters = w.voters(&[20_000, 10_000]);
        let (ends, opener) = family(&mut w);
        let [child, parent] = ends;
        let edge = w.put_edge(&child, &parent, edge_status::CLAIMED);
        open(&mut w, &opener, ends, None, 1);
        let dispute = pda::dispute(&edge, 1).0;
        w.to(&dispute, EVIDENCE);
        w.commit(&voters[0], &dispute, choice);
        w.commit(&voters[1], &dispute, 2);
        w.to(&dispute, EVIDENCE + COMMIT);
        let half = w.reveal_ix(&voters[1], &dispute, 2);
        w.refused(half, DaoError::NoSuchChoice);
        let reveal = w.reveal_ix(&voters[0], &dispute, choice);
        w.crank(reveal);
        w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
        w.crank(pedigree_sdk::instructions::dao::tally(&dispute));
        w.finish(&edge, &dispute);
        let state = w.dispute(&dispute);
        let head: DisputeHead = state.head;
        assert_eq!((head.status, head.share), (dispute_status::FINAL, share));
        let kept = if share == 100 {
            bond_state::DUE
        } else {
            bond_state::LOST
        };
        assert_eq!(state.bonds[0].state, kept);
    }
}

#[test]
fn p41_a_case_of_an_edge_in_which_nobody_votes_ends_and_costs_nothing() {
    let mut w = World::new(1);
    w.voters(&[20_000]);
    let (ends, opener) = family(&mut w);
    open(&mut w, &opener, ends, Some(relation::SERVES), 1);
    let edge = pda::edge(&ends[0], &ends[1]).0;
    let dispute = pda::dispute(&edge, 1).0;
    w.round(&dispute, &[]);
    w.crank(pedigree_sdk::instructions::dao::finish(&edge, &dispute));
    let head = w.dispute(&dispute).head;
    assert_eq!(head.status, dispute_status::UNDECIDED);
    let pay = pedigree_sdk::instructions::dao::pay_bond(&opener.pubkey(), &dispute, 0, None);
    w.crank(pay);
    assert_eq!(w.held(&opener.pubkey()), 10 * CASE_BOND);
}
