//! What publishers say of themselves.

use listing::state::Profile;
use pedigree_sdk::accounts::from_bytes;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{Folded, Newest},
    rows::{Bytea, Table, bytes, text},
};

const TABLE: Table = Table {
    name: "profiles",
    key: &["publisher"],
    columns: &["publisher", "address", "name", "uri", "verified"],
};

#[derive(Serialize)]
struct Row {
    publisher: Bytea,
    address: Bytea,
    name: String,
    uri: String,
    verified: bool,
}

/// Profiles never close.
pub async fn derive(db: &mut PgConnection, profiles: &Newest<'_>) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (key, folded) in &profiles.live {
        let profile: Profile = from_bytes(&folded.bytes)?;
        rows.push(Row {
            publisher: bytes(profile.publisher),
            address: bytes(key.address),
            name: text(&profile.name),
            uri: text(&profile.uri),
            verified: profile.verified != 0,
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Publishers of the profiles at these addresses.
pub async fn publishers(
    db: &mut PgConnection,
    addresses: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT publisher FROM profiles WHERE address = ANY($1)")
        .bind(addresses)
        .fetch_all(db)
        .await
}

/// Publishers of these profiles.
pub fn publishers_of(profiles: &Newest<'_>) -> Result<Vec<Vec<u8>>, StoreError> {
    let publisher = |folded: &Folded| {
        let profile: Profile = from_bytes(&folded.bytes)?;
        Ok(profile.publisher.to_bytes().to_vec())
    };
    profiles
        .live
        .iter()
        .map(|(_, folded)| publisher(folded))
        .collect()
}

/// Listings that show the profile of one of these publishers.
pub async fn listings_of(
    db: &mut PgConnection,
    publishers: Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    if publishers.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT address FROM listings WHERE publisher = ANY($1)")
        .bind(publishers)
        .fetch_all(db)
        .await
}

/// Deletes what was derived of these profiles.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
