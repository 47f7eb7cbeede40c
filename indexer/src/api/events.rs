//! `/v1/events`: the append-only log of what happened to events.

use axum::{Json, extract::State};
use pedigree_sdk::events;
use serde::Serialize;
use serde_json::Value;
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{
    Api,
    params::Params,
    problem::{Problem, Result},
    render::base58,
};

/// Entries of a page where none are asked for, and at most.
const LIMITS: (i64, i64) = (100, 1_000);

/// One entry: what happened to one event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entry {
    /// From 1 in the order of the commits; never given twice, never changed.
    pub seq: i64,
    /// `applied`; `reverted`, when its block left the chain; `finalized`.
    pub op: String,
    pub slot: i64,
    /// Of the event's block, base58.
    pub block_hash: String,
    /// Of the event's transaction, base58.
    pub signature: String,
    /// Place of the event's instruction in the transaction.
    pub ix_path: Vec<i32>,
    /// Its name, its program, the fields of its head, and `state`, the account after it.
    #[schema(value_type = Object)]
    pub event: Value,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entries {
    pub items: Vec<Entry>,
    /// Number to ask for the next page with; there is more where it is less than `head`.
    pub after: i64,
    /// Last number given out.
    pub head: i64,
}

/// The log after an entry, in the order of the commits. Entries are kept for 30 days.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(
        ("after" = Option<i64>, Query, minimum = 0, description = "Entries after this number; 0 unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "At most 1000; 100 unless given"),
    ),
    responses(
        (status = 200, body = Entries),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "Older than what is kept"),
    )
)]
pub async fn events(State(api): State<Api>, mut params: Params) -> Result<Json<Entries>> {
    let after = params.number("after", 0..=i64::MAX)?.unwrap_or_default();
    let (default, most) = LIMITS;
    let limit = params.number("limit", 1..=most)?.unwrap_or(default);
    params.end()?;
    let mut tx = api.snapshot().await?;
    let head = check_kept(&mut tx, "after", after).await?;
    let items = read(&mut tx, after, limit).await?;
    Ok(Json(Entries {
        after: items.last().map_or(after, |entry| entry.seq),
        items,
        head,
    }))
}

/// The last number given out.
///
/// # Errors
/// 410 where what follows `after` is not all kept, 400 where `after` was never given out.
pub async fn check_kept(db: &mut PgConnection, parameter: &str, after: i64) -> Result<i64> {
    let (head, pruned): (i64, i64) =
        sqlx::query_as("SELECT last_seq, pruned_seq FROM event_log_head")
            .fetch_one(db)
            .await?;
    if after < pruned {
        return Err(Problem::gone(
            parameter,
            format!(
                "entries up to {pruned} are not kept any more: read the present state, then go on after {head}"
            ),
        ));
    }
    if after > head {
        return Err(Problem::bad(
            parameter,
            format!("the log ends at {head}: this number is another index's"),
        ));
    }
    Ok(head)
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    op: String,
    slot: i64,
    block_hash: Vec<u8>,
    signature: Vec<u8>,
    ix_path: Vec<i32>,
    program: Vec<u8>,
    data: Vec<u8>,
}

/// Up to `limit` entries after a number.
pub async fn read(db: &mut PgConnection, after: i64, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = sqlx::query_as(
        // A row of the log stands for a block's events; each has at least one, so `limit` rows are enough.
        "SELECT numbered.seq, l.op, l.slot, l.block_hash, e.signature, e.ix_path, e.program, e.data
         FROM (SELECT * FROM event_log WHERE last_seq > $1 ORDER BY last_seq LIMIT $2) l
         CROSS JOIN LATERAL (
             SELECT applied_seq, signature, ix_path, program, data FROM raw_events r
             WHERE r.slot = l.slot AND r.applied_seq BETWEEN l.events_from AND l.events_from + l.last_seq - l.first_seq
             UNION ALL
             SELECT applied_seq, signature, ix_path, program, data FROM orphan_events o
             WHERE o.slot = l.slot AND o.applied_seq BETWEEN l.events_from AND l.events_from + l.last_seq - l.first_seq
         ) e
         CROSS JOIN LATERAL (
             SELECT CASE l.op WHEN 'reverted' THEN l.last_seq - (e.applied_seq - l.events_from)
                              ELSE l.first_seq + (e.applied_seq - l.events_from) END AS seq
         ) numbered
         WHERE numbered.seq > $1
         ORDER BY numbered.seq
         LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(entry).collect())
}

fn entry(row: Row) -> Entry {
    let program = <[u8; 32]>::try_from(row.program).map(Pubkey::new_from_array);
    let event = program
        .ok()
        .and_then(|program| events::decode(&program, &row.data).ok().flatten());
    Entry {
        seq: row.seq,
        op: row.op,
        slot: row.slot,
        block_hash: base58(&row.block_hash),
        signature: base58(&row.signature),
        ix_path: row.ix_path,
        event: event.map_or(Value::Null, |event| event.json()),
    }
}
