//! What search knows of a listing.

use crate::{decimal::Decimal, text::Document};

/// 32 bytes: of a listing, a publisher, a mint.
pub type Address = [u8; 32];

/// One listing, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    pub address: Address,
    pub publisher: Address,
    pub key: [u8; 32],
    pub kind: String,
    pub status: String,
    pub name: String,
    pub publisher_name: Option<String>,
    pub license: Option<String>,
    pub tags: Vec<String>,
    /// Each with its values: one, or those of a list.
    pub attributes: Vec<(String, Vec<Scalar>)>,
    /// Price terms, in their order; none means free.
    pub terms: Vec<Term>,
    /// What a sale owes to the parents, in ppm of the seller's part. What their ancestors get comes out of it, so that it is
    /// the whole burden of a lineage, however deep.
    pub royalty_ppm: u32,
    pub created_slot: i64,
    /// Number of ratings, and their sum.
    pub ratings: u64,
    pub rating_sum: u64,
    /// Paid receipts.
    pub sales: u64,
    /// Higher is better; see the API's `signals`.
    pub quality: u32,
    /// Higher is sought after more.
    pub trending: u64,
    /// By itself or by descent.
    pub tainted: bool,
    /// What it says that it was made of, in its order, each once.
    pub parents: Vec<Parent>,
    pub document: Document,
}

/// What a listing says that it was made of: an edge of the lineage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    pub address: Address,
    pub relation: String,
    pub royalty_ppm: u32,
    pub status: String,
    /// Whether it makes descent.
    pub in_force: bool,
}

/// A value of an attribute. Values of different types are never equal, nor greater or less.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    Text(String),
    Number(Decimal),
    Boolean(bool),
    /// JSON's: it is there, and null.
    Null,
}

/// A price term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub mode: String,
    pub unit: String,
    pub mint: Address,
    /// Base units of `mint`.
    pub price: u64,
}
