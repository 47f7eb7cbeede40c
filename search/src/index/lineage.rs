//! Addresses by numbers, and which descends from which.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use roaring::RoaringBitmap;

use super::{
    rows::{Column, Rows},
    set::{Bits, Set},
    values::{Change, ordered},
};
use crate::{Address, deadline::Steps};

/// Each listing has a number; so has a parent that is no listing, or not yet.
#[derive(Debug, Default)]
pub struct Lineage {
    ids: HashTable<u32>,
    addresses: Column<Address>,
    /// Numbers that are no address's any more.
    free: Vec<u32>,
    next: u32,
    listed: RoaringBitmap,
    parents: Rows<u32>,
    children: Vec<Set>,
    hasher: DefaultHashBuilder,
}

impl Lineage {
    /// Numbers of all listings.
    pub fn listed(&self) -> &RoaringBitmap {
        &self.listed
    }

    pub fn address(&self, id: u32) -> Address {
        self.addresses.get(id)
    }

    /// The number of a listing.
    pub fn find(&self, address: &Address) -> Option<u32> {
        self.any(address).filter(|id| self.listed.contains(*id))
    }

    /// Of a listing or a parent.
    fn any(&self, address: &Address) -> Option<u32> {
        let is_it = |id: &u32| self.addresses.get(*id) == *address;
        self.ids.find(self.hasher.hash_one(address), is_it).copied()
    }

    /// Gives an address a number if it has none. It keeps it as long as it is a listing or a parent.
    fn intern(&mut self, address: &Address) -> u32 {
        if let Some(id) = self.any(address) {
            return id;
        }
        let id = self.free.pop().unwrap_or(self.next);
        self.next = self.next.max(id.saturating_add(1));
        self.addresses.set(id, *address);
        let (addresses, hasher) = (&self.addresses, &self.hasher);
        self.ids.insert_unique(hasher.hash_one(address), id, |id| {
            hasher.hash_one(addresses.get(*id))
        });
        id
    }

    /// Takes a listing with its parents as they are now.
    pub fn put(&mut self, address: &Address, parents: &[Address]) -> u32 {
        let id = self.intern(address);
        self.listed.insert(id);
        let parents = ordered(parents.iter().map(|parent| self.intern(parent)));
        self.set_parents(id, &parents);
        id
    }

    pub fn remove(&mut self, id: u32) {
        self.set_parents(id, &[]);
        self.listed.remove(id);
        self.release(id);
    }

    fn set_parents(&mut self, id: u32, parents: &[u32]) {
        let change = Change::between(self.parents.get(id), parents);
        if change.is_none() {
            return;
        }
        self.parents.set(id, parents);
        for parent in change.added {
            let index = parent as usize;
            if index >= self.children.len() {
                self.children
                    .resize_with(index.saturating_add(1), Set::default);
            }
            if let Some(children) = self.children.get_mut(index) {
                children.insert(id);
            }
        }
        for parent in change.removed {
            if let Some(children) = self.children.get_mut(parent as usize) {
                children.remove(id);
            }
            self.release(parent);
        }
    }

    fn release(&mut self, id: u32) {
        let is_parent = self
            .children
            .get(id as usize)
            .is_some_and(|children| !children.is_empty());
        if is_parent || self.listed.contains(id) {
            return;
        }
        let hash = self.hasher.hash_one(self.addresses.get(id));
        if let Ok(entry) = self.ids.find_entry(hash, |one| *one == id) {
            entry.remove();
            self.free.push(id);
        }
    }

    /// All that descend from an address, at any depth; itself not.
    pub fn descendants(&self, root: &Address) -> RoaringBitmap {
        let Some(root) = self.any(root) else {
            return RoaringBitmap::new();
        };
        let mut seen = Bits::default();
        seen.insert(root);
        let mut level = vec![root];
        let mut steps = Steps::default();
        while !level.is_empty() {
            // In the order of the memory that is read.
            level.sort_unstable();
            let mut next = Vec::new();
            for id in level {
                if steps.are_over() {
                    return RoaringBitmap::new();
                }
                if let Some(children) = self.children.get(id as usize) {
                    children.for_each(|child| {
                        if seen.insert(child) {
                            next.push(child);
                        }
                    });
                }
            }
            level = next;
        }
        let mut found = seen.bitmap();
        found.remove(root);
        found
    }

    pub fn bytes(&self) -> usize {
        let children: usize = self.children.iter().map(Set::bytes).sum();
        self.addresses
            .bytes()
            .saturating_add(self.ids.capacity().saturating_mul(6))
            .saturating_add(self.parents.bytes())
            .saturating_add(size_of::<Set>().saturating_mul(self.children.capacity()))
            .saturating_add(children)
    }
}
