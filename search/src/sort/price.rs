//! By price.

use roaring::RoaringBitmap;

use super::{MANY, Ranked};
use crate::{
    Address, Index, Key, Place, deadline,
    index::{Range, Selection, retain},
};

/// Kinds of terms, whose orders are walked along; of more, each match's prices are looked at.
const KINDS: usize = if cfg!(test) { 6 } else { 64 };

/// What is the same along all orders of prices.
struct Walk<'a> {
    terms: &'a Selection<'a>,
    descending: bool,
    matches: &'a RoaringBitmap,
    after: Option<&'a Place>,
}

impl Index {
    /// By the lowest price, or the highest, of the terms that match; those without one last.
    pub(super) fn by_price(
        &self,
        terms: &Selection<'_>,
        descending: bool,
        matches: &RoaringBitmap,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let key = |id| match descending {
            false => terms.prices(id).min().unwrap_or(u64::MAX),
            true => terms
                .prices(id)
                .max()
                .map_or(u64::MAX, |price| u64::MAX - price),
        };
        if matches.len() < MANY || terms.orders().nth(KINDS).is_some() {
            return self.by_key(matches, key, after, wanted);
        }
        // What no kind's terms have a place for. Where something is asked of terms, nothing that matches is without any.
        let rest = matches & &self.columns.free;
        let mut found = self.by_key(&rest, key, after, wanted);
        for bins in terms.orders() {
            let walk = Walk {
                terms,
                descending,
                matches,
                after,
            };
            match descending {
                false => found.extend(self.along(&walk, bins.ranges(), key, wanted)),
                true => found.extend(self.along(&walk, bins.ranges().rev(), key, wanted)),
            }
        }
        // A term of another kind may be in the same place.
        self.sort(&mut found, wanted);
        found
    }

    /// The first of those that one kind's terms give their place.
    fn along<'a>(
        &self,
        walk: &Walk<'_>,
        ranges: impl Iterator<Item = Range<'a, (u64, Address)>>,
        key: impl Fn(u32) -> u64 + Copy,
        wanted: usize,
    ) -> Vec<Ranked> {
        let number = match walk.after.map(|after| &after.key) {
            Some(Key::Number(number)) => *number,
            _ => 0,
        };
        let price = |key: u64| if walk.descending { u64::MAX - key } else { key };
        let mut found: Vec<Ranked> = Vec::new();
        for range in ranges {
            let least = range.from.map_or(0, |(price, _)| *price);
            let most = range.before.map_or(u64::MAX, |(price, _)| *price);
            // Backwards, those of one price come with the last addresses first: all of them have to be seen.
            let is_done = |(key, _): &Ranked| !walk.descending || most < price(*key);
            let has_all = found.len() >= wanted && found.last().is_some_and(is_done);
            if has_all || deadline::is_over() {
                break;
            }
            let is_before = match walk.descending {
                true => price(least) < number,
                false => most < number,
            };
            if is_before || !walk.terms.reaches(least, most) {
                continue;
            }
            let own = retain(&(range.listings & walk.matches), |id| {
                let place = (price(key(id)), self.graph.address(id));
                range.from.is_none_or(|from| place >= *from)
                    && range.before.is_none_or(|before| place < *before)
            });
            found.extend(self.by_key(&own, key, walk.after, wanted));
            self.sort(&mut found, wanted);
        }
        found
    }

    /// The first of what has been found here and there, once each.
    fn sort(&self, found: &mut Vec<Ranked>, wanted: usize) {
        found.sort_unstable_by(|one, other| {
            let keys = one.0.cmp(&other.0);
            keys.then_with(|| self.by_address(one.1, other.1))
        });
        found.dedup();
        found.truncate(wanted);
    }
}
