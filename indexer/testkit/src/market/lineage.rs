//! Edges, royalty tables, and what rulings change of them.

use bytemuck::Zeroable;
use listing::{
    events as le,
    state::{Edge, Listing, RoyaltyEntry, RoyaltyTable, edge_status, relation},
};
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::Market;

/// Where an edge bears no royalty.
const NO_ENTRY: u8 = 255;

impl Market {
    pub fn add_edge(&mut self, child: &Pubkey, parent: &Pubkey, ppm: u32) -> Event {
        let slot = self.slot;
        let (old, listing) = self.change(child, |listing| {
            listing.edges += 1;
            listing.royalty_ppm += ppm;
            listing.royalty_parents += u8::from(ppm > 0);
        });
        let mut state = Edge {
            layout: 1,
            relation: relation::ADAPTED_FROM,
            status: edge_status::CLAIMED,
            table_index: 255,
            index: old.edges,
            royalty_ppm: ppm,
            parent_version: 1,
            seq: 1,
            born_slot: slot,
            created_at: 1_700_000_000,
            child: *child,
            parent: *parent,
            ..Edge::zeroed()
        };
        let mut head = le::EdgeHead {
            address: pda::edge(child, parent).0,
            listing_seq: listing.seq,
            listing_born_slot: listing.born_slot,
            updated_slot: slot,
            listing_edges: listing.edges,
            old_listing_edges: old.edges,
            listing_royalty_ppm: listing.royalty_ppm,
            old_listing_royalty_ppm: old.royalty_ppm,
            listing_royalty_parents: listing.royalty_parents,
            ..le::EdgeHead::zeroed()
        };
        if ppm > 0 {
            let address = pda::royalties(child, 0).0;
            let table = self.tables.entry(address).or_insert(RoyaltyTable {
                layout: 1,
                born_slot: slot,
                listing: *child,
                ..RoyaltyTable::zeroed()
            });
            let entry = RoyaltyEntry {
                parent: *parent,
                ppm,
                ..RoyaltyEntry::zeroed()
            };
            table.entries[usize::from(table.len)] = entry;
            state.table_index = table.len;
            table.len += 1;
            table.seq += 1;
            table.total_ppm += ppm;
            (head.table, head.table_seq, head.table_born_slot) =
                (address, table.seq, table.born_slot);
            (head.table_len, head.entry) = (table.len, entry);
        }
        self.edges.insert(head.address, state);
        Event::EdgeAdded(Box::new(le::EdgeAddedV1 { head, state }))
    }

    /// Proves an edge by a manifest of this root.
    pub fn prove_edge(&mut self, child: &Pubkey, parent: &Pubkey, root: [u8; 32]) -> Event {
        let address = pda::edge(child, parent).0;
        let proved_version = self.listings[parent].version;
        let edge = self.edges.get_mut(&address).unwrap();
        let old_status = edge.status.into();
        edge.status = edge_status::PROVED;
        edge.seq += 1;
        (edge.manifest_root, edge.proved_slot) = (root, self.slot);
        edge.proved_version = proved_version;
        let head = le::EdgeProvedHead {
            address,
            old_status,
        };
        Event::EdgeProved(Box::new(le::EdgeProvedV1 { head, state: *edge }))
    }

    /// Takes the last edge off a draft again.
    pub fn remove_edge(&mut self, child: &Pubkey, parent: &Pubkey) -> Event {
        let slot = self.slot;
        let address = pda::edge(child, parent).0;
        let mut state = self.edges.remove(&address).unwrap();
        state.advance().unwrap();
        let mut head = le::EdgeHead {
            address,
            updated_slot: slot,
            ..le::EdgeHead::zeroed()
        };
        let mut left = None;
        if state.table_index != NO_ENTRY {
            let address = pda::royalties(child, 0).0;
            let table = self.tables.get_mut(&address).unwrap();
            head.entry = table.pop(parent).unwrap();
            (head.table, head.table_seq, head.table_born_slot) =
                (address, table.seq, table.born_slot);
            head.table_len = table.len;
            left = Some((table.len, table.total_ppm));
        }
        let (old, listing) = self.change(child, |listing| {
            listing.edges = state.index;
            if let Some((parents, ppm)) = left {
                (listing.royalty_parents, listing.royalty_ppm) = (parents, ppm);
            }
        });
        (head.listing_seq, head.listing_born_slot) = (listing.seq, listing.born_slot);
        (head.listing_edges, head.old_listing_edges) = (listing.edges, old.edges);
        (head.listing_royalty_ppm, head.old_listing_royalty_ppm) =
            (listing.royalty_ppm, old.royalty_ppm);
        head.listing_royalty_parents = listing.royalty_parents;
        Event::EdgeRemoved(Box::new(le::EdgeRemovedV1 { head, state }))
    }

    /// Closes a draft's royalty table, which is empty.
    pub fn close_royalty_table(&mut self, listing: &Pubkey) -> Event {
        let address = pda::royalties(listing, 0).0;
        let mut state = self.tables.remove(&address).unwrap();
        assert_eq!(state.len, 0);
        state.touch().unwrap();
        let head = le::ClosedHead {
            address,
            ..le::ClosedHead::zeroed()
        };
        Event::RoyaltyTableClosed(Box::new(le::RoyaltyTableClosedV1 { head, state }))
    }

    /// Carries a ruling out that an edge is false.
    pub fn revoke_edge(&mut self, child: &Pubkey, parent: &Pubkey) -> Event {
        let address = pda::edge(child, parent).0;
        let edge = self.edges.get_mut(&address).unwrap();
        let (old_status, index) = (edge.status, edge.table_index);
        edge.status = edge_status::REVOKED;
        edge.royalty_ppm = 0;
        edge.table_index = NO_ENTRY;
        edge.advance().unwrap();
        let state = *edge;
        let (mut moved, mut table) = (None, None);
        let left = self.listings[child].royalty_parents.saturating_sub(1);
        if index != NO_ENTRY {
            moved = self.move_last_entry(child, left, index);
        }
        // Without any entry there is no table of the next generation.
        if index != NO_ENTRY && left > 0 {
            let (address, mut next) = self.next_table(child);
            next.swap_remove(index).unwrap();
            self.tables.insert(address, next);
            table = Some((address, next));
        }
        let head = self.ruled(child, address, old_status, table, moved, |listing| {
            if index != NO_ENTRY {
                listing.generation += 1;
                listing.royalty_parents = left;
                listing.royalty_ppm = table.map_or(0, |(_, table)| table.total_ppm);
            }
        });
        Event::EdgeRevoked(Box::new(le::EdgeRevokedV1 { head, state }))
    }

    /// Carries a ruling out that an edge was missing.
    pub fn rule_edge(&mut self, child: &Pubkey, parent: &Pubkey, relation: u8) -> Event {
        let (of, parents) = (self.listings[child], self.listings[parent]);
        let ppm = of.ruled_royalty(&parents, self.settings.listing.default_royalty_ppm);
        let address = pda::edge(child, parent).0;
        let mut state = Edge {
            layout: 1,
            relation,
            status: edge_status::RULED,
            table_index: NO_ENTRY,
            index: of.edges,
            royalty_ppm: ppm,
            parent_version: parents.version,
            seq: 1,
            born_slot: self.slot,
            created_at: self.now(),
            child: *child,
            parent: *parent,
            ..Edge::zeroed()
        };
        let mut table = None;
        if ppm > 0 {
            let (address, mut next) = self.next_table(child);
            state.table_index = next.push(*parent, ppm).unwrap();
            self.tables.insert(address, next);
            table = Some((address, next));
        }
        self.edges.insert(address, state);
        let head = self.ruled(child, address, 0, table, None, |listing| {
            listing.edges += 1;
            if let Some((_, table)) = table {
                listing.generation = table.generation;
                listing.royalty_parents = table.len;
                listing.royalty_ppm = table.total_ppm;
            }
        });
        Event::EdgeRuled(Box::new(le::EdgeRuledV1 { head, state }))
    }

    /// The edge of the last entry takes the place of one that goes.
    fn move_last_entry(&mut self, child: &Pubkey, last: u8, to: u8) -> Option<(Pubkey, Edge)> {
        let mut edges = self.edges.iter_mut();
        let (address, edge) =
            edges.find(|(_, edge)| edge.child == *child && edge.table_index == last)?;
        edge.table_index = to;
        edge.advance().unwrap();
        Some((*address, *edge))
    }

    /// The royalty table of the next generation, with the entries of the one in force.
    fn next_table(&self, child: &Pubkey) -> (Pubkey, RoyaltyTable) {
        let generation = self.listings[child].generation;
        let mut next = RoyaltyTable {
            layout: 1,
            generation: generation + 1,
            born_slot: self.slot,
            listing: *child,
            ..RoyaltyTable::zeroed()
        };
        if let Some(old) = self.tables.get(&pda::royalties(child, generation).0) {
            next.inherit(old);
        }
        (pda::royalties(child, generation + 1).0, next)
    }

    /// What a ruling changed: the child, its next table, and the edge of the entry that moved.
    fn ruled(
        &mut self,
        child: &Pubkey,
        edge: Pubkey,
        old_status: u8,
        table: Option<(Pubkey, RoyaltyTable)>,
        moved: Option<(Pubkey, Edge)>,
        change: impl FnOnce(&mut Listing),
    ) -> le::RuledHead {
        let (old, listing) = self.change(child, change);
        let (table_address, table) = table.unwrap_or((Pubkey::default(), RoyaltyTable::zeroed()));
        let (moved_address, moved) = moved.unwrap_or((Pubkey::default(), Edge::zeroed()));
        le::RuledHead {
            address: edge,
            dispute: pda::dispute(&edge, 1).0,
            listing_seq: listing.seq,
            listing_born_slot: listing.born_slot,
            updated_slot: listing.updated_slot,
            listing_royalty_ppm: listing.royalty_ppm,
            old_listing_royalty_ppm: old.royalty_ppm,
            listing_edges: listing.edges,
            listing_generation: listing.generation,
            old_listing_generation: old.generation,
            listing_royalty_parents: listing.royalty_parents,
            old_status,
            table_address,
            moved_address,
            table,
            moved,
        }
    }
}
