//! Cases of edges, and what anyone does with the rulings.

use listing::state::edge_status;
use pedigree_sdk::{
    instructions::{
        dao as court,
        listing::{self as ix, Ruled},
    },
    pda,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    court::{is_busy, next_number},
    rewards::a_taker,
};
use crate::{cast::Role, scene::Scene, world::Complaint};

/// Somebody says that an edge is false or missing.
pub fn open_edge_case(scene: &mut Scene) -> Option<Instruction> {
    scene.state().dao_config().filter(|_| !is_busy(scene))?;
    let (child, parent, missing) = if scene.dice.chance(50) {
        false_edge(scene)?
    } else {
        missing_edge(scene)?
    };
    let opener = scene.mostly(Role::Voter);
    let (payer, source) = (scene.payer(&opener), a_taker(scene, &opener)?);
    let number = next_number(scene, &pda::edge(&child, &parent).0);
    Some(court::open_edge_case(
        &opener, &payer, &source, &child, &parent, missing, number,
    ))
}

/// One that is there, mostly of an activated listing.
fn false_edge(scene: &mut Scene) -> Option<(Pubkey, Pubkey, Option<u8>)> {
    let state = scene.state();
    let (_, edge) = scene.find(&state.edges, |_, edge| {
        let child = state.listings.get(&edge.child);
        edge.status != edge_status::REVOKED && child.is_some_and(|child| child.activated_slot > 0)
    })?;
    Some((edge.child, edge.parent, None))
}

/// Between two listings that have none, mostly to the older one.
fn missing_edge(scene: &mut Scene) -> Option<(Pubkey, Pubkey, Option<u8>)> {
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
    let relation = scene.or(relation, |scene| scene.dice.pick([0, 7]));
    Some((child, parent, Some(relation)))
}

/// Mostly a ruling that is not carried out yet.
pub fn apply_edge_ruling(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let waits = |complaint: &&Complaint| {
        let ruling = state.rulings.get(&complaint.dispute());
        let upheld = ruling.is_some_and(|ruling| ruling.share == 100);
        let edge = state.edges.get(&complaint.edge());
        let open = match complaint.missing {
            None => edge.is_some_and(|edge| edge.status != edge_status::REVOKED),
            Some(_) => edge.is_none(),
        };
        upheld && open
    };
    let all = &scene.world.complaints;
    let waiting: Vec<_> = all.iter().filter(waits).copied().collect();
    let chosen = scene.dice.choose(&waiting).copied();
    if chosen.is_none() && !scene.dice.chance(15) {
        return None;
    }
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
