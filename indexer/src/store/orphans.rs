//! What left the chain moves aside.

use sqlx::PgConnection;

use super::{
    StoreError, blocks,
    log::{self, Op},
    manifests, refold,
    rows::int,
};
use crate::decode::Point;

/// Undoes every block after `ancestor`: its rows move to the tables of orphans, and each entity that it touched is
/// folded again from the events that remain. Gives the number of blocks.
///
/// # Errors
/// [`StoreError::OtherBlock`] where `ancestor` is not stored, [`StoreError::BelowFinal`] where a block after it is final.
pub async fn undo(db: &mut PgConnection, ancestor: Point) -> Result<u64, StoreError> {
    blocks::check_undo(db, ancestor).await?;
    let after = ancestor.slot.saturating_add(1);
    log::again(db, Op::Reverted, after..=u64::MAX).await?;
    let touched = refold::touched_since(db, after).await?;
    let events = sqlx::query(
        "WITH gone AS (DELETE FROM raw_events WHERE slot >= $1 RETURNING *)
         INSERT INTO orphan_events (slot, applied_seq, signature, ix_path, block_hash, tx_index, program, name, data)
         SELECT slot, applied_seq, signature, ix_path, block_hash, tx_index, program, name, data FROM gone",
    )
    .bind(int(after))
    .execute(&mut *db)
    .await?;
    let events = i64::try_from(events.rows_affected()).unwrap_or(i64::MAX);
    log::stored(db, events.saturating_neg()).await?;
    for statement in [
        "WITH gone AS (DELETE FROM dead_letters WHERE slot >= $1 RETURNING *)
         INSERT INTO orphan_dead_letters (slot, block_hash, signature, ix_path, tx_index, program, reason, data)
         SELECT slot, block_hash, signature, ix_path, tx_index, program, reason, data FROM gone
         ON CONFLICT DO NOTHING",
        "DELETE FROM entity_events WHERE slot >= $1",
    ] {
        sqlx::query(statement)
            .bind(int(after))
            .execute(&mut *db)
            .await?;
    }
    let moved: i64 = sqlx::query_scalar(
        "WITH gone AS (DELETE FROM blocks WHERE slot >= $1 RETURNING *),
              kept AS (
                  INSERT INTO orphan_blocks (slot, hash, parent_slot, parent_hash, block_time)
                  SELECT slot, hash, parent_slot, parent_hash, block_time FROM gone
                  ON CONFLICT DO NOTHING
              )
         SELECT count(*) FROM gone",
    )
    .bind(int(after))
    .fetch_one(&mut *db)
    .await?;
    let named = manifests::named_by(db, &touched).await?;
    refold::refold(db, touched).await?;
    manifests::forget_unnamed(db, named).await?;
    Ok(u64::try_from(moved).unwrap_or_default())
}
