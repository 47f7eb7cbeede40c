//! The page of what matches.

mod price;
mod rank;
mod top;

use std::cmp::Ordering;

use roaring::RoaringBitmap;

use crate::{
    Address, Index, Key, Place, Request, Sort, deadline,
    index::{Bins, Selection},
};
use top::first;

/// Matches from which on it pays to walk along an order, or to see from a sample of them which are too far behind.
const MANY: u64 = if cfg!(test) { 40 } else { 20_000 };

/// A match and what its sort compares.
type Ranked = (u64, u32);

impl Index {
    /// The hits of a page, and whether more follow.
    pub(crate) fn page(
        &self,
        request: &Request,
        matches: &RoaringBitmap,
        terms: &Selection<'_>,
    ) -> (Vec<Place>, bool) {
        let wanted = request.limit.saturating_add(1);
        let after = request.after.as_ref();
        let mut found = match (request.sort, &request.filter.text) {
            (Sort::Name, _) => self.by_name(matches, after, wanted),
            (Sort::Relevance, Some(text)) => self.by_rank(text, matches, after, wanted),
            (Sort::Price, _) => self.by_price(terms, false, matches, after, wanted),
            (Sort::PriceDescending, _) => self.by_price(terms, true, matches, after, wanted),
            (sort, _) => self.by_number(sort, 0, matches, after, wanted),
        };
        let more = found.len() > request.limit;
        found.truncate(request.limit);
        let hits = found.into_iter().map(|(key, id)| Place {
            key: match request.sort {
                Sort::Name => Key::Text(self.names.text(id).to_owned()),
                _ => Key::Number(key),
            },
            address: self.graph.address(id),
        });
        (hits.collect(), more)
    }

    /// By a key that depends on what is searched for.
    fn by_key(
        &self,
        matches: &RoaringBitmap,
        key: impl Fn(u32) -> u64,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let tie = |one: u32, other: u32| self.by_address(one, other);
        match after {
            None => first(matches, key, |_| true, tie, wanted),
            Some(Place {
                key: Key::Number(number),
                address,
            }) => {
                let is_after = |(key, id): Ranked| self.is_after(key, id, *number, address);
                first(matches, key, is_after, tie, wanted)
            }
            // Numbers are before texts.
            Some(_) => Vec::new(),
        }
    }

    /// By a number that a listing has, and that comes after `base`.
    fn by_number(
        &self,
        sort: Sort,
        base: u64,
        matches: &RoaringBitmap,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let key = |id| base.saturating_add(self.columns.key(sort, id));
        let from = match after {
            Some(Place {
                key: Key::Number(number),
                address,
            }) => number.checked_sub(base).map(|number| (number, *address)),
            _ => None,
        };
        match self.orders.by_number(sort) {
            Some(bins) => self.walk(bins, from, matches, wanted, |ids, wanted| {
                self.by_key(ids, key, after, wanted)
            }),
            None => self.by_key(matches, key, after, wanted),
        }
    }

    fn by_name(
        &self,
        matches: &RoaringBitmap,
        after: Option<&Place>,
        wanted: usize,
    ) -> Vec<Ranked> {
        // Texts are after numbers.
        let after = after.and_then(|after| match &after.key {
            Key::Text(name) => Some((name.as_str(), after.address)),
            Key::Number(_) => None,
        });
        let from = after.map(|(name, address)| (name.into(), address));
        let bins = self.orders.by_name();
        self.walk(bins, from, matches, wanted, |ids, wanted| {
            self.by_label(ids, after, wanted)
        })
    }

    /// Along an order, as `first` finds them in a set; all at once where they are few.
    fn walk<K: Ord + Clone>(
        &self,
        bins: &Bins<K>,
        from: Option<K>,
        matches: &RoaringBitmap,
        wanted: usize,
        first: impl Fn(&RoaringBitmap, usize) -> Vec<Ranked>,
    ) -> Vec<Ranked> {
        if matches.len() < MANY {
            return first(matches, wanted);
        }
        let mut found = Vec::new();
        for range in bins.ranges() {
            let missing = wanted.saturating_sub(found.len());
            if missing == 0 || deadline::is_over() {
                break;
            }
            // Wholly before the place that the page begins at.
            if matches!((range.before, &from), (Some(before), Some(from)) if before <= from) {
                continue;
            }
            found.extend(first(&(range.listings & matches), missing));
        }
        found
    }

    fn by_label(
        &self,
        matches: &RoaringBitmap,
        after: Option<(&str, Address)>,
        wanted: usize,
    ) -> Vec<Ranked> {
        let names = &self.names;
        let key = |id| names.label(id);
        let tie = |one: u32, other: u32| {
            let texts = names.text(one).cmp(names.text(other));
            texts.then_with(|| self.by_address(one, other))
        };
        let label = after.and_then(|(name, _)| names.label_up_to(name));
        let (Some((name, address)), Some(label)) = (after, label) else {
            return first(matches, key, |_| true, tie, wanted);
        };
        let is_after = |(key, id): Ranked| match key.cmp(&label) {
            Ordering::Equal => {
                let own = names.text(id).cmp(name);
                own.then_with(|| self.graph.address(id).cmp(&address))
                    .is_gt()
            }
            order => order.is_gt(),
        };
        first(matches, key, is_after, tie, wanted)
    }

    fn by_address(&self, one: u32, other: u32) -> Ordering {
        self.graph.address(one).cmp(&self.graph.address(other))
    }

    fn is_after(&self, key: u64, id: u32, other: u64, address: &Address) -> bool {
        key > other || key == other && self.graph.address(id) > *address
    }
}
