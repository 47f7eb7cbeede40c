//! Listings and their versions.

use listing::state::{Listing, PriceTerm};
use pedigree_sdk::{accounts::from_bytes, names};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, Newest},
    rows::{Bytea, Table, bytes, named, non_zero, text},
};

/// The columns that come from the account; `documents` fills the others.
const LISTINGS: Table = Table {
    name: "listings",
    key: &["address"],
    columns: &[
        "address",
        "born_slot",
        "publisher",
        "key",
        "authority",
        "payout",
        "operator",
        "kind",
        "status",
        "name",
        "license",
        "derivatives",
        "derivative_royalty_ppm",
        "royalty_ppm",
        "generation",
        "parents",
        "claimed",
        "version",
        "manifest_hash",
        "manifest_uri",
        "content_hash",
        "pricing",
        "reviews",
        "rating_sum",
        "created_at",
        "created_slot",
        "activated_slot",
        "updated_slot",
    ],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    born_slot: u64,
    publisher: Bytea,
    key: Bytea,
    authority: Bytea,
    payout: Bytea,
    operator: Option<Bytea>,
    kind: String,
    status: String,
    name: String,
    license: Option<String>,
    derivatives: String,
    derivative_royalty_ppm: u32,
    royalty_ppm: u32,
    generation: u16,
    parents: u16,
    claimed: bool,
    version: u32,
    manifest_hash: Bytea,
    manifest_uri: String,
    content_hash: Option<Bytea>,
    pricing: Value,
    reviews: u64,
    rating_sum: u64,
    created_at: i64,
    created_slot: u64,
    activated_slot: Option<u64>,
    updated_slot: u64,
}

/// Deletes what was derived of these listings, all their lives.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    LISTINGS.delete(db, "address", addresses).await?;
    VERSIONS.delete(db, "listing", addresses).await
}

pub async fn derive(db: &mut PgConnection, listings: &Newest<'_>) -> Result<(), StoreError> {
    LISTINGS.delete(db, "address", &listings.gone).await?;
    let mut rows = Vec::new();
    for (key, folded) in &listings.live {
        rows.push(row(key, &from_bytes(&folded.bytes)?));
    }
    Ok(LISTINGS.upsert(db, &rows).await?)
}

fn row(key: &EntityKey, listing: &Listing) -> Row {
    let license = text(&listing.license);
    let terms = listing.terms.iter().take(usize::from(listing.terms_len));
    Row {
        address: bytes(key.address),
        born_slot: listing.born_slot,
        publisher: bytes(listing.publisher),
        key: bytes(listing.key),
        authority: bytes(listing.authority),
        payout: bytes(listing.payout),
        operator: non_zero(listing.operator),
        kind: named(&names::KIND, listing.kind),
        status: named(&names::STATUS, listing.status),
        name: text(&listing.name),
        license: (!license.is_empty()).then_some(license),
        derivatives: named(&names::DERIVATIVES, listing.derivatives),
        derivative_royalty_ppm: listing.derivative_royalty_ppm,
        royalty_ppm: listing.royalty_ppm,
        generation: listing.generation,
        parents: listing.edges,
        claimed: listing.claimed != 0,
        version: listing.version,
        manifest_hash: bytes(listing.manifest_hash),
        manifest_uri: text(&listing.uri),
        content_hash: non_zero(listing.content_hash),
        pricing: terms
            .enumerate()
            .map(|(index, term)| price(index, term))
            .collect(),
        reviews: listing.reviews,
        rating_sum: listing.rating_sum,
        created_at: listing.created_at,
        created_slot: listing.born_slot,
        activated_slot: (listing.activated_slot != 0).then_some(listing.activated_slot),
        updated_slot: listing.updated_slot,
    }
}

/// A price term as the API shows it.
fn price(index: usize, term: &PriceTerm) -> Value {
    json!({
        "index": index,
        "mode": named(&names::MODE, term.mode),
        "unit": text(&term.unit),
        "price": term.price.to_string(),
        "mint": term.mint.to_string(),
        "decimals": term.decimals,
        "capacity": (term.capacity != 0).then(|| term.capacity.to_string()),
        "period": (term.period != 0).then_some(term.period),
    })
}

const VERSIONS: Table = Table {
    name: "versions",
    key: &["listing", "born_slot", "version"],
    columns: &[
        "listing",
        "born_slot",
        "version",
        "manifest_hash",
        "manifest_uri",
        "content_hash",
        "slot",
        "signature",
    ],
};

#[derive(Serialize)]
pub struct VersionRow {
    listing: Bytea,
    born_slot: u64,
    version: u32,
    manifest_hash: Bytea,
    manifest_uri: String,
    content_hash: Option<Bytea>,
    slot: u64,
    signature: Option<Bytea>,
}

impl VersionRow {
    /// Hash and URI of its manifest.
    pub fn manifest(&self) -> (&[u8], &str) {
        (self.manifest_hash.as_ref(), &self.manifest_uri)
    }
}

/// The version that a change of a listing published, if it did.
pub fn version(
    key: &EntityKey,
    before: Option<&Folded>,
    after: &Folded,
) -> Result<Option<VersionRow>, StoreError> {
    let listing: Listing = from_bytes(&after.bytes)?;
    if let Some(before) = before
        && from_bytes::<Listing>(&before.bytes)?.version == listing.version
    {
        return Ok(None);
    }
    Ok(Some(VersionRow {
        listing: bytes(key.address),
        born_slot: key.born_slot,
        version: listing.version,
        manifest_hash: bytes(listing.manifest_hash),
        manifest_uri: text(&listing.uri),
        content_hash: non_zero(listing.content_hash),
        slot: after.slot,
        signature: after.signature.map(bytes),
    }))
}

pub async fn insert_versions(
    db: &mut PgConnection,
    versions: &[VersionRow],
) -> Result<(), StoreError> {
    Ok(VERSIONS.upsert(db, versions).await?)
}
