//! One hash over everything that the chain determines.

use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

/// Each table with its key, and what is left out because it depends on when this program looked, not on the chain.
const TABLES: &[(&str, &str, &str)] = &[
    // Blocks without events depend on how far each run got, `status` on when finality was looked at.
    (
        "(SELECT slot, hash, parent_slot, parent_hash, block_time FROM blocks b
       WHERE EXISTS (SELECT FROM raw_events e WHERE e.slot = b.slot)) AS blocks",
        "slot",
        "",
    ),
    // The log's numbers count reversions and finality too, which depend on when this program looked.
    ("raw_events", "slot, signature, ix_path", " - 'applied_seq'"),
    ("entity_events", "kind, address, born_slot, seq", ""),
    ("dead_letters", "slot, signature, ix_path", ""),
    ("accounts", "kind, address, born_slot", ""),
    ("unfolded", "kind, address, born_slot", ""),
    ("profiles", "publisher", ""),
    ("listings", "address", ""),
    ("versions", "listing, born_slot, version", ""),
    ("edges", "child, parent", ""),
    ("royalty_tables", "address", ""),
    ("pools", "address", ""),
    ("reviews", "address", ""),
    ("mints", "mint", ""),
    ("orders", "address, born_slot", ""),
    ("market", "listing", ""),
    ("market_volumes", "listing, mint", ""),
    ("market_days", "listing, day", ""),
    ("sessions", "address, born_slot", ""),
    ("epochs", "epoch", ""),
    ("positions", "address, born_slot", ""),
    ("disputes", "address, born_slot", ""),
    ("proposals", "address, born_slot", ""),
    ("upheld_cases", "address, born_slot", ""),
    // How far it is spread depends on this program; what it comes to follows from this and from `edges`.
    ("own_taints", "listing", ""),
    ("snapshots", "kind, address, born_slot, seq", ""),
    ("manifest_contents", "hash", ""),
    (
        "manifests",
        "hash, uri",
        " - 'attempts' - 'next_attempt' - 'error'",
    ),
];

pub async fn table_hash(pool: &PgPool) -> Result<[u8; 32], sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *tx)
        .await?;
    of(&mut tx).await
}

/// [`table_hash`] of what a transaction sees.
pub async fn of(db: &mut PgConnection) -> Result<[u8; 32], sqlx::Error> {
    let mut hash = Sha256::new();
    for (table, key, without) in TABLES {
        let name = table.rsplit(' ').next().unwrap_or(table);
        hash.update(name.as_bytes());
        let sql = format!("SELECT (to_jsonb({name}){without})::text FROM {table} ORDER BY {key}");
        // Made of the constants above alone.
        let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch(&mut *db);
        while let Some(row) = rows.try_next().await? {
            hash.update(row.as_bytes());
            hash.update(b"\n");
        }
    }
    Ok(hash.finalize().into())
}
