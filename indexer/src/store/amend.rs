//! Adds events to blocks that are stored already.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;
use sqlx::{PgConnection, PgPool};

use super::{
    Store, StoreError, accounts, blocks, cursor, dead_letters, entities, entity_events, log,
    raw_events, rebuild, refold, rows::int, taints, touched,
};
use crate::decode::{self, DecodedBlock, EventKey};

/// What became of the dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Read by now, and folded.
    pub read: u64,
    /// Still not readable.
    pub left: u64,
}

pub async fn amend(pool: &PgPool, block: &DecodedBlock) -> Result<u64, StoreError> {
    let mut tx = pool.begin().await?;
    let frontier = cursor::lock(&mut tx).await?;
    rebuild::check_folded(&mut tx, frontier).await?;
    let Some((stored, is_final)) = blocks::at(&mut tx, block.slot).await? else {
        return Err(StoreError::NotStored { slot: block.slot });
    };
    if stored.hash != block.hash {
        return Err(StoreError::OtherBlock {
            block: block.point(),
        });
    }
    let missing = missing(&mut tx, block).await?;
    dead_letters::insert(&mut tx, std::slice::from_ref(&missing)).await?;
    let events = missing.events.len() as u64;
    if events > 0 {
        for located in &missing.events {
            forget_letter(&mut tx, &located.key).await?;
        }
        let first_seq = log::applied(&mut tx, std::slice::from_ref(&missing)).await?;
        let block = std::slice::from_ref(&missing);
        raw_events::insert(&mut tx, block, first_seq, |_| {}).await?;
        if is_final {
            log::finalized(&mut tx, stored, first_seq, missing.events.len()).await?;
        }
        let touched = touched::by(&missing.events, |_| true);
        let accounts = accounts::load(&mut tx, touched.keys()).await?;
        entity_events::insert(&mut tx, &touched, &accounts, |_, _| Ok(())).await?;
        let entities: BTreeSet<_> = touched.keys().map(entities::EntityKey::entity).collect();
        refold::refold(&mut tx, entities).await?;
        taints::behind(&mut tx, missing.slot.checked_sub(1)).await?;
    }
    tx.commit().await?;
    Ok(events)
}

/// The block with only those events and dead letters that are not stored.
async fn missing(db: &mut PgConnection, block: &DecodedBlock) -> Result<DecodedBlock, sqlx::Error> {
    let keys =
        async |db: &mut PgConnection, sql: &'static str| -> Result<HashSet<_>, sqlx::Error> {
            let rows: Vec<(Vec<u8>, Vec<i32>)> = sqlx::query_as(sql)
                .bind(int(block.slot))
                .fetch_all(db)
                .await?;
            Ok(rows.into_iter().collect())
        };
    let events = keys(
        db,
        "SELECT signature, ix_path FROM raw_events WHERE slot = $1",
    )
    .await?;
    let letters = keys(
        db,
        "SELECT signature, ix_path FROM dead_letters WHERE slot = $1",
    )
    .await?;
    let known = |set: &HashSet<(Vec<u8>, Vec<i32>)>, key: &EventKey| {
        set.contains(&(key.signature.to_vec(), key.ix_path.clone()))
    };
    let mut missing = block.clone();
    missing.events.retain(|event| !known(&events, &event.key));
    missing
        .dead_letters
        .retain(|letter| !known(&letters, &letter.key) && !known(&events, &letter.key));
    Ok(missing)
}

async fn forget_letter(db: &mut PgConnection, key: &EventKey) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM dead_letters WHERE slot = $1 AND signature = $2 AND ix_path = $3")
        .bind(int(key.slot))
        .bind(&key.signature[..])
        .bind(&key.ix_path)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn replay_dead_letters(store: &Store) -> Result<Replayed, StoreError> {
    let letters = dead_letters::all(&mut *store.pool.acquire().await?).await?;
    let mut replayed = Replayed::default();
    let mut blocks: BTreeMap<u64, DecodedBlock> = BTreeMap::new();
    for (point, emission) in letters {
        match decode::read_one(emission) {
            Ok(event) => blocks
                .entry(point.slot)
                .or_insert_with(|| DecodedBlock::empty(point))
                .events
                .extend(event),
            Err(_) => replayed.left = replayed.left.saturating_add(1),
        }
    }
    for block in blocks.values() {
        replayed.read = replayed.read.saturating_add(store.amend(block).await?);
    }
    Ok(replayed)
}
