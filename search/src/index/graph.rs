//! Addresses by numbers, and which is made of which.

use std::{collections::BTreeMap, hash::BuildHasher};

use hashbrown::{DefaultHashBuilder, HashTable};
use roaring::RoaringBitmap;

use super::{
    rows::{Column, Rows},
    set::{Bits, Set},
    values::{Change, ordered},
};
use crate::{Address, Parent, deadline::Steps};

/// Each listing has a number; so has a parent that is no listing, or not yet.
#[derive(Debug, Default)]
pub struct Graph {
    ids: HashTable<u32>,
    addresses: Column<Address>,
    /// Numbers that are no address's any more.
    free: Vec<u32>,
    next: u32,
    listed: RoaringBitmap,
    /// Of each listing, in its order.
    parents: Rows<Edge>,
    /// What is said of edges: few things, of very many.
    claims: Vec<Claim>,
    /// Along edges in force.
    children: Vec<Set>,
    /// Along all others, which are few.
    disowned: BTreeMap<u32, Set>,
    hasher: DefaultHashBuilder,
}

/// From a listing to what it was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    pub parent: u32,
    pub royalty_ppm: u32,
    claim: u32,
}

/// What is said of an edge, but for its royalty.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    pub relation: Box<str>,
    pub status: Box<str>,
    in_force: bool,
}

impl Graph {
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
    pub fn put(&mut self, address: &Address, parents: &[Parent]) -> u32 {
        let id = self.intern(address);
        self.listed.insert(id);
        let edges = parents.iter().map(|parent| Edge {
            parent: self.intern(&parent.address),
            royalty_ppm: parent.royalty_ppm,
            claim: self.intern_claim(parent),
        });
        let edges: Vec<Edge> = edges.collect();
        self.set_parents(id, &edges);
        id
    }

    pub fn remove(&mut self, id: u32) {
        self.set_parents(id, &[]);
        self.listed.remove(id);
        self.release(id);
    }

    fn intern_claim(&mut self, parent: &Parent) -> u32 {
        let is_it = |claim: &Claim| {
            (&*claim.relation, &*claim.status, claim.in_force)
                == (&*parent.relation, &*parent.status, parent.in_force)
        };
        let known = self.claims.iter().position(is_it);
        let place = known.unwrap_or_else(|| {
            self.claims.push(Claim {
                relation: Box::from(&*parent.relation),
                status: Box::from(&*parent.status),
                in_force: parent.in_force,
            });
            self.claims.len().saturating_sub(1)
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn set_parents(&mut self, id: u32, edges: &[Edge]) {
        let old = self.parents.get(id);
        if old == edges {
            return;
        }
        let change = |in_force: bool| {
            let of = |edges: &[Edge]| {
                let of = edges.iter().filter(|edge| {
                    let claim = self.claim(edge);
                    claim.is_some_and(|claim| claim.in_force == in_force)
                });
                ordered(of.map(|edge| edge.parent))
            };
            (in_force, Change::between(&of(old), &of(edges)))
        };
        let changes = [change(true), change(false)];
        self.parents.set(id, edges);
        for (in_force, change) in &changes {
            for parent in &change.added {
                if let Some(children) = self.children_mut(*parent, *in_force) {
                    children.insert(id);
                }
            }
        }
        // Last: who is a parent in another way now keeps its number.
        for (in_force, change) in &changes {
            for parent in &change.removed {
                if let Some(children) = self.children_mut(*parent, *in_force) {
                    children.remove(id);
                }
                if self.disowned.get(parent).is_some_and(Set::is_empty) {
                    self.disowned.remove(parent);
                }
                self.release(*parent);
            }
        }
    }

    /// Of these an address has a set from now on.
    fn children_mut(&mut self, parent: u32, in_force: bool) -> Option<&mut Set> {
        if !in_force {
            return Some(self.disowned.entry(parent).or_default());
        }
        let index = parent as usize;
        if index >= self.children.len() {
            self.children
                .resize_with(index.saturating_add(1), Set::default);
        }
        self.children.get_mut(index)
    }

    fn release(&mut self, id: u32) {
        let is_parent = self.children(id).any(|children| !children.is_empty());
        if is_parent || self.listed.contains(id) {
            return;
        }
        let hash = self.hasher.hash_one(self.addresses.get(id));
        if let Ok(entry) = self.ids.find_entry(hash, |one| *one == id) {
            entry.remove();
            self.free.push(id);
        }
    }

    /// What a listing says that it was made of, in its order.
    pub fn edges(&self, id: u32) -> &[Edge] {
        self.parents.get(id)
    }

    pub fn claim(&self, edge: &Edge) -> Option<&Claim> {
        self.claims.get(edge.claim as usize)
    }

    /// What says that it was made of an address: along edges in force, and along others.
    pub fn children(&self, id: u32) -> impl Iterator<Item = &Set> {
        let in_force = self.children.get(id as usize).into_iter();
        in_force.chain(self.disowned.get(&id))
    }

    /// All that descend from an address along edges in force, at any depth; itself not.
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
        let children = self.children.iter().chain(self.disowned.values());
        let children: usize = children.map(Set::bytes).sum();
        self.addresses
            .bytes()
            .saturating_add(self.ids.capacity().saturating_mul(6))
            .saturating_add(self.parents.bytes())
            .saturating_add(size_of::<Set>().saturating_mul(self.children.capacity()))
            .saturating_add(self.disowned.len().saturating_mul(32))
            .saturating_add(children)
    }
}
