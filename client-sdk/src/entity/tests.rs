use std::collections::HashMap;

use listing::{
    events as le,
    state::{Edge, Listing, RoyaltyTable},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    events::{Event, decode},
    pda,
    programs::LISTING,
};

/// A publisher's draft as the program would keep it, and the events that the program would emit of it.
struct Model {
    rng: StdRng,
    slot: u64,
    address: Pubkey,
    listing: Listing,
    edges: Vec<(Pubkey, Edge)>,
    table: Option<(Pubkey, RoyaltyTable)>,
}

impl Model {
    fn register(mut rng: StdRng, slot: u64, address: Pubkey) -> (Self, Event) {
        let mut listing = Listing::zeroed();
        rng.fill(&mut listing.name[..]);
        rng.fill(&mut listing.manifest_hash[..]);
        listing.layout = Listing::LAYOUT;
        (listing.born_slot, listing.updated_slot, listing.seq) = (slot, slot, 1);
        let event = Event::ListingRegistered(Box::new(le::ListingRegisteredV1 {
            head: le::EntityHead { address },
            state: listing,
        }));
        (
            Self {
                rng,
                slot,
                address,
                listing,
                edges: Vec::new(),
                table: None,
            },
            event,
        )
    }

    /// Head of an edge's event, after the listing, and the table where there is one, were changed.
    fn head(
        &self,
        address: Pubkey,
        before: &Listing,
        entry: RoyaltyEntry,
        with_table: bool,
    ) -> le::EdgeHead {
        let mut head = le::EdgeHead {
            address,
            listing_seq: self.listing.seq,
            listing_born_slot: self.listing.born_slot,
            updated_slot: self.listing.updated_slot,
            listing_edges: self.listing.edges,
            old_listing_edges: before.edges,
            listing_royalty_ppm: self.listing.royalty_ppm,
            old_listing_royalty_ppm: before.royalty_ppm,
            listing_royalty_parents: self.listing.royalty_parents,
            entry,
            ..le::EdgeHead::zeroed()
        };
        if let Some((table, state)) = self.table.filter(|_| with_table) {
            (head.table, head.table_seq, head.table_born_slot) =
                (table, state.seq, state.born_slot);
            (head.table_bump, head.table_len, head.table_rent_payer) =
                (state.bump, state.len, state.rent_payer);
        }
        head
    }

    fn add_edge(&mut self) -> Event {
        let parent = Pubkey::new_from_array(self.rng.random());
        let bears = self.listing.royalty_parents < 16 && self.rng.random_bool(0.6);
        let before = self.listing;
        let ppm = if bears {
            self.rng.random_range(1..50_000)
        } else {
            0
        };
        let mut entry = RoyaltyEntry::zeroed();
        let mut edge = Edge {
            parent,
            child: self.address,
            royalty_ppm: ppm,
            ..Edge::zeroed()
        };
        (edge.layout, edge.seq, edge.born_slot) = (Edge::LAYOUT, 1, self.slot);
        (edge.index, edge.table_index) = (self.listing.edges, 255);
        if bears {
            (entry.parent, entry.ppm) = (parent, ppm);
            let (_, table) = self.table.get_or_insert_with(|| {
                let mut table = RoyaltyTable {
                    listing: self.address,
                    ..RoyaltyTable::zeroed()
                };
                (table.layout, table.bump, table.born_slot) =
                    (RoyaltyTable::LAYOUT, 254, self.slot);
                table.rent_payer = Pubkey::new_from_array([9; 32]);
                (pda::royalties(&self.address, 0).0, table)
            });
            edge.table_index = table.len;
            table.entries[usize::from(table.len)] = entry;
            (table.len, table.seq, table.total_ppm) =
                (table.len + 1, table.seq + 1, table.total_ppm + ppm);
        }
        self.touch(1, i32::from(bears), ppm as i32);
        let address = pda::edge(&self.address, &parent).0;
        self.edges.push((address, edge));
        let head = self.head(address, &before, entry, bears);
        Event::EdgeAdded(Box::new(le::EdgeAddedV1 { head, state: edge }))
    }

    fn remove_edge(&mut self) -> Option<Event> {
        let (address, mut edge) = self.edges.pop()?;
        let before = self.listing;
        let bears = edge.table_index != 255;
        let mut removed = RoyaltyEntry::zeroed();
        if let Some((_, table)) = self.table.as_mut().filter(|_| bears) {
            table.len -= 1;
            removed = std::mem::replace(
                &mut table.entries[usize::from(table.len)],
                RoyaltyEntry::zeroed(),
            );
            (table.seq, table.total_ppm) = (table.seq + 1, table.total_ppm - edge.royalty_ppm);
        }
        self.touch(-1, -i32::from(bears), -(edge.royalty_ppm as i32));
        edge.seq += 1;
        let head = self.head(address, &before, removed, bears);
        Some(Event::EdgeRemoved(Box::new(le::EdgeRemovedV1 {
            head,
            state: edge,
        })))
    }

    fn touch(&mut self, edges: i16, parents: i32, ppm: i32) {
        self.listing.seq += 1;
        self.listing.updated_slot = self.slot;
        self.listing.edges = self.listing.edges.wrapping_add_signed(edges);
        self.listing.royalty_parents = (i32::from(self.listing.royalty_parents) + parents) as u8;
        self.listing.royalty_ppm = self.listing.royalty_ppm.wrapping_add_signed(ppm);
    }

    fn activate(&mut self) -> Event {
        self.listing.seq += 1;
        self.listing.status = 2;
        self.listing.activated_slot = self.slot;
        let head = le::StatusHead {
            address: self.address,
            old_status: 1,
        };
        Event::ListingActivated(Box::new(le::ListingActivatedV1 {
            head,
            state: self.listing,
        }))
    }

    /// Every account as the chain would have it.
    fn accounts(&self) -> Vec<(Pubkey, Vec<u8>)> {
        let mut accounts = vec![(self.address, to_bytes(&self.listing))];
        accounts.extend(
            self.edges
                .iter()
                .map(|(address, edge)| (*address, to_bytes(edge))),
        );
        accounts.extend(
            self.table
                .iter()
                .map(|(address, table)| (*address, to_bytes(table))),
        );
        accounts
    }
}

/// Applies what an event says, as the indexer does: through the instruction's bytes.
fn apply(folded: &mut HashMap<Pubkey, Vec<u8>>, event: &Event) {
    let event = decode(&LISTING, &event.encode()).unwrap().unwrap();
    for change in event.entities() {
        let bytes = fold(folded.get(&change.address).map(Vec::as_slice), &change).unwrap();
        match change.change {
            Change::Closed(_) => folded.remove(&change.address),
            _ => folded.insert(change.address, bytes),
        };
    }
}

#[test]
fn folding_any_history_of_drafts_gives_the_accounts_byte_for_byte() {
    for seed in 0..200 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut folded = HashMap::new();
        let address = Pubkey::new_from_array(rng.random());
        let (mut model, registered) = Model::register(rng, 1000 + seed, address);
        apply(&mut folded, &registered);
        for _ in 0..60 {
            model.slot += 1;
            let event = if model.rng.random_bool(0.7) {
                Some(model.add_edge())
            } else {
                model.remove_edge()
            };
            if let Some(event) = event {
                apply(&mut folded, &event);
            }
            let expected: HashMap<_, _> = model.accounts().into_iter().collect();
            assert_eq!(folded, expected, "seed {seed}");
        }
        apply(&mut folded, &model.activate());
        assert_eq!(
            folded,
            model.accounts().into_iter().collect(),
            "seed {seed}"
        );
    }
}

#[test]
fn a_lost_or_repeated_edge_event_is_noticed() {
    let (mut model, registered) =
        Model::register(StdRng::seed_from_u64(1), 5, Pubkey::new_unique());
    let mut folded = HashMap::new();
    apply(&mut folded, &registered);
    let (_lost, next) = (model.add_edge(), model.add_edge());
    let listing = next.entities()[1].clone();
    let bytes = &folded[&listing.address];
    assert!(matches!(
        fold(Some(bytes), &listing),
        Err(FoldError::OutOfOrder {
            seq: 3,
            found_seq: 1,
            ..
        })
    ));
    let (mut again, _) = Model::register(StdRng::seed_from_u64(2), 6, model.address);
    let reborn = again.add_edge().entities()[1].clone();
    assert!(matches!(
        fold(Some(bytes), &reborn),
        Err(FoldError::OutOfOrder {
            born_slot: 6,
            found_born_slot: 5,
            ..
        })
    ));
}
