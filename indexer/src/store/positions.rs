//! Locked tokens.

use std::collections::BTreeMap;

use reward::state::Position;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, lives},
    rows::{Bytea, Table, bytes, int},
};

const TABLE: Table = Table {
    name: "positions",
    key: &["address", "born_slot"],
    columns: &["address", "born_slot", "closed", "owner"],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    born_slot: i64,
    closed: bool,
    owner: Bytea,
}

/// Closed ones stay: votes were cast with them.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for life in lives::<Position>(folded) {
        let (key, folded, position) = life?;
        rows.push(Row {
            address: bytes(key.address),
            born_slot: int(key.born_slot),
            closed: folded.closed,
            owner: bytes(position.owner),
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Deletes what was derived of these positions, all their lives.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
