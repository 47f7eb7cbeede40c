//! Blocks and the links between them.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{StoreError, copy::CopyIn, cursor::point, rows::int};
use crate::decode::{DecodedBlock, Point};

/// The blocks of `batch` past the frontier, checked to follow it and one another; those at or before it are checked
/// against the stored ones.
pub async fn follow<'a>(
    db: &mut PgConnection,
    frontier: Option<Point>,
    batch: &'a [DecodedBlock],
) -> Result<&'a [DecodedBlock], StoreError> {
    let known = batch
        .iter()
        .take_while(|block| frontier.is_some_and(|frontier| block.slot <= frontier.slot))
        .count();
    let (known, new) = batch.split_at(known);
    check_stored(db, known).await?;
    let mut before = frontier.map(|frontier| frontier.slot);
    for block in new {
        match before {
            Some(slot) if block.parent_slot != slot || block.slot <= slot => {
                let (slot, parent_slot) = (block.slot, block.parent_slot);
                return Err(StoreError::Hole {
                    slot,
                    parent_slot,
                    stored_slot: before.unwrap_or_default(),
                });
            }
            _ => before = Some(block.slot),
        }
    }
    Ok(new)
}

async fn check_stored(db: &mut PgConnection, known: &[DecodedBlock]) -> Result<(), StoreError> {
    if known.is_empty() {
        return Ok(());
    }
    let slots: Vec<i64> = known.iter().map(|block| int(block.slot)).collect();
    let stored: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT slot, hash FROM blocks WHERE slot = ANY($1)")
            .bind(&slots)
            .fetch_all(db)
            .await?;
    let stored: HashMap<_, _> = stored.into_iter().collect();
    match known.iter().find(|block| {
        stored
            .get(&int(block.slot))
            .is_none_or(|hash| *hash != block.hash)
    }) {
        None => Ok(()),
        Some(block) => Err(StoreError::OtherBlock {
            block: block.point(),
        }),
    }
}

/// Checks that every block after `ancestor` may be undone.
pub async fn check_undo(db: &mut PgConnection, ancestor: Point) -> Result<(), StoreError> {
    let stored: Option<Vec<u8>> = sqlx::query_scalar("SELECT hash FROM blocks WHERE slot = $1")
        .bind(int(ancestor.slot))
        .fetch_optional(&mut *db)
        .await?;
    if stored.is_none_or(|hash| hash != ancestor.hash) {
        return Err(StoreError::OtherBlock { block: ancestor });
    }
    let final_after: Option<i64> =
        sqlx::query_scalar("SELECT max(slot) FROM blocks WHERE slot > $1 AND status = 'finalized'")
            .bind(int(ancestor.slot))
            .fetch_one(db)
            .await?;
    match final_after.and_then(|slot| u64::try_from(slot).ok()) {
        None => Ok(()),
        Some(slot) => Err(StoreError::BelowFinal {
            ancestor,
            finalized: slot,
        }),
    }
}

pub async fn insert(db: &mut PgConnection, blocks: &[DecodedBlock]) -> Result<(), sqlx::Error> {
    let mut copy = CopyIn::into(
        "blocks",
        &["slot", "hash", "parent_slot", "parent_hash", "block_time"],
    );
    for block in blocks {
        copy.row()
            .count(block.slot)
            .bytea(block.hash)
            .count(block.parent_slot)
            .bytea(block.parent_hash)
            .or_null(block.time, CopyIn::int8);
    }
    copy.write(db).await
}

/// The newest `limit` blocks from the newest final one on, oldest first.
pub async fn tail(db: &mut PgConnection, limit: usize) -> Result<Vec<Point>, sqlx::Error> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT slot, hash FROM blocks
         WHERE slot >= coalesce((SELECT max(slot) FROM blocks WHERE status = 'finalized'), -1)
         ORDER BY slot DESC LIMIT $1",
    )
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().rev().filter_map(point).collect())
}

/// The stored block of a slot, and whether it is final.
pub async fn at(db: &mut PgConnection, slot: u64) -> Result<Option<(Point, bool)>, sqlx::Error> {
    let row: Option<(i64, Vec<u8>, bool)> =
        sqlx::query_as("SELECT slot, hash, status = 'finalized' FROM blocks WHERE slot = $1")
            .bind(int(slot))
            .fetch_optional(db)
            .await?;
    Ok(row.and_then(|(slot, hash, is_final)| Some((point((slot, hash))?, is_final))))
}

/// The slot after the first block's parent.
pub async fn beginning(db: &mut PgConnection) -> Result<Option<u64>, sqlx::Error> {
    let slot: Option<i64> =
        sqlx::query_scalar("SELECT least(parent_slot + 1, slot) FROM blocks ORDER BY slot LIMIT 1")
            .fetch_optional(db)
            .await?;
    Ok(slot.and_then(|slot| slot.try_into().ok()))
}

/// Slots of the stored blocks within a range, ascending.
pub async fn between(db: &mut PgConnection, from: u64, to: u64) -> Result<Vec<u64>, sqlx::Error> {
    let slots: Vec<i64> =
        sqlx::query_scalar("SELECT slot FROM blocks WHERE slot BETWEEN $1 AND $2 ORDER BY 1")
            .bind(int(from))
            .bind(int(to))
            .fetch_all(db)
            .await?;
    Ok(slots
        .into_iter()
        .filter_map(|slot| slot.try_into().ok())
        .collect())
}

pub async fn newest_unfinalized(
    db: &mut PgConnection,
    slot: u64,
) -> Result<Option<Point>, sqlx::Error> {
    let row = sqlx::query_as(
        "SELECT slot, hash FROM blocks WHERE status = 'confirmed' AND slot <= $1 ORDER BY slot DESC LIMIT 1",
    )
    .bind(int(slot))
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(point))
}

/// Marks blocks up to `slot` as final. Gives the first and the last of them that were not.
pub async fn finalize(db: &mut PgConnection, slot: u64) -> Result<Option<(u64, u64)>, sqlx::Error> {
    let row: (Option<i64>, Option<i64>) = sqlx::query_as(
        "WITH done AS (
             UPDATE blocks SET status = 'finalized' WHERE status = 'confirmed' AND slot <= $1 RETURNING slot
         )
         SELECT min(slot), max(slot) FROM done",
    )
    .bind(int(slot))
    .fetch_one(db)
    .await?;
    let number = |slot: Option<i64>| u64::try_from(slot?).ok();
    Ok(number(row.0).zip(number(row.1)))
}
