//! Listings and their versions.

use std::collections::{HashMap, HashSet};

use listing::state::{Listing, PriceTerm};
use pedigree_sdk::{
    accounts::{EntityKind, from_bytes},
    names,
};
use serde::Serialize;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{
    StoreError,
    copy::{CopyIn, Stream},
    documents::{self, Entry, Own, Sources},
    entities::{EntityKey, Folded, Newest},
    rows::{Bytea, Table, bytes, named, non_zero, text},
};

/// The columns that come from the account, then those of [`documents::Entry`].
pub const LISTINGS: Table = Table {
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
        "publisher_name",
        "publisher_verified",
        "manifest_status",
        "manifest_key",
        "summary",
        "source",
        "tags",
        "attributes",
        "document",
    ],
};

/// Deletes what was derived of these listings, all their lives.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    LISTINGS.delete(db, "address", addresses).await?;
    VERSIONS.delete(db, "listing", addresses).await
}

/// Writes listings with what search knows of them, over what is there of those in `stored`.
pub async fn derive(
    db: &mut PgConnection,
    listings: &Newest<'_>,
    stored: &HashMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    LISTINGS.delete(db, "address", &listings.gone).await?;
    let known: HashSet<Pubkey> = stored
        .keys()
        .filter(|key| key.kind == EntityKind::Listing)
        .map(|key| key.address)
        .collect();
    let (known, new): (Vec<_>, Vec<_>) = listings
        .live
        .iter()
        .partition(|(key, _)| known.contains(&key.address));
    let new = rows(db, &new).await?;
    let copy = CopyIn::into(LISTINGS.name, LISTINGS.columns).open(db);
    send(copy, &new).await?;
    if !known.is_empty() {
        let addresses: Vec<Vec<u8>> = known
            .iter()
            .map(|(key, _)| key.address.to_bytes().to_vec())
            .collect();
        documents::hold(db, &addresses).await?;
        let known = rows(db, &known).await?;
        send(LISTINGS.stage(db).await?, &known).await?;
        LISTINGS.replace(db, known.len() as u64).await?;
    }
    Ok(())
}

/// A listing's row: its address, its account, and what search knows of it.
type Row = (Pubkey, Listing, Entry);

async fn rows(
    db: &mut PgConnection,
    listings: &[&(&EntityKey, &Folded)],
) -> Result<Vec<Row>, StoreError> {
    let mut accounts: Vec<(Pubkey, Listing)> = Vec::with_capacity(listings.len());
    for (key, folded) in listings {
        accounts.push((key.address, from_bytes(&folded.bytes)?));
    }
    let sources = accounts.iter().map(|(_, listing)| Sources {
        publisher: listing.publisher.to_bytes().to_vec(),
        manifest_hash: listing.manifest_hash.to_vec(),
        manifest_uri: text(&listing.uri),
    });
    let told = documents::told(db, sources).await?;
    let rows = accounts
        .into_iter()
        .zip(told)
        .map(|((address, listing), told)| {
            let entry = Entry::of(&own(&listing), told);
            (address, listing, entry)
        });
    Ok(rows.collect())
}

fn own(listing: &Listing) -> Own {
    Own {
        key: listing.key.to_vec(),
        name: text(&listing.name),
        kind: named(&names::KIND, listing.kind),
        license: license(listing),
    }
}

fn license(listing: &Listing) -> Option<String> {
    let license = text(&listing.license);
    (!license.is_empty()).then_some(license)
}

async fn send(mut copy: Stream<'_>, rows: &[Row]) -> Result<(), sqlx::Error> {
    for (address, listing, entry) in rows {
        write(copy.row().await?, *address, listing, entry);
    }
    copy.finish().await
}

/// The columns of [`LISTINGS`], in their order.
fn write(row: &mut CopyIn, address: Pubkey, listing: &Listing, entry: &Entry) {
    let terms = listing.terms.iter().take(usize::from(listing.terms_len));
    let pricing = terms.enumerate().map(|(index, term)| price(index, term));
    let activated = (listing.activated_slot != 0).then_some(listing.activated_slot);
    row.bytea(address)
        .count(listing.born_slot)
        .bytea(listing.publisher)
        .bytea(listing.key)
        .bytea(listing.authority)
        .bytea(listing.payout)
        .or_null(non_zero(listing.operator), CopyIn::bytea)
        .text(&named(&names::KIND, listing.kind))
        .text(&named(&names::STATUS, listing.status))
        .text(&text(&listing.name))
        .or_null(license(listing).as_deref(), CopyIn::text)
        .text(&named(&names::DERIVATIVES, listing.derivatives))
        .count(listing.derivative_royalty_ppm)
        .count(listing.royalty_ppm)
        .int4(listing.generation.into())
        .int4(listing.edges.into())
        .boolean(listing.claimed != 0)
        .count(listing.version)
        .bytea(listing.manifest_hash)
        .text(&text(&listing.uri))
        .or_null(non_zero(listing.content_hash), CopyIn::bytea)
        .jsonb(&pricing.collect())
        .count(listing.reviews)
        .count(listing.rating_sum)
        .int8(listing.created_at)
        .count(listing.born_slot)
        .or_null(activated, CopyIn::count)
        .count(listing.updated_slot)
        .or_null(entry.publisher_name.as_deref(), CopyIn::text)
        .boolean(entry.publisher_verified)
        .text(&entry.manifest_status)
        .or_null(entry.manifest_key.as_deref(), CopyIn::text)
        .or_null(entry.summary.as_deref(), CopyIn::text)
        .or_null(entry.source.as_deref(), CopyIn::text)
        .text_array(&entry.tags)
        .jsonb(&entry.attributes)
        .tsvector(&entry.document);
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
