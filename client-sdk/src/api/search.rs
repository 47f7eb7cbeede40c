//! What to search listings for.

use solana_program::pubkey::Pubkey;

use super::{Query, put};

/// What to search listings for. Filters that are empty do not apply; `status` is `active` unless given.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Words, "phrases", -not, or.
    pub q: Option<String>,
    /// Any of these.
    pub kind: Vec<String>,
    /// Any of these SPDX identifiers.
    pub license: Vec<String>,
    /// Any of these keys.
    pub publisher: Vec<Pubkey>,
    pub publisher_name: Option<String>,
    pub name: Option<String>,
    pub key: Option<String>,
    /// All of these.
    pub tag: Vec<String>,
    /// Any of these.
    pub status: Vec<String>,
    /// Any of these, at most 100.
    pub addresses: Vec<Pubkey>,
    /// Descendants of this listing, at any depth.
    pub descends_from: Option<Pubkey>,
    /// Leaves out what is tainted, by itself or by descent.
    pub untainted: bool,
    /// What a sale owes to its lineage at most, in ppm of the seller's part.
    pub max_royalty_ppm: Option<u32>,
    /// Mean of the ratings at least, to a hundredth.
    pub min_rating: Option<f64>,
    /// Only what has no price terms, or only what has some.
    pub free: Option<bool>,
    /// `one_time`, `metered`, `subscription` or `lease`: one and the same price term has to be all that is said here and in
    /// the four fields below.
    pub mode: Option<String>,
    /// What one pays for. Prices, and sorts by price, need it.
    pub unit: Option<String>,
    /// What one pays in; where prices are compared the settlement mint unless given.
    pub mint: Option<Pubkey>,
    /// In base units of the mint.
    pub min_price: Option<u64>,
    /// In base units of the mint.
    pub max_price: Option<u64>,
    /// Names of attributes, which `.gte` or `.lte` may follow, and values: a JSON literal compares by its type, anything else
    /// as text.
    pub attributes: Vec<(String, String)>,
    /// `relevance`, `newest`, `name`, `price`, `-price`, `rating`, `sales`, `trending` or `quality`.
    pub sort: Option<String>,
    /// At most 100.
    pub limit: Option<u32>,
    /// Of the page before.
    pub cursor: Option<String>,
    /// Waits until the index has read this slot. What manifests say comes later.
    pub min_slot: Option<u64>,
    /// Counts all that match, however many.
    pub exact_count: bool,
    /// What to count values of: `kind`, `license`, `tag`, `publisher`, `mode`, `unit`.
    pub facets: Vec<String>,
    /// Values of each of them at most, up to 500.
    pub facet_limit: Option<u32>,
}

impl Search {
    /// The parameters that ask for it.
    pub fn query(&self) -> Query {
        let mut query = Query::new();
        put(&mut query, "q", &self.q);
        put(&mut query, "kind", &self.kind);
        put(&mut query, "license", &self.license);
        put(&mut query, "publisher", &self.publisher);
        put(&mut query, "publisher_name", &self.publisher_name);
        put(&mut query, "name", &self.name);
        put(&mut query, "key", &self.key);
        put(&mut query, "tag", &self.tag);
        put(&mut query, "status", &self.status);
        put(&mut query, "addresses", &self.addresses);
        put(&mut query, "descends_from", self.descends_from);
        put(&mut query, "untainted", self.untainted.then_some(true));
        put(&mut query, "max_royalty_ppm", self.max_royalty_ppm);
        put(&mut query, "min_rating", self.min_rating);
        put(&mut query, "free", self.free);
        put(&mut query, "mode", &self.mode);
        put(&mut query, "unit", &self.unit);
        put(&mut query, "mint", self.mint);
        put(&mut query, "min_price", self.min_price);
        put(&mut query, "max_price", self.max_price);
        for (name, value) in &self.attributes {
            query.push((format!("attr.{name}").into(), value.clone()));
        }
        put(&mut query, "sort", &self.sort);
        put(&mut query, "limit", self.limit);
        put(&mut query, "cursor", &self.cursor);
        put(&mut query, "min_slot", self.min_slot);
        put(&mut query, "count", self.exact_count.then_some("exact"));
        let facets = Some(self.facets.join(",")).filter(|facets| !facets.is_empty());
        put(&mut query, "facets", facets);
        put(&mut query, "facet_limit", self.facet_limit);
        query
    }
}
