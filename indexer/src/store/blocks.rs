//! Blocks and the links between them.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{StoreError, cursor::Frontier, rows::int};
use crate::decode::DecodedBlock;

/// The blocks of `batch` past the frontier, checked to follow it and one another; those at or before it are checked
/// against the stored ones.
pub async fn follow<'a>(
    db: &mut PgConnection,
    frontier: Option<Frontier>,
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
            slot: block.slot,
            hash: bs58::encode(block.hash).into_string(),
        }),
    }
}

pub async fn insert(db: &mut PgConnection, blocks: &[DecodedBlock]) -> Result<(), sqlx::Error> {
    let slots: Vec<i64> = blocks.iter().map(|block| int(block.slot)).collect();
    let hashes: Vec<&[u8]> = blocks.iter().map(|block| &block.hash[..]).collect();
    let parents: Vec<i64> = blocks.iter().map(|block| int(block.parent_slot)).collect();
    let parent_hashes: Vec<&[u8]> = blocks.iter().map(|block| &block.parent_hash[..]).collect();
    let times: Vec<Option<i64>> = blocks.iter().map(|block| block.time).collect();
    sqlx::query(
        "INSERT INTO blocks (slot, hash, parent_slot, parent_hash, block_time)
         SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[])",
    )
    .bind(slots)
    .bind(hashes)
    .bind(parents)
    .bind(parent_hashes)
    .bind(times)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn newest_unfinalized(
    db: &mut PgConnection,
    slot: u64,
) -> Result<Option<Frontier>, sqlx::Error> {
    let row = sqlx::query_as(
        "SELECT slot, hash FROM blocks WHERE status = 'confirmed' AND slot <= $1 ORDER BY slot DESC LIMIT 1",
    )
    .bind(int(slot))
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(Frontier::of))
}

pub async fn finalize(db: &mut PgConnection, slot: u64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE blocks SET status = 'finalized' WHERE status = 'confirmed' AND slot <= $1")
        .bind(int(slot))
        .execute(db)
        .await?;
    Ok(())
}
