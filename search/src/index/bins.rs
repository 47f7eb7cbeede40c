//! An order of listings that is walked along with a set of them.

use roaring::RoaringBitmap;

/// Listings of a bin at most.
const BIN: u64 = if cfg!(test) { 16 } else { 512 };
/// Listings of two bins that become one: as many as each half has of a bin that is split, so that none wavers.
const JOINED: u64 = BIN / 2;

/// Listings in the order of keys, which no two of them share: in bins, each a set, so that those of a bin which are in another
/// set are found at once.
#[derive(Debug)]
pub struct Bins<K>(Vec<Bin<K>>);

#[derive(Debug)]
struct Bin<K> {
    first: K,
    listings: RoaringBitmap,
}

/// Listings with a key from a bound on and before another.
#[derive(Debug)]
pub struct Range<'a, K> {
    pub from: Option<&'a K>,
    pub before: Option<&'a K>,
    pub listings: &'a RoaringBitmap,
}

impl<K> Default for Bins<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord + Clone> Bins<K> {
    /// The bin that a key is in. What is before the first bin is in it too.
    fn index(&self, key: &K) -> usize {
        let after = self.0.partition_point(|bin| bin.first <= *key);
        after.saturating_sub(1)
    }

    /// Adds a listing at a key. `keys_of` knows all keys of each listing, this one's too.
    pub fn insert<I>(&mut self, key: &K, id: u32, keys_of: impl Fn(u32) -> I)
    where
        I: IntoIterator<Item = K>,
    {
        let index = self.index(key);
        let before = self.0.get(index.saturating_add(1));
        let before = before.map(|bin| bin.first.clone());
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
        let is_own = |key: &K| {
            (index == 0 || *key >= bin.first) && before.as_ref().is_none_or(|before| key < before)
        };
        let keys = bin.listings.iter().flat_map(|id| {
            let keys = keys_of(id).into_iter().filter(is_own);
            keys.map(move |key| (key, id))
        });
        let mut keys: Vec<(K, u32)> = keys.collect();
        let half = keys.len() / 2;
        keys.select_nth_unstable(half);
        let later = keys.split_off(half);
        if let Some((first, _)) = later.first() {
            let ids = |keys: &[(K, u32)]| keys.iter().map(|(_, id)| *id).collect();
            let new = Bin {
                first: first.clone(),
                listings: ids(&later),
            };
            bin.listings = ids(&keys);
            self.0.insert(index.saturating_add(1), new);
        }
    }

    /// Takes a listing from a key. If it has others, it has to be inserted at these again.
    pub fn remove(&mut self, key: &K, id: u32) {
        let index = self.index(key);
        let Some(bin) = self.0.get_mut(index) else {
            return;
        };
        bin.listings.remove(id);
        if bin.listings.is_empty() {
            self.0.remove(index);
            return;
        }
        // Where keys only ever move one way, bins with a few listings each would be left behind.
        for later in [index.saturating_add(1), index] {
            self.join(later);
        }
    }

    /// Puts a bin into the one before it, where both are small.
    fn join(&mut self, index: usize) {
        let Some([bin, later]) = index
            .checked_sub(1)
            .and_then(|before| self.0.get_mut(before..=index))
        else {
            return;
        };
        if bin.listings.len().saturating_add(later.listings.len()) <= JOINED {
            bin.listings |= &later.listings;
            self.0.remove(index);
        }
    }

    /// Bin by bin, in their order.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = Range<'_, K>> {
        let bins = self.0.iter().enumerate();
        bins.map(|(index, bin)| Range {
            from: (index > 0).then_some(&bin.first),
            before: self.0.get(index.saturating_add(1)).map(|bin| &bin.first),
            listings: &bin.listings,
        })
    }

    pub fn bytes(&self) -> usize {
        let bin = |bin: &Bin<K>| bin.listings.serialized_size().saturating_mul(2);
        let bins: usize = self.0.iter().map(bin).sum();
        bins.saturating_add(size_of::<Bin<K>>().saturating_mul(self.0.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    type Key = (u64, u32);

    /// Bins, and the keys of each listing that they were given.
    #[derive(Default)]
    struct Order {
        bins: Bins<Key>,
        keys: BTreeMap<u32, BTreeSet<Key>>,
    }

    impl Order {
        /// As [`super::super::terms`] does: what goes, then all that a listing has from now on.
        fn put(&mut self, id: u32, numbers: &[u64]) {
            let new = numbers.iter().map(|number| (*number, id)).collect();
            for key in self.keys.insert(id, new).unwrap_or_default() {
                self.bins.remove(&key, id);
            }
            for key in &self.keys[&id] {
                self.bins.insert(key, id, |id| self.keys[&id].clone());
            }
        }

        /// Each listing is in the bins of its keys and in no others, none of which is too full or out of order.
        fn check(&self) {
            let mut left: BTreeSet<Key> = self.keys.values().flatten().copied().collect();
            let mut last = None;
            for range in self.bins.ranges() {
                assert!(range.from >= last);
                assert!(
                    range
                        .before
                        .is_none_or(|before| range.from.is_none_or(|from| from < before))
                );
                last = range.before;
                // One more where each half of a split bin has a key of all: until the next one comes.
                assert!((1..=BIN + 1).contains(&range.listings.len()));
                for id in range.listings {
                    let is_own = |key: &&Key| {
                        range.from.is_none_or(|from| *key >= from)
                            && range.before.is_none_or(|before| *key < before)
                    };
                    let own: Vec<_> = self.keys[&id].iter().filter(is_own).collect();
                    assert!(!own.is_empty(), "{id} is in a bin without a key of it");
                    own.into_iter().for_each(|key| {
                        assert!(left.remove(key));
                    });
                }
            }
            assert!(left.is_empty(), "in no bin: {left:?}");
        }
    }

    #[test]
    fn keys_that_rise_fall_or_differ_by_their_listing_alone_are_in_bins_of_their_own_order() {
        let numbers: [fn(u32) -> u64; 5] = [
            u64::from,
            |id| u64::MAX - u64::from(id),
            |_| 7,
            |id| u64::from(id % 2) * u64::MAX,
            |id| u64::from(id.wrapping_mul(2_654_435_761)),
        ];
        for number in numbers {
            let mut order = Order::default();
            for id in (0..1_000).chain((0..1_000).rev()) {
                order.put(id, &[number(id)]);
            }
            order.check();
        }
    }

    #[test]
    fn listings_with_many_keys_in_one_bin_or_in_all_of_them_stay_where_they_belong() {
        let mut order = Order::default();
        for round in 0..4_000u32 {
            let id = round.wrapping_mul(2_654_435_761) % 150;
            let count = u64::from(round % 40);
            // Next to each other, the same over and over, or far apart.
            let step = [1, 0, 1_000][(round % 3) as usize];
            let numbers: Vec<_> = (0..count).map(|number| number * step).collect();
            order.put(id, &numbers);
            if round.is_multiple_of(50) {
                order.check();
            }
        }
        order.check();
        (0..150).for_each(|id| order.put(id, &[]));
        assert_eq!(order.bins.ranges().count(), 0);
    }

    #[test]
    fn keys_that_always_move_on_leave_no_near_empty_bins_behind() {
        let mut order = Order::default();
        for number in 0..50_000u64 {
            // One after another, but some much later than others.
            let id = number.wrapping_mul(number).wrapping_mul(2_654_435_761) >> 20;
            order.put(id as u32 % 1_000, &[number]);
        }
        order.check();
        let bins = order.bins.ranges().count() as u64;
        // Of any two neighbours, more than `JOINED` are in both together.
        assert!(
            bins <= 2 * 1_000 / JOINED + 1,
            "{bins} bins of 1,000 listings"
        );
    }
}
