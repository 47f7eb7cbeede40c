//! The append-only log of what happened to the stored events.
//!
//! An entry stands for all events of one block, so that a million events cost thousands of rows; readers see one
//! number for each event. Whoever writes here holds the cursor's lock.

use std::time::Duration;

use sqlx::PgConnection;

use super::{StoreError, rows::int};
use crate::decode::{DecodedBlock, Point};

/// Channel that a commit of new entries is announced on.
pub const CHANNEL: &str = "pedigree_log";

/// What happened to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Applied,
    /// Its block left the chain.
    Reverted,
    /// Its block is final.
    Finalized,
}

impl Op {
    pub fn name(self) -> &'static str {
        match self {
            Op::Applied => "applied",
            Op::Reverted => "reverted",
            Op::Finalized => "finalized",
        }
    }
}

/// The last number given out.
pub async fn head(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT last_seq FROM event_log_head")
        .fetch_one(db)
        .await
}

/// Logs that all events of these blocks are applied. Gives the number of the first one.
pub async fn applied(db: &mut PgConnection, blocks: &[DecodedBlock]) -> Result<i64, sqlx::Error> {
    let first = head(db).await?.saturating_add(1);
    let mut next = first;
    let (mut from, mut to) = (Vec::new(), Vec::new());
    let (mut slots, mut hashes) = (Vec::new(), Vec::new());
    for block in blocks.iter().filter(|block| !block.events.is_empty()) {
        let after = next.saturating_add(i64::try_from(block.events.len()).unwrap_or(i64::MAX));
        from.push(next);
        to.push(after.saturating_sub(1));
        slots.push(int(block.slot));
        hashes.push(&block.hash[..]);
        next = after;
    }
    if from.is_empty() {
        return Ok(first);
    }
    sqlx::query(
        "INSERT INTO event_log (first_seq, last_seq, op, slot, block_hash, events_from)
         SELECT first_seq, last_seq, 'applied', slot, block_hash, first_seq
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])
              AS new (first_seq, last_seq, slot, block_hash)",
    )
    .bind(from)
    .bind(to)
    .bind(slots)
    .bind(hashes)
    .execute(&mut *db)
    .await?;
    stored(db, next.saturating_sub(first)).await?;
    advance(db, next.saturating_sub(1)).await?;
    Ok(first)
}

/// Logs that something else happened to all events that are applied in these slots: in the chain's order, or newest
/// first where they are taken back.
pub async fn again(
    db: &mut PgConnection,
    op: Op,
    slots: std::ops::RangeInclusive<u64>,
) -> Result<(), sqlx::Error> {
    let order = match op {
        Op::Reverted => "DESC",
        Op::Applied | Op::Finalized => "ASC",
    };
    // An entry whose events were taken back is that of an earlier life of the block. The log itself tells: to look for its
    // events would take as long as statistics of a table that is growing are wrong.
    let sql = format!(
        "WITH live AS (
             SELECT slot, block_hash, events_from, last_seq - first_seq + 1 AS events
             FROM event_log l
             WHERE op = 'applied' AND slot BETWEEN $1 AND $2
                 AND NOT EXISTS (SELECT FROM event_log r WHERE r.op = 'reverted' AND r.events_from = l.events_from)
         ),
         numbered AS (
             SELECT live.*, sum(events) OVER (ORDER BY slot {order}, events_from {order})::bigint AS upto FROM live
         ),
         added AS (
             INSERT INTO event_log (first_seq, last_seq, op, slot, block_hash, events_from)
             SELECT $4 + upto - events + 1, $4 + upto, $3, slot, block_hash, events_from FROM numbered
             RETURNING last_seq
         )
         SELECT max(last_seq) FROM added"
    );
    let head = head(db).await?;
    let last: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(int(*slots.start()))
        .bind(int(*slots.end()))
        .bind(op.name())
        .bind(head)
        .fetch_one(&mut *db)
        .await?;
    match last {
        Some(last) => advance(db, last).await,
        None => Ok(()),
    }
}

/// Counts events that were stored, or moved aside where it is negative.
pub async fn stored(db: &mut PgConnection, events: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE event_log_head SET events = events + $1")
        .bind(events)
        .execute(db)
        .await?;
    Ok(())
}

async fn advance(db: &mut PgConnection, last: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE event_log_head SET last_seq = $1")
        .bind(last)
        .execute(&mut *db)
        .await?;
    // Delivered when the transaction commits, never before.
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(last.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets entries older than `keep`, from the oldest on; those of blocks that are not final stay.
pub async fn prune(db: &mut PgConnection, keep: Duration) -> Result<(), StoreError> {
    sqlx::query(
        "WITH kept AS (
             SELECT min(first_seq) AS first_seq FROM event_log
             WHERE logged_at >= now() - make_interval(secs => $1)
                 OR slot > coalesce((SELECT finalized_slot FROM cursor), -1)
         ),
         bound AS (
             SELECT coalesce((SELECT first_seq FROM kept), (SELECT last_seq + 1 FROM event_log_head)) AS first_seq
         ),
         gone AS (DELETE FROM event_log WHERE last_seq < (SELECT first_seq FROM bound) RETURNING last_seq)
         UPDATE event_log_head SET pruned_seq = greatest(pruned_seq, (SELECT max(last_seq) FROM gone))",
    )
    .bind(keep.as_secs_f64())
    .execute(db)
    .await?;
    Ok(())
}

/// Logs that events are final which came to a final block later than its others.
pub async fn finalized(
    db: &mut PgConnection,
    point: Point,
    events_from: i64,
    events: usize,
) -> Result<(), sqlx::Error> {
    let head = head(db).await?;
    let last = head.saturating_add(i64::try_from(events).unwrap_or(i64::MAX));
    sqlx::query(
        "INSERT INTO event_log (first_seq, last_seq, op, slot, block_hash, events_from)
         VALUES ($1, $2, 'finalized', $3, $4, $5)",
    )
    .bind(head.saturating_add(1))
    .bind(last)
    .bind(int(point.slot))
    .bind(&point.hash[..])
    .bind(events_from)
    .execute(&mut *db)
    .await?;
    advance(db, last).await
}
