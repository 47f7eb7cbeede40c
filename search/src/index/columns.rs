//! What listings are sorted by, and the numbers that they are filtered by.

use roaring::RoaringBitmap;

use super::{orders::SORTS, rows::Column};
use crate::{Listing, Sort};

/// Greatest key of a score, which is a power of two that fits into 64 bits.
const SCORES: u64 = 255;

#[derive(Debug, Default)]
pub struct Columns {
    pub created: Column<u64>,
    pub royalty: Column<u32>,
    /// One more than the mean rating to a hundredth, in hundredths, or 0 without a rating.
    pub mean: Column<u64>,
    /// The mean as if five more had rated it 3, in billionths.
    pub rating: Column<u64>,
    pub sales: Column<u64>,
    pub quality: Column<u32>,
    pub trending: Column<u64>,
    pub tainted: RoaringBitmap,
    /// Without price terms.
    pub free: RoaringBitmap,
}

impl Columns {
    pub fn put(&mut self, id: u32, listing: &Listing) {
        self.created
            .set(id, u64::try_from(listing.created_slot).unwrap_or(0));
        self.royalty.set(id, listing.royalty_ppm);
        self.mean.set(id, mean(listing.ratings, listing.rating_sum));
        let sum = u128::from(listing.rating_sum).saturating_add(15);
        let ratings = u128::from(listing.ratings).saturating_add(5);
        self.rating
            .set(id, quotient(sum.saturating_mul(1_000_000_000), ratings));
        self.sales.set(id, listing.sales);
        self.quality.set(id, listing.quality);
        self.trending.set(id, listing.trending);
        note(&mut self.tainted, id, listing.tainted);
        note(&mut self.free, id, listing.terms.is_empty());
    }

    /// What a sort by a number compares: the least first.
    pub fn key(&self, sort: Sort, id: u32) -> u64 {
        match sort {
            // One more sale seldom moves a listing between two pages.
            Sort::Relevance => SCORES - u64::from(self.sales.get(id).saturating_add(1).ilog2()),
            Sort::Newest => u64::MAX - self.created.get(id),
            Sort::Rating => u64::MAX - self.rating.get(id),
            Sort::Sales => u64::MAX - self.sales.get(id),
            Sort::Trending => u64::MAX - self.trending.get(id),
            Sort::Quality => u64::MAX - u64::from(self.quality.get(id)),
            Sort::Name | Sort::Price | Sort::PriceDescending => 0,
        }
    }

    pub fn keys(&self, id: u32) -> [u64; 6] {
        SORTS.map(|sort| self.key(sort, id))
    }

    pub fn remove(&mut self, id: u32) {
        self.tainted.remove(id);
        self.free.remove(id);
    }

    pub fn bytes(&self) -> usize {
        [
            self.created.bytes(),
            self.royalty.bytes(),
            self.mean.bytes(),
            self.rating.bytes(),
            self.sales.bytes(),
            self.quality.bytes(),
            self.trending.bytes(),
            self.tainted.serialized_size(),
            self.free.serialized_size(),
        ]
        .iter()
        .sum()
    }
}

fn note(ids: &mut RoaringBitmap, id: u32, is_so: bool) {
    match is_so {
        true => ids.insert(id),
        false => ids.remove(id),
    };
}

fn mean(ratings: u64, sum: u64) -> u64 {
    let hundred = u128::from(sum).saturating_mul(100);
    match u128::from(ratings) {
        0 => 0,
        ratings => quotient(hundred.saturating_add(ratings / 2), ratings).saturating_add(1),
    }
}

fn quotient(number: u128, by: u128) -> u64 {
    let quotient = number.checked_div(by).unwrap_or(0);
    u64::try_from(quotient).unwrap_or(u64::MAX)
}
