//! Spending sessions.

use std::collections::BTreeMap;

use escrow::state::Session;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, lives},
    rows::{Bytea, Table, bytes, int},
};

const TABLE: Table = Table {
    name: "sessions",
    key: &["address", "born_slot"],
    columns: &["address", "born_slot", "closed", "owner", "key"],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    born_slot: i64,
    closed: bool,
    owner: Bytea,
    key: Bytea,
}

/// Closed ones stay: what they bought names them.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for life in lives::<Session>(folded) {
        let (key, folded, session) = life?;
        rows.push(Row {
            address: bytes(key.address),
            born_slot: int(key.born_slot),
            closed: folded.closed,
            owner: bytes(session.owner),
            key: bytes(session.key),
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Deletes what was derived of these sessions, all their lives.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
