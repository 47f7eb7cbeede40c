//! What publishers say of themselves.

use listing::state::Profile;
use pedigree_sdk::accounts::from_bytes;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::Newest,
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

/// Listings that show one of these profiles.
pub async fn listings_of(
    db: &mut PgConnection,
    profiles: &Newest<'_>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut publishers: Vec<Vec<u8>> = Vec::new();
    for (_, folded) in &profiles.live {
        publishers.push(
            from_bytes::<Profile>(&folded.bytes)?
                .publisher
                .to_bytes()
                .to_vec(),
        );
    }
    if publishers.is_empty() {
        return Ok(Vec::new());
    }
    let addresses = sqlx::query_scalar("SELECT address FROM listings WHERE publisher = ANY($1)")
        .bind(publishers)
        .fetch_all(db)
        .await?;
    Ok(addresses)
}
