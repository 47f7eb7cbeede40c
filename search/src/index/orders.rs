//! Listings in the order of each sort, so that a page is found without looking at all that matches.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{columns::Columns, lineage::Lineage, names::Names};
use crate::{Address, Sort};

/// Listings of a bin at most.
const BIN: u64 = if cfg!(test) { 16 } else { 4_096 };

/// Sorts by a number that a listing has, whatever is searched for. By relevance: as its rank's listings are.
pub const SORTS: [Sort; 6] = [
    Sort::Relevance,
    Sort::Newest,
    Sort::Rating,
    Sort::Sales,
    Sort::Trending,
    Sort::Quality,
];

#[derive(Debug, Default)]
pub struct Orders {
    numbers: [Bins<(u64, Address)>; SORTS.len()],
    names: Bins<(Arc<str>, Address)>,
}

impl Orders {
    /// Takes a listing to where it is now. `old`: what it was sorted by, if it was a listing.
    pub fn put(&mut self, id: u32, old: Option<[u64; 6]>, columns: &Columns, lineage: &Lineage) {
        let address = lineage.address(id);
        let new = columns.keys(id);
        for (index, (bins, sort)) in self.numbers.iter_mut().zip(SORTS).enumerate() {
            let new = new.get(index).copied().unwrap_or_default();
            if let Some(old) = old.as_ref().and_then(|old| old.get(index)) {
                if *old == new {
                    continue;
                }
                bins.remove(&(*old, address), id);
            }
            let key = |id| (columns.key(sort, id), lineage.address(id));
            bins.insert(&(new, address), id, key);
        }
    }

    /// The same of its name.
    pub fn rename(&mut self, id: u32, old: Option<Arc<str>>, names: &Names, lineage: &Lineage) {
        let key = |id| Some((names.shared(id)?, lineage.address(id)));
        if let Some(old) = old {
            self.names.remove(&(old, lineage.address(id)), id);
        }
        if let Some(new) = key(id) {
            let key = |id| key(id).unwrap_or_else(|| new.clone());
            self.names.insert(&new, id, key);
        }
    }

    pub fn remove(&mut self, id: u32, old: [u64; 6], name: Option<Arc<str>>, address: Address) {
        for (bins, old) in self.numbers.iter_mut().zip(old) {
            bins.remove(&(old, address), id);
        }
        if let Some(name) = name {
            self.names.remove(&(name, address), id);
        }
    }

    /// All listings, bin by bin, but perhaps for those that come before a place.
    pub fn by_number(
        &self,
        sort: Sort,
        from: Option<(u64, Address)>,
    ) -> Option<&[Bin<(u64, Address)>]> {
        let index = SORTS.iter().position(|own| *own == sort)?;
        Some(self.numbers.get(index)?.from(from.as_ref()))
    }

    pub fn by_name(&self, from: Option<(Arc<str>, Address)>) -> &[Bin<(Arc<str>, Address)>] {
        self.names.from(from.as_ref())
    }

    pub fn bytes(&self) -> usize {
        let numbers: usize = self.numbers.iter().map(Bins::bytes).sum();
        numbers.saturating_add(self.names.bytes())
    }
}

#[derive(Debug)]
struct Bins<K>(Vec<Bin<K>>);

/// Listings from one place of an order to that of the next bin.
#[derive(Debug)]
pub struct Bin<K> {
    first: K,
    pub listings: RoaringBitmap,
}

impl<K> Default for Bins<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord + Clone> Bins<K> {
    /// The bin that a key is in. Before the first bin's is in the first too.
    fn index(&self, key: &K) -> usize {
        let after = self.0.partition_point(|bin| bin.first <= *key);
        after.saturating_sub(1)
    }

    /// `key_of` knows the keys of all listings, this one's too. No two are equal.
    fn insert(&mut self, key: &K, id: u32, key_of: impl Fn(u32) -> K) {
        let index = self.index(key);
        let Some(bin) = self.0.get_mut(index) else {
            self.0.push(Bin {
                first: key.clone(),
                listings: RoaringBitmap::from([id]),
            });
            return;
        };
        bin.listings.insert(id);
        if bin.listings.len() <= BIN {
            return;
        }
        let mut keys: Vec<(K, u32)> = bin.listings.iter().map(|id| (key_of(id), id)).collect();
        let half = keys.len() / 2;
        keys.select_nth_unstable(half);
        let later = keys.split_off(half);
        if let Some((first, _)) = later.first() {
            let first = first.clone();
            let listings: RoaringBitmap = later.iter().map(|(_, id)| *id).collect();
            bin.listings -= &listings;
            self.0
                .insert(index.saturating_add(1), Bin { first, listings });
        }
    }

    fn remove(&mut self, key: &K, id: u32) {
        let index = self.index(key);
        if let Some(bin) = self.0.get_mut(index) {
            bin.listings.remove(id);
            if bin.listings.is_empty() {
                self.0.remove(index);
            }
        }
    }

    fn from(&self, key: Option<&K>) -> &[Bin<K>] {
        let index = key.map_or(0, |key| self.index(key));
        self.0.get(index..).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        let bin = |bin: &Bin<K>| bin.listings.serialized_size().saturating_mul(2);
        let bins: usize = self.0.iter().map(bin).sum();
        bins.saturating_add(size_of::<Bin<K>>().saturating_mul(self.0.len()))
    }
}
