//! What listings are filtered by: for each value the listings that have it.

use std::hash::Hash;

use hashbrown::Equivalent;

use super::{
    dictionary::Dictionary,
    rows::{Column, Rows},
    set::Set,
};

pub type Values<K> = Dictionary<K, Set>;

impl<K: Hash + Eq> Values<K> {
    pub fn listings<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<&Set> {
        self.get(self.find(key)?)
    }

    pub fn add(&mut self, id: u32, listing: u32) {
        if let Some(set) = self.get_mut(id) {
            set.insert(listing);
        }
    }

    /// Whether the value is gone, as no listing has it any more.
    pub fn take(&mut self, id: u32, listing: u32) -> bool {
        let Some(set) = self.get_mut(id) else {
            return false;
        };
        set.remove(listing);
        let gone = set.is_empty();
        if gone {
            self.forget(id);
        }
        gone
    }
}

/// A value of each listing, or none.
#[derive(Debug)]
pub struct Single<K> {
    pub values: Values<K>,
    column: Column<Option<std::num::NonZeroU32>>,
}

impl<K> Default for Single<K> {
    fn default() -> Self {
        Self {
            values: Values::default(),
            column: Column::default(),
        }
    }
}

impl<K: Hash + Eq> Single<K> {
    /// The number of a listing's value.
    pub fn id(&self, listing: u32) -> Option<u32> {
        self.column.get(listing)?.get().checked_sub(1)
    }

    pub fn put<Q>(&mut self, listing: u32, value: Option<&Q>, make: impl FnOnce(&Q) -> K)
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let old = self.id(listing);
        match (value, old.and_then(|old| self.values.key(old))) {
            (None, None) => return,
            (Some(value), Some(old)) if value.equivalent(old) => return,
            _ => {}
        }
        if let Some(old) = old {
            self.values.take(old, listing);
        }
        let id = value.map(|value| self.values.intern(value, make));
        if let Some(id) = id {
            self.values.add(id, listing);
        }
        let next = id.and_then(|id| std::num::NonZeroU32::new(id.saturating_add(1)));
        self.column.set(listing, next);
    }

    pub fn bytes(&self, own: impl Fn(&K) -> usize) -> usize {
        self.column.bytes().saturating_add(
            self.values
                .bytes(|key, set| own(key).saturating_add(set.bytes())),
        )
    }
}

/// Any number of values of each listing.
#[derive(Debug)]
pub struct Several<K> {
    pub values: Values<K>,
    rows: Rows<u32>,
}

impl<K> Default for Several<K> {
    fn default() -> Self {
        Self {
            values: Values::default(),
            rows: Rows::default(),
        }
    }
}

impl<K: Hash + Eq> Several<K> {
    /// The numbers of a listing's values, in their order.
    pub fn ids(&self, listing: u32) -> &[u32] {
        self.rows.get(listing)
    }

    /// Takes the numbers of the values that a listing has now.
    pub fn put(&mut self, listing: u32, ids: &[u32]) {
        let change = Change::between(self.rows.get(listing), ids);
        for id in &change.added {
            self.values.add(*id, listing);
        }
        for id in &change.removed {
            self.values.take(*id, listing);
        }
        if !change.is_none() {
            self.rows.set(listing, ids);
        }
    }

    pub fn bytes(&self, own: impl Fn(&K) -> usize) -> usize {
        self.rows.bytes().saturating_add(
            self.values
                .bytes(|key, set| own(key).saturating_add(set.bytes())),
        )
    }
}

/// How one ordered row differs from another.
#[derive(Debug)]
pub struct Change<T> {
    pub removed: Vec<T>,
    pub added: Vec<T>,
}

impl<T: Copy + Ord> Change<T> {
    pub fn between(old: &[T], new: &[T]) -> Self {
        if old == new {
            return Self {
                removed: Vec::new(),
                added: Vec::new(),
            };
        }
        let missing = |from: &[T], other: &[T]| {
            let is_missing = |value: &&T| other.binary_search(value).is_err();
            from.iter().filter(is_missing).copied().collect()
        };
        Self {
            removed: missing(old, new),
            added: missing(new, old),
        }
    }

    pub fn is_none(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

/// As a row is kept: in order, nothing twice.
pub fn ordered<T: Ord>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    values
}
