//! What the programs would emit: listings, lineage, profiles, orders; positions and epochs; disputes; proposals.

mod court;
mod governance;
mod lineage;
mod orders;
mod pools;
mod proposals;
mod rewards;
mod running;
mod sessions;
mod slashing;
mod wallets;

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use common::text;
use escrow::state::{Order, Session};
use listing::{
    events as le,
    state::{Edge, LicenseGrant, Listing, PriceTerm, Profile, Review, RoyaltyTable, kind, status},
};
use pedigree_sdk::{
    accounts::{self, EntityKind},
    events::Event,
    pda,
};
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
    grants: BTreeMap<Pubkey, LicenseGrant>,
    pools: BTreeMap<Pubkey, pools::Pool>,
    settings: governance::Settings,
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

    /// The accounts that events change in part: whatever was folded has to be these, byte for byte.
    pub fn patched(&self) -> Vec<(EntityKind, Pubkey, Vec<u8>)> {
        fn bytes<T: accounts::Account>(
            all: &BTreeMap<Pubkey, T>,
        ) -> impl Iterator<Item = (EntityKind, Pubkey, Vec<u8>)> {
            all.iter()
                .map(|(address, state)| (T::KIND, *address, accounts::to_bytes(state)))
        }
        bytes(&self.listings)
            .chain(bytes(&self.tables))
            .chain(bytes(self.court.disputes()))
            .collect()
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
        let (head, state) = self.change_status(address, status::PAUSED);
        Event::ListingPaused(Box::new(le::ListingPausedV1 { head, state }))
    }

    pub fn resume(&mut self, address: &Pubkey) -> Event {
        let (head, state) = self.change_status(address, status::ACTIVE);
        Event::ListingResumed(Box::new(le::ListingResumedV1 { head, state }))
    }

    pub fn retire(&mut self, address: &Pubkey) -> Event {
        let (head, state) = self.change_status(address, status::RETIRED);
        Event::ListingRetired(Box::new(le::ListingRetiredV1 { head, state }))
    }

    fn change_status(&mut self, address: &Pubkey, to: u8) -> (le::StatusHead, Listing) {
        let (old, state) = self.change(address, |listing| listing.status = to);
        let head = le::StatusHead {
            address: *address,
            old_status: old.status.into(),
        };
        (head, state)
    }

    /// Suspends a listing, with the ruling of its `number`th dispute carried out or, for 0, by a vote.
    pub fn suspend(&mut self, address: &Pubkey, number: u16) -> Event {
        let (old, state) = self.change(address, |listing| {
            listing.status = status::SUSPENDED;
            listing.last_ruling = listing.last_ruling.max(number);
        });
        let dispute = match number {
            0 => Pubkey::default(),
            _ => pda::dispute(address, number).0,
        };
        let head = le::SuspendedHead {
            address: *address,
            dispute,
            old_status: old.status.into(),
            old_last_ruling: old.last_ruling.into(),
        };
        Event::ListingSuspended(Box::new(le::ListingSuspendedV1 { head, state }))
    }

    /// Restores a suspended listing by a vote: then it is paused.
    pub fn restore(&mut self, address: &Pubkey) -> Event {
        let (old, state) = self.change(address, |listing| listing.status = status::PAUSED);
        let head = le::StatusHead {
            address: *address,
            old_status: old.status.into(),
        };
        Event::ListingRestored(Box::new(le::ListingRestoredV1 { head, state }))
    }

    /// Another price of the first term.
    pub fn reprice(&mut self, address: &Pubkey, price: u64) -> Event {
        let (old, state) = self.change(address, |listing| listing.terms[0].price = price);
        let head = le::TermsHead {
            address: *address,
            old_terms_len: old.terms_len.into(),
            old_terms: old.terms,
        };
        Event::TermsUpdated(Box::new(le::TermsUpdatedV1 { head, state }))
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
}
