//! Rule 4: lineage has no cycle, goes to what was activated before, and is frozen at activation.

use std::collections::{BTreeMap, BTreeSet};

use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, holds};
use crate::state::State;

pub fn check(taken: &Taken) -> Verdict {
    if !touches_lineage(taken) {
        return Ok(());
    }
    let mut parents: BTreeMap<Pubkey, Vec<Pubkey>> = BTreeMap::new();
    for (address, edge) in &taken.after.edges {
        let parent = taken.after.listings.get(&edge.parent);
        let activated = parent.map_or(0, |parent| parent.activated_slot);
        holds!(
            activated != 0 && activated <= edge.born_slot,
            "edge {address} goes to a parent that was not activated before"
        );
        let child = taken.after.listings.get(&edge.child);
        let child = child.ok_or_else(|| format!("edge {address} outlived its child"))?;
        holds!(
            child.activated_slot == 0 || activated <= child.activated_slot,
            "edge {address} goes to a parent that is younger than its child"
        );
        parents.entry(edge.child).or_default().push(edge.parent);
    }
    for child in parents.keys() {
        holds!(
            !is_own_ancestor(child, &parents),
            "{child} descends from itself"
        );
    }
    for (address, listing) in &taken.after.listings {
        let edges = parents.get(address).map_or(0, Vec::len);
        holds!(
            edges == usize::from(listing.edges),
            "{address} counts {} parents and has {edges}",
            listing.edges
        );
        royalties(taken.after, address)?;
        let Some(before) = taken.before.listings.get(address) else {
            continue;
        };
        // A ruling alone changes it: see the rule of rulings.
        let frozen = before.activated_slot != 0 && !is_ruled(taken, address);
        holds!(
            !frozen || lineage_of(taken.before, address) == lineage_of(taken.after, address),
            "{address}'s lineage changed after its activation"
        );
        let ever = frozen && before.activated_slot != listing.activated_slot;
        holds!(!ever, "{address} was activated a second time");
    }
    Ok(())
}

fn is_ruled(taken: &Taken, child: &Pubkey) -> bool {
    taken.events.iter().any(|event| match event {
        Event::EdgeRevoked(event) => event.state.child == *child,
        Event::EdgeRuled(event) => event.state.child == *child,
        _ => false,
    })
}

fn touches_lineage(taken: &Taken) -> bool {
    taken.before.changed(taken.after).any(|key| {
        [taken.before, taken.after].iter().any(|state| {
            state.edges.contains_key(key)
                || state.tables.contains_key(key)
                || state.listings.contains_key(key)
        })
    })
}

fn is_own_ancestor(child: &Pubkey, parents: &BTreeMap<Pubkey, Vec<Pubkey>>) -> bool {
    let above = |listing: &Pubkey| parents.get(listing).cloned().unwrap_or_default();
    let (mut seen, mut next) = (BTreeSet::new(), above(child));
    while let Some(listing) = next.pop() {
        if listing == *child {
            return true;
        }
        if seen.insert(listing) {
            next.extend(above(&listing));
        }
    }
    false
}

/// The royalties of a listing's edges are those of its table, and their sum is the listing's.
fn royalties(state: &State, address: &Pubkey) -> Verdict {
    let listing = &state.listings[address];
    let mut owed: Vec<(u8, Pubkey, u32)> = state
        .edges
        .values()
        .filter(|edge| edge.child == *address && edge.royalty_ppm > 0)
        .map(|edge| (edge.table_index, edge.parent, edge.royalty_ppm))
        .collect();
    owed.sort();
    let sum: u64 = owed.iter().map(|(_, _, ppm)| u64::from(*ppm)).sum();
    holds!(
        sum == u64::from(listing.royalty_ppm) && owed.len() == usize::from(listing.royalty_parents),
        "{address} owes {} ppm to {} parents, its edges say {owed:?}",
        listing.royalty_ppm,
        listing.royalty_parents
    );
    let unclaimed_bears = listing.claimed == 0 && (sum > 0 || listing.derivative_royalty_ppm > 0);
    holds!(
        !unclaimed_bears,
        "{address} is unclaimed and owes or earns royalties"
    );
    let table = state
        .tables
        .values()
        .find(|table| table.listing == *address && table.generation == listing.generation);
    let entries: Vec<_> = table
        .iter()
        .flat_map(|table| table.entries.iter().zip(0u8..).take(usize::from(table.len)))
        .map(|(entry, index)| (index, entry.parent, entry.ppm))
        .collect();
    holds!(
        entries == owed,
        "{address}'s table says {entries:?}, its edges {owed:?}"
    );
    Ok(())
}

/// Parents with what they are owed, and the table in force.
fn lineage_of(state: &State, listing: &Pubkey) -> (BTreeSet<(Pubkey, u8, u32)>, u16, u32) {
    let edges = state.edges.values().filter(|edge| edge.child == *listing);
    let parents = edges
        .map(|edge| (edge.parent, edge.relation, edge.royalty_ppm))
        .collect();
    let found = state.listings.get(listing);
    let (generation, ppm) = found.map_or((0, 0), |found| (found.generation, found.royalty_ppm));
    (parents, generation, ppm)
}
