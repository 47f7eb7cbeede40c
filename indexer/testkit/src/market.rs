//! What the programs would emit: listings, lineage, profiles, orders; positions and epochs; disputes; proposals.

mod court;
mod proposals;
mod rewards;

use std::collections::BTreeMap;

use bytemuck::{Zeroable, bytes_of_mut};
use common::{receipt, text};
use escrow::{
    events as ee,
    state::{Order, Session},
};
use listing::{
    events as le,
    state::{
        Edge, Listing, PriceTerm, Profile, Review, RoyaltyEntry, RoyaltyTable, edge_status, kind,
        relation, status,
    },
};
use pedigree_sdk::{court::LAST_RULING, events::Event, pda, programs::TOKEN};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use crate::chain::hash;

pub const MINT: Pubkey = Pubkey::new_from_array([77; 32]);

/// Entities as their accounts are after the events given out so far.
#[derive(Clone, Debug, Default)]
pub struct Market {
    pub slot: u64,
    listings: BTreeMap<Pubkey, Listing>,
    edges: BTreeMap<Pubkey, Edge>,
    tables: BTreeMap<Pubkey, RoyaltyTable>,
    reviews: BTreeMap<Pubkey, Review>,
    profiles: BTreeMap<Pubkey, Profile>,
    orders: BTreeMap<Pubkey, Order>,
    sessions: BTreeMap<Pubkey, Session>,
    rewards: rewards::Rewards,
    court: court::Court,
    proposals: proposals::Proposals,
}

/// The key of somebody.
pub fn key(name: &str) -> Pubkey {
    Pubkey::new_from_array(hash(name))
}

/// What a new listing is like.
pub struct New<'a> {
    pub publisher: &'a str,
    pub key: &'a str,
    pub name: &'a str,
    pub kind: u8,
    pub license: &'a str,
    pub manifest: &'a [u8],
    pub uri: &'a str,
    pub price: u64,
}

impl Default for New<'_> {
    fn default() -> Self {
        Self {
            publisher: "alice",
            key: "model/a",
            name: "a",
            kind: kind::MODEL,
            license: "mit",
            manifest: b"{}",
            uri: "cas:sha256",
            price: 1_000_000,
        }
    }
}

fn put(field: &mut [u8], value: &str) {
    text::write(field, value.as_bytes()).unwrap();
}

/// What a ruling that changes no royalty says of the listing.
fn ruled(address: Pubkey, dispute: Pubkey, listing: &Listing) -> le::RuledHead {
    le::RuledHead {
        address,
        dispute,
        listing_seq: listing.seq,
        listing_born_slot: listing.born_slot,
        updated_slot: listing.updated_slot,
        listing_royalty_ppm: listing.royalty_ppm,
        old_listing_royalty_ppm: listing.royalty_ppm,
        listing_edges: listing.edges,
        listing_generation: listing.generation,
        old_listing_generation: listing.generation,
        listing_royalty_parents: listing.royalty_parents,
        ..le::RuledHead::zeroed()
    }
}

impl Market {
    pub fn at(slot: u64) -> Self {
        Self {
            slot,
            ..Self::default()
        }
    }

    /// The chain's time, in Unix seconds.
    fn now(&self) -> i64 {
        1_700_000_000 + i64::try_from(self.slot).unwrap()
    }

    pub fn listing(&self, address: &Pubkey) -> Listing {
        self.listings[address]
    }

    pub fn order(&self, address: &Pubkey) -> Order {
        self.orders[address]
    }

    pub fn review(&self, address: &Pubkey) -> Review {
        self.reviews[address]
    }

    pub fn profile(&mut self, publisher: &str, name: &str) -> Event {
        let publisher = key(publisher);
        let address = pda::profile(&publisher).0;
        let old = self.profiles.get(&address).copied();
        let mut state = old.unwrap_or(Profile {
            layout: 1,
            publisher,
            ..Profile::zeroed()
        });
        state.seq += 1;
        put(&mut state.name, name);
        self.profiles.insert(address, state);
        match old {
            None => Event::ProfileCreated(Box::new(le::ProfileCreatedV1 {
                head: le::EntityHead { address },
                state,
            })),
            Some(old) => Event::ProfileUpdated(Box::new(le::ProfileUpdatedV1 {
                head: le::ProfileHead { address, old },
                state,
            })),
        }
    }

    pub fn register(&mut self, new: &New<'_>) -> (Pubkey, Event) {
        let publisher = key(new.publisher);
        let listing_key: [u8; 32] = Sha256::digest(new.key).into();
        let address = pda::listing(&publisher, &listing_key).0;
        let mut state = Listing {
            layout: 1,
            kind: new.kind,
            status: status::DRAFT,
            derivatives: 1,
            claimed: 1,
            version: 1,
            seq: 1,
            born_slot: self.slot,
            updated_slot: self.slot,
            created_at: 1_700_000_000 + i64::try_from(self.slot).unwrap(),
            publisher,
            key: listing_key,
            authority: publisher,
            payout: publisher,
            manifest_hash: Sha256::digest(new.manifest).into(),
            ..Listing::zeroed()
        };
        put(&mut state.name, new.name);
        put(&mut state.uri, new.uri);
        put(&mut state.license, new.license);
        if new.price > 0 {
            let mut term = PriceTerm {
                mode: 1,
                decimals: 6,
                price: new.price,
                mint: MINT,
                ..PriceTerm::zeroed()
            };
            put(&mut term.unit, "copy");
            state.terms[0] = term;
            state.terms_len = 1;
        }
        self.listings.insert(address, state);
        let head = le::EntityHead { address };
        (
            address,
            Event::ListingRegistered(Box::new(le::ListingRegisteredV1 { head, state })),
        )
    }

    /// Changes a listing, and gives its state after it.
    fn change(
        &mut self,
        address: &Pubkey,
        change: impl FnOnce(&mut Listing),
    ) -> (Listing, Listing) {
        let slot = self.slot;
        let listing = self.listings.get_mut(address).unwrap();
        let old = *listing;
        listing.seq += 1;
        listing.updated_slot = slot;
        change(listing);
        (old, *listing)
    }

    pub fn activate(&mut self, address: &Pubkey) -> Event {
        let slot = self.slot;
        let (old, state) = self.change(address, |listing| {
            listing.status = status::ACTIVE;
            listing.activated_slot = slot;
        });
        let head = le::StatusHead {
            address: *address,
            old_status: old.status.into(),
        };
        Event::ListingActivated(Box::new(le::ListingActivatedV1 { head, state }))
    }

    pub fn pause(&mut self, address: &Pubkey) -> Event {
        let (old, state) = self.change(address, |listing| listing.status = status::PAUSED);
        let head = le::StatusHead {
            address: *address,
            old_status: old.status.into(),
        };
        Event::ListingPaused(Box::new(le::ListingPausedV1 { head, state }))
    }

    pub fn discard(&mut self, address: &Pubkey) -> Event {
        let (_, state) = self.change(address, |_| ());
        self.listings.remove(address);
        let head = le::ClosedHead {
            address: *address,
            ..le::ClosedHead::zeroed()
        };
        Event::DraftDiscarded(Box::new(le::DraftDiscardedV1 { head, state }))
    }

    pub fn publish(&mut self, address: &Pubkey, manifest: &[u8], uri: &str) -> Event {
        let (old, state) = self.change(address, |listing| {
            listing.version += 1;
            listing.manifest_hash = Sha256::digest(manifest).into();
            put(&mut listing.uri, uri);
        });
        let head = le::VersionHead {
            address: *address,
            old_version: old.version.into(),
            old_manifest_hash: old.manifest_hash,
            old_content_hash: old.content_hash,
            old_uri: old.uri,
        };
        Event::VersionPublished(Box::new(le::VersionPublishedV1 { head, state }))
    }

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

    /// A ruling that an edge without royalty is false, carried out.
    pub fn revoke_edge(&mut self, child: &Pubkey, parent: &Pubkey, dispute: &Pubkey) -> Event {
        let address = pda::edge(child, parent).0;
        let (_, listing) = self.change(child, |_| ());
        let edge = self.edges.get_mut(&address).unwrap();
        let old_status = edge.status;
        edge.status = edge_status::REVOKED;
        edge.seq += 1;
        let head = le::RuledHead {
            old_status,
            ..ruled(address, *dispute, &listing)
        };
        Event::EdgeRevoked(Box::new(le::EdgeRevokedV1 { head, state: *edge }))
    }

    /// A ruling that an edge is missing, carried out without a royalty.
    pub fn rule_edge(&mut self, child: &Pubkey, parent: &Pubkey, dispute: &Pubkey) -> Event {
        let address = pda::edge(child, parent).0;
        let (old, listing) = self.change(child, |listing| listing.edges += 1);
        let state = Edge {
            layout: 1,
            relation: relation::ADAPTED_FROM,
            status: edge_status::RULED,
            table_index: 255,
            index: old.edges,
            parent_version: self.listings[parent].version,
            seq: 1,
            born_slot: self.slot,
            created_at: self.now(),
            child: *child,
            parent: *parent,
            ..Edge::zeroed()
        };
        self.edges.insert(address, state);
        let head = ruled(address, *dispute, &listing);
        Event::EdgeRuled(Box::new(le::EdgeRuledV1 { head, state }))
    }

    /// Suspends a listing, with the ruling of its `number`th dispute carried out, or restores it: then it is paused. What the
    /// index reads of it is the state; the event that brings it does not matter.
    pub fn set_suspended(&mut self, address: &Pubkey, ruling: Option<u16>) -> Event {
        let (old, state) = self.change(address, |listing| match ruling {
            Some(number) => {
                listing.status = status::SUSPENDED;
                let kept = &mut bytes_of_mut(listing)[LAST_RULING];
                kept.copy_from_slice(&number.to_le_bytes());
            }
            None => listing.status = status::PAUSED,
        });
        let head = le::StatusHead {
            address: *address,
            old_status: old.status.into(),
        };
        Event::ListingPaused(Box::new(le::ListingPausedV1 { head, state }))
    }

    /// The buyer's review of an order.
    pub fn post_review(&mut self, order: &Pubkey, rating: u8) -> (Pubkey, Event) {
        let of = self.orders[order].head;
        let address = pda::review(&of.listing, order, of.born_slot);
        let state = Review {
            layout: 1,
            rating,
            version: of.version,
            seq: 1,
            created_at: 1_700_000_200 + i64::try_from(self.slot).unwrap(),
            order_born_slot: of.born_slot,
            listing: of.listing,
            order: *order,
            reviewer: of.buyer,
            rent_payer: of.buyer,
            hash: hash("words"),
            ..Review::zeroed()
        };
        self.reviews.insert(address, state);
        let (_, listing) = self.change(&of.listing, |listing| {
            listing.reviews += 1;
            listing.rating_sum += u64::from(rating);
        });
        let head = le::ReviewHead {
            address,
            old_rating: 0,
            old_hash: [0; 32],
            listing,
        };
        (
            address,
            Event::ReviewPosted(Box::new(le::ReviewPostedV1 { head, state })),
        )
    }

    pub fn edit_review(&mut self, address: &Pubkey, rating: u8) -> Event {
        let old = self.reviews[address];
        let state = Review {
            rating,
            edits: 1,
            seq: old.seq + 1,
            edited_at: old.created_at + 60,
            hash: hash("other words"),
            ..old
        };
        self.reviews.insert(*address, state);
        let (_, listing) = self.change(&old.listing, |listing| {
            listing.rating_sum += u64::from(rating);
            listing.rating_sum -= u64::from(old.rating);
        });
        let head = le::ReviewHead {
            address: *address,
            old_rating: old.rating.into(),
            old_hash: old.hash,
            listing,
        };
        Event::ReviewEdited(Box::new(le::ReviewEditedV1 { head, state }))
    }

    /// Sets the escrow program up.
    pub fn escrow_config(&self, fee_ppm: u32) -> Event {
        let state = escrow::state::Config {
            layout: 1,
            seq: 1,
            fee_ppm,
            ..escrow::state::Config::zeroed()
        };
        let head = ee::EntityHead {
            address: pda::escrow_config().0,
        };
        Event::EscrowConfigInitialized(Box::new(ee::ConfigInitializedV1 { head, state }))
    }

    /// Allows orders in [`MINT`].
    pub fn mint(&self, max_deposit: u64) -> Event {
        let state = escrow::state::MintConfig {
            layout: 1,
            enabled: 1,
            decimals: 6,
            seq: 1,
            max_deposit,
            mint: MINT,
            ..escrow::state::MintConfig::zeroed()
        };
        let head = ee::EntityHead {
            address: pda::mint_config(&MINT).0,
        };
        Event::MintAllowed(Box::new(ee::MintAllowedV1 { head, state }))
    }

    /// An order of one unit of a listing's first term.
    pub fn open_order(&mut self, buyer: &str, listing: &Pubkey, number: u8) -> (Pubkey, Event) {
        let (of, buyer) = (self.listings[listing], key(buyer));
        let idempotency = [number; 16];
        let address = pda::order(&buyer, &idempotency).0;
        let state = Order {
            head: receipt::ReceiptHead {
                layout: 1,
                mode: receipt::mode::ONE_TIME,
                state: receipt::state::FUNDED,
                decimals: 6,
                version: of.version,
                royalty_ppm: of.royalty_ppm,
                fee_ppm: 25_000,
                seq: 1,
                born_slot: self.slot,
                key: idempotency,
                buyer,
                listing: *listing,
                ..receipt::ReceiptHead::zeroed()
            },
            seller: of.authority,
            payee: of.payout,
            mint: MINT,
            quantity: 1,
            price: of.terms[0].price,
            deposited: of.terms[0].price,
            opened_at: 1_700_000_000,
            valid_until: 1_700_086_400,
            deliver_by: 1_700_003_600,
            ..Order::zeroed()
        };
        self.orders.insert(address, state);
        let head = ee::OrderHead {
            address,
            old_state: 0,
        };
        (
            address,
            Event::OrderOpened(Box::new(ee::OrderOpenedV1 { head, state })),
        )
    }

    pub fn deliver_order(&mut self, address: &Pubkey) -> Event {
        let order = self.orders.get_mut(address).unwrap();
        let old_state = order.head.state.into();
        order.head.state = receipt::state::DELIVERED;
        order.head.seq += 1;
        order.content_hash = hash("content");
        order.delivered_at = order.opened_at + 60;
        order.settle_after = order.delivered_at + 60;
        let head = ee::OrderHead {
            address: *address,
            old_state,
        };
        Event::OrderDelivered(Box::new(ee::OrderDeliveredV1 {
            head,
            state: *order,
        }))
    }

    pub fn settle_order(&mut self, address: &Pubkey) -> Event {
        self.settle_rest(address, 0)
    }

    /// Settles what is left of an order of which the seller gave a part back.
    pub fn settle_rest(&mut self, address: &Pubkey, refunded: u64) -> Event {
        let order = self.orders.get_mut(address).unwrap();
        let old_state = order.head.state.into();
        order.head.state = receipt::state::SETTLED;
        order.head.seq += 1;
        let rest = order.deposited - refunded;
        order.fee_paid = rest / 40;
        order.paid = rest - order.fee_paid;
        order.refunded = refunded;
        order.closed_at = 1_700_000_100;
        let head = ee::PayoutHead {
            address: *address,
            old_state,
            paid: order.paid,
            fee: order.fee_paid,
            ..ee::PayoutHead::zeroed()
        };
        Event::OrderSettled(Box::new(ee::OrderSettledV1 {
            head,
            state: *order,
        }))
    }

    pub fn close_order(&mut self, address: &Pubkey) -> Event {
        let mut state = self.orders.remove(address).unwrap();
        state.head.seq += 1;
        let head = ee::ClosedHead {
            address: *address,
            ..ee::ClosedHead::zeroed()
        };
        Event::OrderClosed(Box::new(ee::OrderClosedV1 { head, state }))
    }

    /// A session of `owner` that `by` spends with.
    pub fn open_session(&mut self, owner: &str, by: &str) -> (Pubkey, Event) {
        let (owner, by) = (key(owner), key(by));
        let address = pda::session(&owner, &by).0;
        let state = Session {
            layout: 1,
            decimals: 6,
            seq: 1,
            born_slot: self.slot,
            expires_at: 1_700_086_400,
            owner,
            key: by,
            mint: MINT,
            vault: pda::vault(&address, &TOKEN),
            ..Session::zeroed()
        };
        self.sessions.insert(address, state);
        let head = ee::EntityHead { address };
        (
            address,
            Event::SessionOpened(Box::new(ee::SessionOpenedV1 { head, state })),
        )
    }

    pub fn close_session(&mut self, address: &Pubkey) -> Event {
        let mut state = self.sessions.remove(address).unwrap();
        state.seq += 1;
        let head = ee::SessionClosedHead {
            address: *address,
            ..ee::SessionClosedHead::zeroed()
        };
        Event::SessionClosed(Box::new(ee::SessionClosedV1 { head, state }))
    }
}
