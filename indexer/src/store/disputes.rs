//! Disputes before the court.

use std::collections::BTreeMap;

use dao::state::Dispute;
use pedigree_sdk::{court, names};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, lives},
    rows::{Bytea, Table, bytes, int, named},
};

const TABLE: Table = Table {
    name: "disputes",
    key: &["address", "born_slot"],
    columns: &[
        "address",
        "born_slot",
        "closed",
        "kind",
        "subject",
        "status",
        "opener",
    ],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    born_slot: i64,
    closed: bool,
    kind: String,
    subject: Bytea,
    status: String,
    opener: Option<Bytea>,
}

/// Closed ones stay: what was ruled is remembered.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for life in lives::<Dispute>(folded) {
        let (key, folded, dispute) = life?;
        rows.push(Row {
            address: bytes(key.address),
            born_slot: int(key.born_slot),
            closed: folded.closed,
            kind: named(&names::CASE, dispute.case),
            subject: bytes(dispute.head.subject),
            status: named(&names::DISPUTE_STATUS, dispute.head.status),
            opener: court::opener(&dispute).map(bytes),
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Deletes what was derived of these disputes, all their lives.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
