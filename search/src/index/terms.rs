//! Price terms: by mode, unit and mint, and with their prices.

use std::hash::{Hash, Hasher};

use roaring::RoaringBitmap;

use super::{
    bins::{Bins, Range},
    rows::Rows,
    set::{Bits, Set, union},
    values::{Change, Values, ordered},
};
use crate::{Address, Term, Terms as Wanted};

#[derive(Debug, Default)]
pub struct Terms {
    kinds: Values<Kind>,
    rows: Rows<Priced>,
    /// Of each kind, by its number: its terms in the order of their prices.
    prices: Vec<Bins<Price>>,
}

/// A price, of a listing.
pub type Price = (u64, Address);

/// Whatever a term says but for its price.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    mode: Box<str>,
    unit: Box<str>,
    mint: Address,
}

/// What a term is found by, without owning it.
struct Found<'a>(&'a Term);

impl Hash for Found<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As `Kind` hashes.
        self.0.mode.hash(state);
        self.0.unit.hash(state);
        self.0.mint.hash(state);
    }
}

impl hashbrown::Equivalent<Kind> for Found<'_> {
    fn equivalent(&self, kind: &Kind) -> bool {
        *kind.mode == *self.0.mode && *kind.unit == *self.0.unit && kind.mint == self.0.mint
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Priced {
    kind: u32,
    /// In two halves, so that a term takes twelve bytes.
    price: [u32; 2],
}

impl Priced {
    fn new(kind: u32, price: u64) -> Self {
        Self {
            kind,
            price: [(price >> 32) as u32, price as u32],
        }
    }

    fn price(&self) -> u64 {
        let [high, low] = self.price;
        u64::from(high) << 32 | u64::from(low)
    }
}

impl Terms {
    /// `address` knows that of each listing.
    pub fn put(&mut self, listing: u32, terms: &[Term], address: impl Fn(u32) -> Address) {
        let row = ordered(terms.iter().map(|term| {
            let kind = self.kinds.intern(&Found(term), |Found(term)| Kind {
                mode: Box::from(term.mode.as_str()),
                unit: Box::from(term.unit.as_str()),
                mint: term.mint,
            });
            Priced::new(kind, term.price)
        }));
        let old = self.rows.get(listing);
        if row == old {
            return;
        }
        for term in old {
            if let Some(prices) = self.prices.get_mut(term.kind as usize) {
                prices.remove(&(term.price(), address(listing)), listing);
            }
        }
        let kinds = |row: &[Priced]| ordered(row.iter().map(|term| term.kind));
        let change = Change::between(&kinds(old), &kinds(&row));
        for kind in change.added {
            self.kinds.add(kind, listing);
        }
        for kind in change.removed {
            self.kinds.take(kind, listing);
        }
        self.rows.set(listing, &row);
        if self.prices.len() < self.kinds.bound() {
            self.prices.resize_with(self.kinds.bound(), Bins::default);
        }
        // Those that were there before too: they may share a bin with one that is gone.
        for term in row {
            let (rows, address) = (&self.rows, &address);
            let keys = |id| {
                let terms = rows.get(id).iter().filter(move |own| own.kind == term.kind);
                terms.map(move |own| (own.price(), address(id)))
            };
            if let Some(prices) = self.prices.get_mut(term.kind as usize) {
                prices.insert(&(term.price(), address(listing)), listing, keys);
            }
        }
    }

    /// What is asked of terms, ready to be held against many listings.
    pub fn select<'a>(&'a self, wanted: &Wanted) -> Selection<'a> {
        let is_wanted = |kind: &Kind| {
            wanted.mode.as_ref().is_none_or(|mode| **mode == *kind.mode)
                && wanted.unit.as_ref().is_none_or(|unit| **unit == *kind.unit)
                && wanted.mint.is_none_or(|mint| mint == kind.mint)
        };
        let some = wanted.mode.is_some() || wanted.unit.is_some() || wanted.mint.is_some();
        let kinds = some.then(|| {
            let mut kinds = vec![false; self.kinds.bound()];
            for (id, kind, _) in self.kinds.iter() {
                if let Some(own) = kinds.get_mut(id as usize) {
                    *own = is_wanted(kind);
                }
            }
            kinds
        });
        Selection {
            terms: self,
            kinds,
            least: wanted.min_price.unwrap_or(0),
            most: wanted.max_price.unwrap_or(u64::MAX),
        }
    }

    /// Each mode with the listings of its terms, one after another.
    pub fn modes(&self) -> Vec<(&str, RoaringBitmap)> {
        self.by(|kind| &kind.mode)
    }

    /// The same of each unit.
    pub fn units(&self) -> Vec<(&str, RoaringBitmap)> {
        self.by(|kind| &kind.unit)
    }

    fn by(&self, text: impl Fn(&Kind) -> &str) -> Vec<(&str, RoaringBitmap)> {
        let mut kinds: Vec<(&str, &Set)> = self
            .kinds
            .iter()
            .map(|(_, kind, set)| (text(kind), set))
            .collect();
        kinds.sort_unstable_by_key(|(text, _)| *text);
        kinds
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|kinds| {
                let (text, _) = kinds.first()?;
                let sets = kinds.iter().map(|(_, set)| *set);
                Some((*text, union(sets).into_owned()))
            })
            .collect()
    }

    pub fn bytes(&self) -> usize {
        let kinds = self.kinds.bytes(|kind, set| {
            let texts = kind.mode.len().saturating_add(kind.unit.len());
            texts.saturating_add(32).saturating_add(set.bytes())
        });
        let prices: usize = self.prices.iter().map(Bins::bytes).sum();
        kinds
            .saturating_add(self.rows.bytes())
            .saturating_add(prices)
    }
}

/// Terms that are as they have to be.
#[derive(Debug)]
pub struct Selection<'a> {
    terms: &'a Terms,
    /// Whether terms of a kind are, by the kind's number; none where those of all kinds are.
    kinds: Option<Vec<bool>>,
    least: u64,
    most: u64,
}

impl Selection<'_> {
    /// Listings with such a term.
    pub fn listings(&self) -> RoaringBitmap {
        if self.least == 0 && self.most == u64::MAX {
            let sets = self.kinds().filter_map(|id| self.terms.kinds.get(id));
            return union(sets).into_owned();
        }
        let mut found = Bits::default();
        let ranges = self.orders().flat_map(Bins::ranges);
        for Range {
            from,
            before,
            listings,
        } in ranges
        {
            // Prices of a bin: from the first on, and up to the next one's first, as addresses tell them apart.
            let least = from.map_or(0, |(price, _)| *price);
            let most = before.map_or(u64::MAX, |(price, _)| *price);
            if self.least <= least && most <= self.most {
                found.retain(listings, |_| true);
            } else if self.reaches(least, most) {
                found.retain(listings, |id| self.prices(id).next().is_some());
            }
        }
        found.bitmap()
    }

    fn has(&self, kind: u32) -> bool {
        let kinds = self.kinds.as_ref();
        kinds.is_none_or(|kinds| kinds.get(kind as usize) == Some(&true))
    }

    fn kinds(&self) -> impl Iterator<Item = u32> {
        let kinds = (0u32..).take(self.terms.kinds.bound());
        kinds.filter(|kind| self.has(*kind))
    }

    /// Terms of each kind that is asked for, in the order of their prices, whichever these are.
    pub fn orders(&self) -> impl Iterator<Item = &Bins<Price>> {
        self.kinds()
            .filter_map(|id| self.terms.prices.get(id as usize))
    }

    /// Whether any price between two is asked for.
    pub fn reaches(&self, least: u64, most: u64) -> bool {
        self.least <= most && least <= self.most
    }

    pub fn prices(&self, listing: u32) -> impl Iterator<Item = u64> {
        let row = self.terms.rows.get(listing).iter();
        row.filter(|term| self.has(term.kind))
            .map(Priced::price)
            .filter(|price| (self.least..=self.most).contains(price))
    }
}
