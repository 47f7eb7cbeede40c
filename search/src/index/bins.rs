//! An order of listings that is walked along with a set of them.

use roaring::RoaringBitmap;

/// Listings of a bin at most.
const BIN: u64 = if cfg!(test) { 16 } else { 2_048 };

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
        if let Some(bin) = self.0.get_mut(index) {
            bin.listings.remove(id);
            if bin.listings.is_empty() {
                self.0.remove(index);
            }
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
