//! Proofs that a parent's content is in a training manifest.

use anchor_lang::prelude::ProgramError;
use listing::{
    constants::MAX_PROOF,
    error::ListingError,
    merkle,
    state::{Edge, edge_status},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing::{self as ix, VersionArgs},
    merkle::{Proof, Tree},
    pda,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::listings::edge;

use crate::world::{UNITS, World};

const CONTENT: [u8; 32] = [9; 32];

/// What a child was trained on: the parent's content among others.
fn manifest(others: u8) -> Tree {
    let others = (1..=others).map(|n| [100 + n; 32]);
    Tree::new([CONTENT].into_iter().chain(others).collect()).unwrap()
}

fn proof(others: u8) -> Proof {
    manifest(others).proof(&CONTENT).unwrap()
}

/// The publisher's listing with this content, and its active child of another publisher.
struct Pair {
    parent: Pubkey,
    child: Pubkey,
    owner: Keypair,
}

impl Pair {
    fn of(w: &mut World, content_hash: Option<[u8; 32]>) -> Self {
        let parent = w.active_of(&[], |args| args.content_hash = content_hash);
        let owner = w.stranger.insecure_clone();
        let args = w.register_args();
        let child = w.active(&owner, &args, &[(parent, 5)]);
        Self {
            parent,
            child,
            owner,
        }
    }

    fn prove(&self, proof: &Proof) -> Instruction {
        ix::prove_edge(self.owner.pubkey(), self.child, self.parent, proof)
    }

    fn edge(&self) -> Pubkey {
        pda::edge(&self.child, &self.parent).0
    }
}

#[test]
fn a_parents_content_is_proved_to_be_in_the_manifest_once() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, Some(CONTENT));
    w.warp_slots(7);
    let before: Edge = w.state(&pair.edge());
    assert_eq!(before.status, edge_status::CLAIMED);
    let proved = w.ok(&[pair.prove(&proof(4))], &[&pair.owner]);
    let Event::EdgeProved(event) = proved.event() else {
        panic!("{proved:?}")
    };
    assert_eq!(event.head.address, pair.edge());
    assert_eq!(event.head.old_status, u64::from(edge_status::CLAIMED));
    let after: Edge = w.state(&pair.edge());
    let expected = Edge {
        status: edge_status::PROVED,
        manifest_root: manifest(4).root(),
        proved_slot: w.slot(),
        proved_version: 1,
        seq: before.seq + 1,
        ..before
    };
    assert_eq!(after, expected);
    for again in [proof(4), proof(0)] {
        w.refused(
            &[pair.prove(&again)],
            &[&pair.owner],
            ListingError::EdgeNotClaimed,
        );
    }
}

#[test]
fn only_the_childs_authority_proves_and_only_of_its_own_edge() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, Some(CONTENT));
    let (publisher, key) = w.publisher();
    let by_parent = ix::prove_edge(publisher, pair.child, pair.parent, &proof(1));
    w.refused(&[by_parent], &[&key], ListingError::NotListingAuthority);
    let (other, own) = (Pair::of(&mut w, Some(CONTENT)), pair.edge());
    let good = pair.prove(&proof(1));
    for (from, to) in [
        (pair.parent, other.parent),
        (pair.child, other.child),
        (own, other.edge()),
    ] {
        let mut wrong = good.clone();
        let meta = wrong.accounts.iter_mut().find(|meta| meta.pubkey == from);
        meta.expect("it is in the instruction").pubkey = to;
        w.refused(&[wrong], &[&pair.owner], ListingError::WrongAccount);
    }
    w.ok(&[good], &[&pair.owner]);
}

#[test]
fn a_proof_of_other_content_another_root_side_or_length_is_none() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, Some(CONTENT));
    let good = proof(5);
    let others = manifest(5).proof(&[101; 32]).unwrap();
    let mut wrong = vec![others];
    for change in [
        (|proof| proof.root[0] ^= 1) as fn(&mut Proof),
        |proof| proof.path[0][31] ^= 1,
        |proof| proof.path[2][0] ^= 1,
        |proof| proof.lefts ^= 1,
        |proof| proof.lefts ^= 4,
        // Places that a tree of this height does not have.
        |proof| proof.lefts |= 1 << proof.path.len(),
        |proof| proof.lefts |= 1 << 31,
        |proof| proof.path.truncate(1),
        |proof| proof.path.push([0; 32]),
        |proof| proof.path.clear(),
        // The manifest itself in the content's place.
        |proof| proof.root = CONTENT,
    ] {
        let mut proof = good.clone();
        change(&mut proof);
        wrong.push(proof);
    }
    for proof in wrong {
        let prove = pair.prove(&proof);
        w.refused(&[prove], &[&pair.owner], ListingError::ProofMismatch);
    }
    w.ok(&[pair.prove(&good)], &[&pair.owner]);
}

/// A node of the tree as a parent's "content" would prove a listing that no leaf stands for.
#[test]
fn a_node_of_the_tree_never_passes_for_content() {
    let mut w = World::new();
    let leaves = [1, 2, 3, 4].map(|n| [n; 32]);
    let tree = Tree::new(leaves.to_vec()).unwrap();
    let [a, b, c, d] = leaves.map(|content| merkle::leaf(&content));
    let (left, right) = (merkle::node(&a, &b), merkle::node(&c, &d));
    for (content, path) in [
        (left, vec![right]),
        (tree.root(), vec![]),
        (a, vec![b, right]),
    ] {
        let pair = Pair::of(&mut w, Some(content));
        let proof = Proof {
            root: tree.root(),
            lefts: 0,
            path,
        };
        let prove = pair.prove(&proof);
        w.refused(&[prove], &[&pair.owner], ListingError::ProofMismatch);
    }
}

#[test]
fn what_is_proved_is_of_the_parents_version_in_force() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, None);
    let (publisher, key) = w.publisher();
    w.refused(
        &[pair.prove(&proof(1))],
        &[&pair.owner],
        ListingError::ContentHashUnknown,
    );
    let publish = |n: u8, content_hash| {
        let args = VersionArgs {
            manifest_hash: [n; 32],
            content_hash,
            uri: String::new(),
        };
        ix::publish_version(publisher, pair.parent, args)
    };
    w.ok(&[publish(1, Some([8; 32]))], &[&key]);
    w.refused(
        &[pair.prove(&proof(1))],
        &[&pair.owner],
        ListingError::ProofMismatch,
    );
    w.ok(&[publish(2, Some(CONTENT))], &[&key]);
    w.ok(&[pair.prove(&proof(1))], &[&pair.owner]);
    let edge: Edge = w.state(&pair.edge());
    assert_eq!((edge.parent_version, edge.proved_version), (1, 3));
    // Later versions take nothing back.
    w.ok(&[publish(3, None)], &[&key]);
    assert_eq!(w.state::<Edge>(&pair.edge()), edge);
}

#[test]
fn p36_the_longest_proof_fits_and_a_longer_one_is_refused() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, Some(CONTENT));
    let long = |steps: usize| {
        let path: Vec<_> = (0..steps).map(|n| [n as u8; 32]).collect();
        let lefts = 0b0101_1010_0101_1010_0101;
        Proof {
            root: merkle::root(&CONTENT, lefts, &path),
            lefts,
            path,
        }
    };
    w.refused(
        &[pair.prove(&long(MAX_PROOF + 1))],
        &[&pair.owner],
        ListingError::ProofTooLong,
    );
    let proved = w.ok(&[pair.prove(&long(MAX_PROOF))], &[&pair.owner]);
    assert!(
        proved.compute_units < UNITS / 10,
        "{}",
        proved.compute_units
    );
}

#[test]
fn p37_a_pause_or_a_retirement_keeps_no_proof_back() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, Some(CONTENT));
    let (admin, admin_key) = w.authority();
    w.ok(&[ix::update_config(admin, true, admin)], &[&admin_key]);
    let retire = ix::retire(pair.owner.pubkey(), pair.child);
    w.ok(&[retire], &[&pair.owner]);
    w.ok(&[pair.prove(&proof(3))], &[&pair.owner]);
}

#[test]
fn p50_a_proved_edge_of_a_draft_leaves_nothing_to_the_one_that_follows_it() {
    let mut w = World::new();
    let (publisher, key) = w.publisher();
    let parent = w.active_of(&[], |args| args.content_hash = Some(CONTENT));
    let child = w.draft_of(|_| {});
    let claim = edge(&key, child, parent, 0);
    w.ok(std::slice::from_ref(&claim), &[&key]);
    let prove = ix::prove_edge(publisher, child, parent, &proof(2));
    w.ok(std::slice::from_ref(&prove), &[&key]);
    w.warp_slots(1);
    let remove = ix::remove_edge(publisher, child, &parent, false, publisher);
    w.ok(&[remove], &[&key]);
    w.refused(
        std::slice::from_ref(&prove),
        &[&key],
        ProgramError::AccountDataTooSmall,
    );
    w.ok(&[claim], &[&key]);
    let again: Edge = w.state(&pda::edge(&child, &parent).0);
    assert_eq!(
        (again.status, again.manifest_root),
        (edge_status::CLAIMED, [0; 32])
    );
    assert_eq!((again.proved_slot, again.proved_version), (0, 0));
    w.ok(&[prove], &[&key]);
}

#[test]
fn p2_p3_an_edge_is_the_programs_own() {
    let mut w = World::new();
    let pair = Pair::of(&mut w, Some(CONTENT));
    let good = pair.prove(&proof(1));
    let data = w.svm.get_account(&pair.edge()).unwrap().data;
    let copy = Pubkey::new_from_array(w.draw());
    let publisher = w.publisher.pubkey();
    w.put_owned(copy, publisher, data);
    for (wrong, error) in [
        (copy, ProgramError::IllegalOwner),
        (pda::listing_config().0, ProgramError::InvalidAccountData),
    ] {
        let mut forged = good.clone();
        forged.accounts[3].pubkey = wrong;
        w.refused(&[forged], &[&pair.owner], error);
    }
    w.ok(&[good], &[&pair.owner]);
}
