//! Values that have an order, for everything from or up to one.

use roaring::{MultiOps, RoaringBitmap};

use super::set::{Bits, Set, union};

/// Values of a block at most.
const BLOCK: usize = if cfg!(test) { 4 } else { 1_024 };

/// Values in their order, each with its number: in blocks that know all of their listings, so that most of a range is as many
/// unions as it has blocks.
#[derive(Debug)]
pub struct Ordered<K>(Vec<Block<K>>);

#[derive(Debug)]
struct Block<K> {
    values: Vec<(K, u32)>,
    listings: RoaringBitmap,
}

impl<K> Default for Ordered<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord> Ordered<K> {
    /// The block that a value is in, or belongs into.
    fn block(&self, value: &(K, u32)) -> usize {
        let is_up_to = |block: &Block<K>| block.values.first().is_some_and(|first| first <= value);
        self.0.partition_point(is_up_to).saturating_sub(1)
    }

    /// Adds a listing to a value, which may be new. `sets` knows the listings of each value, this one too.
    pub fn add<'a>(
        &mut self,
        value: (K, u32),
        listing: u32,
        sets: impl Fn(u32) -> Option<&'a Set>,
    ) {
        let index = self.block(&value);
        if self.0.is_empty() {
            self.0.push(Block {
                values: Vec::new(),
                listings: RoaringBitmap::new(),
            });
        }
        let Some(block) = self.0.get_mut(index) else {
            return;
        };
        block.listings.insert(listing);
        if let Err(place) = block.values.binary_search(&value) {
            block.values.insert(place, value);
        }
        if block.values.len() > BLOCK {
            let values = block.values.split_off(BLOCK / 2);
            let all = |values: &[(K, u32)]| {
                union(values.iter().filter_map(|(_, id)| sets(*id))).into_owned()
            };
            block.listings = all(&block.values);
            let listings = all(&values);
            self.0
                .insert(index.saturating_add(1), Block { values, listings });
        }
    }

    /// Takes a listing from a value, and the value itself where it `is_gone`. A listing with another value in its block has to
    /// be added to that again.
    pub fn take(&mut self, value: &(K, u32), listing: u32, is_gone: bool) {
        let index = self.block(value);
        let Some(block) = self.0.get_mut(index) else {
            return;
        };
        block.listings.remove(listing);
        if let (true, Ok(place)) = (is_gone, block.values.binary_search(value)) {
            block.values.remove(place);
        }
        if block.values.is_empty() {
            self.0.remove(index);
        }
    }

    /// Listings with a value that is from `least` on.
    pub fn from<'a>(&self, least: &K, sets: impl Fn(u32) -> Option<&'a Set>) -> RoaringBitmap {
        let whole = |block: &&Block<K>| {
            block
                .values
                .first()
                .is_some_and(|(first, _)| first >= least)
        };
        let split = |block: &&Block<K>| block.values.last().is_some_and(|(last, _)| last >= least);
        self.range(whole, split, |value| value >= least, sets)
    }

    /// Listings with a value that is up to `most`.
    pub fn up_to<'a>(&self, most: &K, sets: impl Fn(u32) -> Option<&'a Set>) -> RoaringBitmap {
        let whole = |block: &&Block<K>| block.values.last().is_some_and(|(last, _)| last <= most);
        let split =
            |block: &&Block<K>| block.values.first().is_some_and(|(first, _)| first <= most);
        self.range(whole, split, |value| value <= most, sets)
    }

    fn range<'a>(
        &self,
        whole: impl Fn(&&Block<K>) -> bool,
        split: impl Fn(&&Block<K>) -> bool,
        is_inside: impl Fn(&K) -> bool,
        sets: impl Fn(u32) -> Option<&'a Set>,
    ) -> RoaringBitmap {
        let blocks = self.0.iter().filter(&whole).map(|block| &block.listings);
        let mut others = Bits::default();
        for block in self.0.iter().filter(|block| !whole(block) && split(block)) {
            let inside = block.values.iter().filter(|(value, _)| is_inside(value));
            inside
                .filter_map(|(_, id)| sets(*id))
                .for_each(|set| others.extend(set));
        }
        blocks.union() | others.bitmap()
    }

    pub fn bytes(&self) -> usize {
        let block = |block: &Block<K>| {
            size_of::<(K, u32)>()
                .saturating_mul(block.values.capacity())
                .saturating_add(Set::Many(Box::new(block.listings.clone())).bytes())
        };
        self.0.iter().map(block).sum()
    }
}
