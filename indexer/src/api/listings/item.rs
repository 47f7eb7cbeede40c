//! A listing as the API shows it.

use std::sync::LazyLock;

use pedigree_sdk::api::mean_rating;
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::{
    api::{
        render::{Proof, ProofRow, base58, time},
        signals::{estimate, grade},
    },
    search::CHANGED_SINCE,
};

/// Columns of [`Row`], of `listings l` with its account `a` and its signals `s`. Tainted is what is so by itself, which
/// is always up to date, or by descent, as far as that is spread.
pub const COLUMNS: &str = "l.address, l.key, l.kind, l.publisher, l.publisher_name, l.publisher_verified, l.name, \
    l.summary, l.source, l.status, l.version, l.manifest_hash, l.manifest_uri, l.manifest_status, l.manifest_key, \
    l.content_hash, l.license, l.derivatives, l.derivative_royalty_ppm, l.royalty_ppm, l.generation, l.claimed, \
    l.authority, l.payout, l.operator, l.tags, l.attributes, l.pricing, l.created_at, l.created_slot, \
    l.activated_slot, l.updated_slot, l.parents, l.reviews, l.rating_sum, \
    s.sales, s.ended, s.disputed, s.quality, \
    (EXISTS (SELECT FROM own_taints t WHERE t.listing = l.address) \
        OR EXISTS (SELECT FROM taints t WHERE t.listing = l.address)) AS tainted, \
    a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash";

/// Joins to `l` its account and what happened to it.
pub const JOINS: &str = " JOIN accounts a ON a.kind = 'listing' AND a.address = l.address AND a.born_slot = l.born_slot \
    CROSS JOIN LATERAL (
        SELECT sales, ended, disputed, quality FROM signals WHERE signals.listing = l.address OFFSET 0
    ) AS s";

/// Reads the rows of a page, in its order: `$1` and `$2` say which state the search was of, `$3` the addresses. Each with whether
/// it changed since.
pub static PAGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS}, {CHANGED_SINCE} AS changed
         FROM unnest($3::bytea[]) WITH ORDINALITY AS page (address, place)
         JOIN listings l ON l.address = page.address{JOINS} ORDER BY page.place"
    )
});

#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    address: Vec<u8>,
    key: Vec<u8>,
    kind: String,
    publisher: Vec<u8>,
    publisher_name: Option<String>,
    publisher_verified: bool,
    name: String,
    summary: Option<String>,
    source: Option<String>,
    status: String,
    version: i64,
    manifest_hash: Vec<u8>,
    manifest_uri: String,
    manifest_status: String,
    manifest_key: Option<String>,
    content_hash: Option<Vec<u8>>,
    license: Option<String>,
    derivatives: String,
    derivative_royalty_ppm: i64,
    royalty_ppm: i64,
    generation: i32,
    claimed: bool,
    authority: Vec<u8>,
    payout: Vec<u8>,
    operator: Option<Vec<u8>>,
    tags: Vec<String>,
    attributes: Json<Box<RawValue>>,
    pricing: Json<Box<RawValue>>,
    created_at: i64,
    created_slot: i64,
    activated_slot: Option<i64>,
    updated_slot: i64,
    parents: i32,
    reviews: i64,
    rating_sum: i64,
    sales: i64,
    ended: i64,
    disputed: i64,
    quality: i32,
    tainted: bool,
    #[sqlx(flatten)]
    proof: ProofRow,
}

/// One asset on sale, as it is among others.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing {
    #[serde(flatten)]
    pub facts: ListingFacts,
    /// How many there are, as `review_count` says too.
    pub reviews: i64,
}

/// What is said of an asset on sale wherever it is shown. Facts of its manifest (`summary`, `source`, `tags`,
/// `attributes`, the text of `key`) are given only while `manifest_status` is `ok`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingFacts {
    /// Base58.
    pub address: String,
    /// The text of the key where the manifest proves it, otherwise `key_hash`.
    pub key: String,
    /// The 32-byte key in the listing's address, hex.
    pub key_hash: String,
    /// `model`, `dataset`, `service`, `compute` or `agent`.
    pub kind: String,
    pub publisher: String,
    /// What the publisher calls itself: a claim, the key is the identity.
    pub publisher_name: Option<String>,
    pub publisher_name_verified: bool,
    pub name: String,
    pub summary: Option<String>,
    pub source: Option<String>,
    /// `draft`, `active`, `paused`, `retired` or `suspended`.
    pub status: String,
    pub version: i64,
    pub manifest_hash: String,
    pub manifest_uri: String,
    /// `pending`, `ok`, `mismatch`, `refused`, `unreachable` or `too_large`.
    pub manifest_status: String,
    pub content_hash: Option<String>,
    /// SPDX identifier.
    pub license: Option<String>,
    /// `open`, `licensed` or `forbidden`.
    pub derivatives: String,
    /// Least royalty that a derivative owes, in ppm of its price.
    pub derivative_royalty_ppm: i64,
    /// What a sale owes to the parents, in ppm of the seller's part.
    pub royalty_ppm: i64,
    /// Generation of the royalty table in force.
    pub generation: i32,
    /// Parents in the lineage.
    pub parents: i32,
    pub authority: String,
    pub payout: String,
    pub operator: Option<String>,
    pub tags: Vec<String>,
    #[schema(value_type = Object)]
    pub attributes: Box<RawValue>,
    #[schema(value_type = Vec<Price>)]
    pub pricing: Box<RawValue>,
    /// Mean of the ratings, 1 to 5, to a hundredth; null before the first.
    pub rating: Option<f64>,
    /// Reviews, each of a paid receipt.
    pub review_count: i64,
    /// Sum of their ratings.
    pub rating_sum: i64,
    /// The mean as if five more had rated it 3, which `sort=rating` sorts by.
    pub rating_estimate: f64,
    /// Paid receipts.
    pub sales: i64,
    /// What happened to its orders and what its buyers said, out of 1,000, which `sort=quality` sorts by; 500 where nothing did.
    /// `/v1/listings/{address}/signals` says what it is made of.
    pub quality: i32,
    /// `A` to `E`, by `quality`; null where nothing happened that it could tell of.
    pub grade: Option<&'static str>,
    /// Suspended, or with a case against it that the court upheld and nobody carried out yet; or a descendant of such a
    /// listing, as of `taint_slot`.
    pub tainted: bool,
    pub claimed: bool,
    pub created_slot: i64,
    pub activated_slot: Option<i64>,
    pub updated_slot: i64,
    /// RFC 3339, UTC.
    pub created_at: Option<String>,
    pub proof: Proof,
}

/// One price term.
#[derive(Debug, Serialize, ToSchema)]
pub struct Price {
    pub index: u8,
    /// `one_time`, `metered`, `subscription` or `lease`.
    pub mode: String,
    pub unit: String,
    /// Base units of `mint` per unit.
    pub price: String,
    pub mint: String,
    pub decimals: u8,
    /// Most units in one order; null for no limit.
    pub capacity: Option<String>,
    /// Seconds that a unit of a subscription or a lease lasts; null for other modes.
    pub period: Option<u32>,
}

impl From<Row> for Listing {
    fn from(row: Row) -> Self {
        let facts = ListingFacts::from(row);
        Self {
            reviews: facts.review_count,
            facts,
        }
    }
}

impl From<Row> for ListingFacts {
    fn from(row: Row) -> Self {
        let count = |stored: i64| u64::try_from(stored).unwrap_or_default();
        let key_hash = hex::encode(&row.key);
        Self {
            address: base58(&row.address),
            key: row.manifest_key.unwrap_or_else(|| key_hash.clone()),
            key_hash,
            kind: row.kind,
            publisher: base58(&row.publisher),
            publisher_name: row.publisher_name,
            publisher_name_verified: row.publisher_verified,
            name: row.name,
            summary: row.summary,
            source: row.source,
            status: row.status,
            version: row.version,
            manifest_hash: hex::encode(row.manifest_hash),
            manifest_uri: row.manifest_uri,
            manifest_status: row.manifest_status,
            content_hash: row.content_hash.map(hex::encode),
            license: row.license,
            derivatives: row.derivatives,
            derivative_royalty_ppm: row.derivative_royalty_ppm,
            royalty_ppm: row.royalty_ppm,
            generation: row.generation,
            parents: row.parents,
            authority: base58(&row.authority),
            payout: base58(&row.payout),
            operator: row.operator.as_deref().map(base58),
            tags: row.tags,
            attributes: row.attributes.0,
            pricing: row.pricing.0,
            rating: mean_rating(count(row.rating_sum), count(row.reviews)),
            review_count: row.reviews,
            rating_sum: row.rating_sum,
            rating_estimate: estimate(row.rating_sum, row.reviews),
            sales: row.sales,
            quality: row.quality,
            grade: grade(row.quality, [row.reviews, row.ended, row.disputed]),
            tainted: row.tainted,
            claimed: row.claimed,
            created_slot: row.created_slot,
            activated_slot: row.activated_slot,
            updated_slot: row.updated_slot,
            created_at: time(row.created_at),
            proof: row.proof.into(),
        }
    }
}
