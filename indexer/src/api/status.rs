//! `/v1/status`, `/metrics`, `/healthz`: how the index itself is.

use std::{collections::BTreeMap, time::Duration};

use axum::{Json, extract::State};
use chrono::Utc;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use tokio::{sync::Mutex, time::Instant};
use utoipa::ToSchema;

use super::{Api, params::Params, problem::Result};
use crate::progress::Snapshot;

/// How long the number of accounts is served as it was counted.
const COUNTED_FOR: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Status {
    /// Of the network that this index follows, base58; null before the first start.
    pub genesis_hash: Option<String>,
    /// Newest slot stored, and searched; null before the first.
    pub slot: Option<i64>,
    pub finalized_slot: Option<i64>,
    /// Up to here taint is spread; null while that is not known.
    pub taint_slot: Option<i64>,
    /// Newest slot that the node reported.
    pub tip_slot: Option<u64>,
    /// Slots between the two.
    pub lag_slots: Option<i64>,
    /// Age of the newest stored block by its own time; null where that is unknown.
    pub lag_seconds: Option<i64>,
    pub events: i64,
    /// As it was within the last ten seconds.
    pub accounts: i64,
    /// Accounts of which events are missing.
    pub gaps: i64,
    /// Events that could not be read.
    pub dead_letters: i64,
    /// Accounts that are told by a snapshot, as their events were never seen.
    pub snapshots: i64,
    /// Blocks that left the chain after they were stored; they are kept aside.
    pub orphan_blocks: i64,
    /// Last number of the event log.
    pub log_seq: i64,
    /// Manifests by status.
    pub manifests: BTreeMap<String, i64>,
    /// What indexing does in this process.
    pub indexing: Snapshot,
}

#[derive(sqlx::FromRow)]
struct Counts {
    events: i64,
    log_seq: i64,
    gaps: i64,
    dead_letters: i64,
    snapshots: i64,
    orphan_blocks: i64,
}

/// The number of accounts: counting them reads them all, so it is counted now and then.
#[derive(Debug, Default)]
pub struct Census(Mutex<Option<(Instant, i64)>>);

impl Census {
    async fn accounts(&self, db: &mut PgConnection) -> std::result::Result<i64, sqlx::Error> {
        let mut counted = self.0.lock().await;
        if let Some((_, accounts)) = counted.filter(|(at, _)| at.elapsed() < COUNTED_FOR) {
            return Ok(accounts);
        }
        let accounts = sqlx::query_scalar("SELECT count(*) FROM accounts")
            .fetch_one(db)
            .await?;
        *counted = Some((Instant::now(), accounts));
        Ok(accounts)
    }
}

impl Status {
    /// Reads it from the database and this process.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn read(
        pool: &PgPool,
        census: &Census,
        indexing: Snapshot,
    ) -> std::result::Result<Self, sqlx::Error> {
        let mut db = pool.acquire().await?;
        let genesis: Option<Vec<u8>> = sqlx::query_scalar("SELECT genesis_hash FROM network")
            .fetch_optional(&mut *db)
            .await?;
        type Cursor = (i64, Option<i64>, Option<i64>, Option<i64>);
        let cursor: Option<Cursor> = sqlx::query_as(
            "SELECT c.slot, c.finalized_slot, c.taint_slot, b.block_time FROM cursor c LEFT JOIN blocks b ON b.slot = c.slot",
        )
        .fetch_optional(&mut *db)
        .await?;
        let counts: Counts = sqlx::query_as(
            "SELECT events, last_seq AS log_seq,
                    (SELECT count(*) FROM incomplete) AS gaps,
                    (SELECT count(*) FROM dead_letters) AS dead_letters,
                    (SELECT count(DISTINCT (kind, address)) FROM snapshots) AS snapshots,
                    (SELECT count(*) FROM orphan_blocks) AS orphan_blocks
             FROM event_log_head",
        )
        .fetch_one(&mut *db)
        .await?;
        let manifests: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, count(*) FROM manifests GROUP BY 1")
                .fetch_all(&mut *db)
                .await?;
        let accounts = census.accounts(&mut db).await?;
        let slot = cursor.map(|(slot, ..)| slot);
        let block_time = cursor.and_then(|(.., time)| time);
        let tip = indexing.tip_slot.and_then(|tip| i64::try_from(tip).ok());
        Ok(Self {
            genesis_hash: genesis.map(|hash| bs58::encode(hash).into_string()),
            slot,
            finalized_slot: cursor.and_then(|(_, finalized, ..)| finalized),
            taint_slot: cursor.and_then(|(_, _, tainted, _)| tainted),
            tip_slot: indexing.tip_slot,
            lag_slots: tip
                .zip(slot)
                .map(|(tip, slot)| tip.saturating_sub(slot).max(0)),
            lag_seconds: block_time.map(|time| Utc::now().timestamp().saturating_sub(time).max(0)),
            events: counts.events,
            accounts,
            gaps: counts.gaps,
            dead_letters: counts.dead_letters,
            snapshots: counts.snapshots,
            orphan_blocks: counts.orphan_blocks,
            log_seq: counts.log_seq,
            manifests: manifests.into_iter().collect(),
            indexing,
        })
    }
}

/// Slots, lag, gaps, backlog, dead letters.
#[utoipa::path(get, path = "/v1/status", tag = "index", responses((status = 200, body = Status)))]
pub async fn status(State(api): State<Api>, params: Params) -> Result<Json<Status>> {
    params.end()?;
    let mut status = api.status().await?;
    // Whoever waits for a slot here finds what it brought.
    if let Some(searched) = api.searchable().map(|slots| slots.slot) {
        let slot = status.slot.map(|slot| slot.min(searched));
        status.slot = slot.filter(|slot| *slot >= 0);
    }
    Ok(Json(status))
}

/// The figures of this process and of the index, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "index", responses((status = 200, body = String)))]
pub async fn metrics(State(api): State<Api>, params: Params) -> Result<String> {
    params.end()?;
    let status = api.status().await?;
    api.metrics().search(&api.search().figures().await, &status);
    Ok(api.metrics().text(&status))
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "index", responses((status = 200, body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}
