//! Lineage claims.

use std::collections::{HashMap, HashSet};

use listing::state::Edge;
use pedigree_sdk::{
    accounts::{EntityKind, from_bytes},
    names,
};
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{
    StoreError,
    copy::CopyIn,
    entities::{EntityKey, Folded, Newest},
    rows::{Table, named},
};

/// Edges that are there.
pub const EDGES: Table = Table {
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
        "manifest_root",
        "proved_slot",
        "proved_version",
    ],
};

/// `Edge::table_index` of an edge without royalty.
const NO_ENTRY: u8 = 255;

/// Deletes what was derived of these edges.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    EDGES.delete(db, "address", addresses).await
}

/// Writes edges, over what is there of those in `stored`.
pub async fn derive(
    db: &mut PgConnection,
    edges: &Newest<'_>,
    stored: &HashMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let known: HashSet<Pubkey> = stored
        .keys()
        .filter(|key| key.kind == EntityKind::Edge)
        .map(|key| key.address)
        .collect();
    let replaced = edges
        .live
        .iter()
        .filter(|(key, _)| known.contains(&key.address))
        .map(|(key, _)| key.address.to_bytes().to_vec());
    let old: Vec<Vec<u8>> = edges.gone.iter().cloned().chain(replaced).collect();
    clear(db, &old).await?;
    let mut copy = CopyIn::into(EDGES.name, EDGES.columns);
    for (key, folded) in &edges.live {
        let edge: Edge = from_bytes(&folded.bytes)?;
        let proved = edge.proved_slot != 0;
        let entry = (edge.table_index != NO_ENTRY).then_some(edge.table_index);
        copy.row()
            .bytea(edge.child)
            .bytea(edge.parent)
            .bytea(key.address)
            .count(key.born_slot)
            .text(&named(&names::RELATION, edge.relation))
            .text(&named(&names::EDGE_STATUS, edge.status))
            .count(edge.royalty_ppm)
            .or_null(entry, CopyIn::int2)
            .int4(edge.index.into())
            .count(edge.parent_version)
            .int8(edge.created_at)
            .or_null(proved.then_some(edge.manifest_root), CopyIn::bytea)
            .or_null(proved.then_some(edge.proved_slot), CopyIn::count)
            .or_null(proved.then_some(edge.proved_version), CopyIn::count);
    }
    Ok(copy.write(db).await?)
}
