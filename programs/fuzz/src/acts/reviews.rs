//! What is said of listings once they are sold: reviews, and proofs of their lineage.

use listing::state::edge_status;
use pedigree_sdk::{
    instructions::listing as ix,
    merkle::{MAX_PROOF, Proof, Tree},
    pda,
};
use solana_program::instruction::Instruction;

use crate::scene::Scene;

fn rating(scene: &mut Scene) -> u8 {
    let right = scene.dice.pick([1, 2, 3, 4, 5]);
    scene.or(right, |scene| scene.dice.pick([0, 6, u8::MAX]))
}

/// Of a paid order that nobody has reviewed yet, by its owner.
pub fn post_review(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (address, order) = scene.find(&state.orders, |key, order| {
        let head = &order.head;
        let review = pda::review(&head.listing, key, head.born_slot);
        let listing = state.listings.get(&head.listing);
        head.is_paid()
            && listing.is_some_and(|listing| listing.authority != head.owner)
            && !state.reviews.contains_key(&review)
    })?;
    let head = &order.head;
    let listing = match scene.blind() {
        true => scene.listing(|_, _| true)?.0,
        false => head.listing,
    };
    let born_slot = scene.or(head.born_slot, |_| head.born_slot + 1);
    let reviewer = scene.signer(&head.owner);
    let (payer, rating) = (scene.payer(&reviewer), rating(scene));
    let hash = scene.dice.bytes();
    Some(ix::post_review(
        reviewer, payer, listing, address, born_slot, rating, hash,
    ))
}

pub fn edit_review(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (address, review) = scene.find(&state.reviews, |_, review| review.edits == 0)?;
    let listing = match scene.blind() {
        true => scene.listing(|_, _| true)?.0,
        false => review.listing,
    };
    let (reviewer, rating) = (scene.signer(&review.reviewer), rating(scene));
    let hash = scene.dice.bytes();
    Some(ix::edit_review(reviewer, listing, address, rating, hash))
}

/// Of a parent whose content is known, among up to fifty others.
pub fn prove_edge(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (_, edge) = scene.find(&state.edges, |_, edge| {
        let parent = state.listings.get(&edge.parent);
        let known = parent.is_some_and(|parent| parent.content_hash != [0; 32]);
        edge.status == edge_status::CLAIMED && known
    })?;
    let child = state.listings.get(&edge.child)?;
    let content = state.listings.get(&edge.parent)?.content_hash;
    let mut all: Vec<[u8; 32]> = (0..scene.dice.below(50))
        .map(|_| scene.dice.bytes())
        .collect();
    let at = scene.dice.below(all.len() as u64 + 1) as usize;
    all.insert(at, content);
    // Of unknown content there is no tree.
    let right = Tree::new(all).ok().and_then(|tree| tree.proof(&content));
    let right = right.unwrap_or(Proof {
        root: listing::merkle::root(&content, 0, &[]),
        lefts: 0,
        path: vec![],
    });
    let proof = scene.or(right.clone(), |scene| forged(scene, right));
    let signer = scene.signer(&child.authority);
    Some(ix::prove_edge(signer, edge.child, edge.parent, &proof))
}

/// A proof with something of it changed.
fn forged(scene: &mut Scene, mut proof: Proof) -> Proof {
    match scene.dice.below(5) {
        0 => proof.root = scene.dice.bytes(),
        1 => proof.lefts ^= 1 << scene.dice.below(32),
        2 => proof.path.push(scene.dice.bytes()),
        3 => proof.path.resize(MAX_PROOF + 1, [0; 32]),
        _ => {
            proof.path.pop();
        }
    }
    proof
}
