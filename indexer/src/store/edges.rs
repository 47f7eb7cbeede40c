//! Lineage claims.

use listing::state::Edge;
use pedigree_sdk::{accounts::from_bytes, names};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::Newest,
    rows::{Bytea, Table, bytes, named},
};

const TABLE: Table = Table {
    name: "edges",
    key: &["child", "parent"],
    columns: &[
        "child",
        "parent",
        "address",
        "born_slot",
        "relation",
        "status",
        "royalty_ppm",
        "table_index",
        "position",
        "parent_version",
        "created_at",
    ],
};

/// `Edge::table_index` of an edge without royalty.
const NO_ENTRY: u8 = 255;

#[derive(Serialize)]
struct Row {
    child: Bytea,
    parent: Bytea,
    address: Bytea,
    born_slot: u64,
    relation: String,
    status: String,
    royalty_ppm: u32,
    table_index: Option<u8>,
    position: u16,
    parent_version: u32,
    created_at: i64,
}

pub async fn derive(db: &mut PgConnection, edges: &Newest<'_>) -> Result<(), StoreError> {
    TABLE.delete(db, "address", &edges.gone).await?;
    let mut rows = Vec::new();
    for (key, folded) in &edges.live {
        let edge: Edge = from_bytes(&folded.bytes)?;
        rows.push(Row {
            child: bytes(edge.child),
            parent: bytes(edge.parent),
            address: bytes(key.address),
            born_slot: key.born_slot,
            relation: named(&names::RELATION, edge.relation),
            status: named(&names::EDGE_STATUS, edge.status),
            royalty_ppm: edge.royalty_ppm,
            table_index: (edge.table_index != NO_ENTRY).then_some(edge.table_index),
            position: edge.index,
            parent_version: edge.parent_version,
            created_at: edge.created_at,
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}
