//! The index.

use std::collections::BTreeMap;

use crate::{Address, Answer, Listing, Request, scan};

/// All listings, ready to be searched.
#[derive(Debug, Default)]
pub struct Index {
    listings: BTreeMap<Address, (Listing, u64)>,
}

impl Index {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a listing as it now is in the place of what it was. `change` comes back with its hits.
    pub fn put(&mut self, listing: Listing, change: u64) {
        self.listings.insert(listing.address, (listing, change));
    }

    /// Forgets a listing. Those that descend from it do so on.
    pub fn remove(&mut self, address: &Address) {
        self.listings.remove(address);
    }

    pub fn search(&self, request: &Request) -> Answer {
        let listings: Vec<_> = self.listings.values().cloned().collect();
        scan(&listings, request)
    }

    /// Number of listings.
    pub fn len(&self) -> usize {
        self.listings.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that it takes, about.
    pub fn memory(&self) -> usize {
        self.len().saturating_mul(1_000)
    }
}
