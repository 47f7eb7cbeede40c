//! Royalty tables and the pools that royalties are paid into.

use listing::state::{PoolLedger, RoyaltyTable};
use pedigree_sdk::accounts::from_bytes;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::Newest,
    rows::{Bytea, Table, bytes},
};

const TABLES: Table = Table {
    name: "royalty_tables",
    key: &["address"],
    columns: &[
        "address",
        "born_slot",
        "listing",
        "generation",
        "total_ppm",
        "entries",
    ],
};

#[derive(Serialize)]
struct TableRow {
    address: Bytea,
    born_slot: u64,
    listing: Bytea,
    generation: u16,
    total_ppm: u32,
    entries: Value,
}

/// Deletes what was derived of these tables.
pub async fn clear_tables(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLES.delete(db, "address", addresses).await
}

pub async fn derive_tables(db: &mut PgConnection, tables: &Newest<'_>) -> Result<(), StoreError> {
    TABLES.delete(db, "address", &tables.gone).await?;
    let mut rows = Vec::new();
    for (key, folded) in &tables.live {
        let table: RoyaltyTable = from_bytes(&folded.bytes)?;
        let entries = table.entries.iter().take(usize::from(table.len));
        rows.push(TableRow {
            address: bytes(key.address),
            born_slot: key.born_slot,
            listing: bytes(table.listing),
            generation: table.generation,
            total_ppm: table.total_ppm,
            entries: entries
                .map(
                    |entry| json!({ "parent": entry.parent.to_string(), "royalty_ppm": entry.ppm }),
                )
                .collect(),
        });
    }
    Ok(TABLES.upsert(db, &rows).await?)
}

const POOLS: Table = Table {
    name: "pools",
    key: &["address"],
    columns: &[
        "address",
        "born_slot",
        "listing",
        "generation",
        "mint",
        "token_account",
        "token_program",
        "decimals",
        "credited",
        "owed",
    ],
};

#[derive(Serialize)]
struct PoolRow {
    address: Bytea,
    born_slot: u64,
    listing: Bytea,
    generation: u16,
    mint: Bytea,
    token_account: Bytea,
    token_program: Bytea,
    decimals: u8,
    credited: Vec<u64>,
    owed: Vec<u64>,
}

/// Deletes what was derived of these pools.
pub async fn clear_pools(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    POOLS.delete(db, "address", addresses).await
}

/// Pools never close.
pub async fn derive_pools(db: &mut PgConnection, pools: &Newest<'_>) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (key, folded) in &pools.live {
        let pool: PoolLedger = from_bytes(&folded.bytes)?;
        rows.push(PoolRow {
            address: bytes(key.address),
            born_slot: key.born_slot,
            listing: bytes(pool.listing),
            generation: pool.generation,
            mint: bytes(pool.mint),
            token_account: bytes(pool.pool),
            token_program: bytes(pool.token_program),
            decimals: pool.decimals,
            credited: pool.credited.to_vec(),
            owed: pool.owed.to_vec(),
        });
    }
    Ok(POOLS.upsert(db, &rows).await?)
}
