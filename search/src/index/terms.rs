//! Price terms: by mode, unit and mint, and with their prices.

use std::hash::{Hash, Hasher};

use roaring::RoaringBitmap;

use super::{
    rows::Rows,
    set::{Set, union},
    values::{Change, Values, ordered},
};
use crate::{Address, Term, Terms as Wanted};

#[derive(Debug, Default)]
pub struct Terms {
    kinds: Values<Kind>,
    rows: Rows<Priced>,
}

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
    pub fn put(&mut self, listing: u32, terms: &[Term]) {
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
        let kinds = |row: &[Priced]| ordered(row.iter().map(|term| term.kind));
        let change = Change::between(&kinds(old), &kinds(&row));
        for kind in change.added {
            self.kinds.add(kind, listing);
        }
        for kind in change.removed {
            self.kinds.take(kind, listing);
        }
        self.rows.set(listing, &row);
    }

    /// What is asked of terms, ready to be held against many listings.
    pub fn select<'a>(&'a self, wanted: &Wanted) -> Selection<'a> {
        let is_wanted = |kind: &Kind| {
            wanted.mode.as_ref().is_none_or(|mode| **mode == *kind.mode)
                && wanted.unit.as_ref().is_none_or(|unit| **unit == *kind.unit)
                && wanted.mint.is_none_or(|mint| mint == kind.mint)
        };
        let mut kinds = vec![false; self.kinds.bound()];
        for (id, kind, _) in self.kinds.iter() {
            if let Some(own) = kinds.get_mut(id as usize) {
                *own = is_wanted(kind);
            }
        }
        Selection {
            terms: self,
            kinds,
            least: wanted.min_price.unwrap_or(0),
            most: wanted.max_price.unwrap_or(u64::MAX),
        }
    }

    /// Each mode with the listings of its terms, one after another.
    pub fn modes(&self) -> Vec<(&str, RoaringBitmap)> {
        let mut kinds: Vec<(&str, &Set)> = self
            .kinds
            .iter()
            .map(|(_, kind, set)| (&*kind.mode, set))
            .collect();
        kinds.sort_unstable_by_key(|(mode, _)| *mode);
        kinds
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|kinds| {
                let (mode, _) = kinds.first()?;
                let sets = kinds.iter().map(|(_, set)| *set);
                Some((*mode, union(sets).into_owned()))
            })
            .collect()
    }

    pub fn bytes(&self) -> usize {
        let kinds = self.kinds.bytes(|kind, set| {
            let texts = kind.mode.len().saturating_add(kind.unit.len());
            texts.saturating_add(32).saturating_add(set.bytes())
        });
        kinds.saturating_add(self.rows.bytes())
    }
}

/// Terms that are as they have to be.
#[derive(Debug)]
pub struct Selection<'a> {
    terms: &'a Terms,
    /// Whether terms of a kind are, by the kind's number.
    kinds: Vec<bool>,
    least: u64,
    most: u64,
}

impl Selection<'_> {
    /// Listings with a term that is so but perhaps for its price.
    pub fn listings(&self) -> RoaringBitmap {
        let kinds = (0u32..).zip(&self.kinds).filter(|(_, wanted)| **wanted);
        union(kinds.filter_map(|(id, _)| self.terms.kinds.get(id))).into_owned()
    }

    pub fn prices(&self, listing: u32) -> impl Iterator<Item = u64> {
        let row = self.terms.rows.get(listing).iter();
        row.filter(|term| self.kinds.get(term.kind as usize) == Some(&true))
            .map(Priced::price)
            .filter(|price| (self.least..=self.most).contains(price))
    }
}
