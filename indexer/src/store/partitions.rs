//! Partitions of `raw_events`, made before they are needed.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::{AssertSqlSafe, PgPool};

use crate::decode::DecodedBlock;

/// Slots in one partition: some five days at 400 ms.
const SPAN: u64 = 1_000_000;
/// The next partition is made when fewer slots than this are left in the current one.
const AHEAD: u64 = 100_000;

/// The partitions known to exist.
#[derive(Clone, Debug, Default)]
pub struct Partitions(Arc<Mutex<BTreeSet<u64>>>);

impl Partitions {
    /// Makes what the events of `blocks` and of the blocks soon to come need.
    pub async fn ensure(&self, pool: &PgPool, blocks: &[DecodedBlock]) -> Result<(), sqlx::Error> {
        let wanted: BTreeSet<u64> = blocks
            .iter()
            .flat_map(|block| [block.slot / SPAN, block.slot.saturating_add(AHEAD) / SPAN])
            .collect();
        let missing: Vec<u64> = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.difference(&known).copied().collect()
        };
        for number in missing {
            create(pool, number).await?;
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(number);
        }
        Ok(())
    }
}

async fn create(pool: &PgPool, number: u64) -> Result<(), sqlx::Error> {
    let from = number.saturating_mul(SPAN);
    let to = from.saturating_add(SPAN);
    // Numbers only; DDL takes no parameters.
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS raw_events_{number} PARTITION OF raw_events FOR VALUES FROM ({from}) TO ({to})"
    );
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}
