//! Rulings on edges, and what anyone does with them.

use anchor_lang::bytemuck::Zeroable;
use common::dispute::{DisputeHead, dispute_status, false_edge_hash, missing_edge_hash};
use listing::state::edge_status;
use pedigree_sdk::{
    instructions::listing::{self as ix, Ruled},
    pda,
};
use solana_program::instruction::Instruction;

use crate::{call::Change, cast::Role, scene::Scene, world::Complaint};

/// The dao rules that an edge is false or missing, that it is not, or says that it has not done so yet.
pub fn rule_on_edge(scene: &mut Scene) -> Option<Change> {
    let (mut complaint, hash) = if scene.dice.chance(50) {
        false_edge(scene)?
    } else {
        missing_edge(scene)?
    };
    let before = scene.world.complaints.iter();
    let before = before.filter(|other| other.edge() == complaint.edge());
    complaint.number = before.count() as u16 + 1;
    let (final_, undecided) = (dispute_status::FINAL, dispute_status::UNDECIDED);
    let status = scene.dice.pick([
        final_,
        final_,
        final_,
        final_,
        undecided,
        dispute_status::OPEN,
    ]);
    let head = DisputeHead {
        layout: 1,
        status,
        share: scene.dice.pick([100, 100, 100, 0]),
        number: complaint.number,
        subject: complaint.edge(),
        subject_hash: scene.or(hash, |_| [0; 32]),
        ..DisputeHead::zeroed()
    };
    Some(Change::EdgeRuling(complaint, head))
}

/// One that is there, mostly of an activated listing.
fn false_edge(scene: &mut Scene) -> Option<(Complaint, [u8; 32])> {
    let state = scene.state();
    let (_, edge) = scene.find(&state.edges, |_, edge| {
        let child = state.listings.get(&edge.child);
        edge.status != edge_status::REVOKED && child.is_some_and(|child| child.activated_slot > 0)
    })?;
    let complaint = Complaint {
        child: edge.child,
        parent: edge.parent,
        missing: None,
        number: 0,
    };
    let hash = false_edge_hash(edge.born_slot, &edge.child, &edge.parent);
    Some((complaint, hash))
}

/// Between two listings that have none, mostly to the older one.
fn missing_edge(scene: &mut Scene) -> Option<(Complaint, [u8; 32])> {
    let state = scene.state();
    let (child, of_child) = scene.listing(|_, listing| listing.activated_slot > 0)?;
    let has = |parent| {
        let mut edges = state.edges.values();
        edges.any(|edge| edge.child == child && edge.parent == parent)
    };
    let (parent, _) = scene.listing(|key, listing| {
        let older = (1..of_child.activated_slot).contains(&listing.activated_slot);
        older && !has(*key)
    })?;
    let relation = scene.dice.pick([1, 2, 3, 4, 5, 6]);
    let complaint = Complaint {
        child,
        parent,
        missing: Some(relation),
        number: 0,
    };
    Some((complaint, missing_edge_hash(&child, &parent, relation)))
}

/// Mostly a ruling that is not carried out yet.
pub fn apply_edge_ruling(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let waits = |complaint: &&Complaint| {
        let edge = state.edges.get(&complaint.edge());
        match complaint.missing {
            None => edge.is_some_and(|edge| edge.status != edge_status::REVOKED),
            Some(_) => edge.is_none(),
        }
    };
    let all = &scene.world.complaints;
    let waiting: Vec<_> = all.iter().filter(waits).copied().collect();
    let chosen = scene.dice.choose(&waiting).copied();
    let Complaint {
        child,
        parent,
        missing,
        number,
    } = chosen.or_else(|| scene.dice.choose(all).copied())?;
    let (of_child, of_parent) = (state.listings.get(&child)?, state.listings.get(&parent)?);
    let number = scene.or(number, |_| number + 1);
    let ruled = match missing {
        None => {
            let edge = state.edges.get(&pda::edge(&child, &parent).0)?;
            let table = pda::royalties(&child, of_child.generation).0;
            let table = state.tables.get(&table).map(|table| &**table);
            Ruled::false_edge(number, edge, of_child, table)
        }
        Some(relation) => {
            let config = state.listing_config()?;
            let (child, parent) = ((child, &**of_child), (parent, &**of_parent));
            Ruled::missing_edge(number, relation, child, parent, config.default_royalty_ppm)
        }
    };
    Some(ix::apply_ruling(scene.one(Role::Sponsor), &ruled))
}
