//! Proposals to the dao.

use std::collections::BTreeMap;

use dao::state::Proposal;
use pedigree_sdk::names;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, lives},
    rows::{Bytea, Table, bytes, int, named},
};

const TABLE: Table = Table {
    name: "proposals",
    key: &["address", "born_slot"],
    columns: &[
        "address",
        "born_slot",
        "closed",
        "number",
        "action",
        "status",
        "proposer",
    ],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    born_slot: i64,
    closed: bool,
    number: i64,
    action: String,
    status: String,
    proposer: Bytea,
}

/// Closed ones stay: what was decided is remembered.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for life in lives::<Proposal>(folded) {
        let (key, folded, proposal) = life?;
        rows.push(Row {
            address: bytes(key.address),
            born_slot: int(key.born_slot),
            closed: folded.closed,
            number: int(proposal.number),
            action: named(&names::ACTION, proposal.action),
            status: named(&names::PROPOSAL_STATUS, proposal.status),
            proposer: bytes(proposal.proposer),
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Deletes what was derived of these proposals, all their lives.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
