//! `/v1/status`, `/healthz`, `/readyz`: how the index itself is.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::{
    Api,
    params::Params,
    problem::{Problem, Result},
};
use crate::progress::{Snapshot, State as Indexing};

/// Slots behind the chain up to which the index counts as ready: a minute.
const READY_LAG: i64 = 150;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Status {
    /// Of the network that this index follows, base58; null before the first start.
    pub genesis_hash: Option<String>,
    /// Newest slot stored; null before the first.
    pub slot: Option<i64>,
    pub finalized_slot: Option<i64>,
    /// Newest slot that the node reported.
    pub tip_slot: Option<u64>,
    /// Slots between the two.
    pub lag_slots: Option<i64>,
    pub events: i64,
    pub accounts: i64,
    /// Accounts of which events are missing.
    pub gaps: i64,
    /// Events that could not be read.
    pub dead_letters: i64,
    /// Manifests by status.
    pub manifests: BTreeMap<String, i64>,
    /// What indexing does in this process.
    pub indexing: Snapshot,
}

impl Status {
    /// Reads it from the database and this process.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn read(pool: &PgPool, indexing: Snapshot) -> std::result::Result<Self, sqlx::Error> {
        let mut db = pool.acquire().await?;
        let genesis: Option<Vec<u8>> = sqlx::query_scalar("SELECT genesis_hash FROM network")
            .fetch_optional(&mut *db)
            .await?;
        let cursor: Option<(i64, Option<i64>)> =
            sqlx::query_as("SELECT slot, finalized_slot FROM cursor")
                .fetch_optional(&mut *db)
                .await?;
        let (events, accounts, gaps, dead_letters): (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM raw_events), (SELECT count(*) FROM accounts),
                    (SELECT count(*) FROM accounts WHERE events <> seq), (SELECT count(*) FROM dead_letters)",
        )
        .fetch_one(&mut *db)
        .await?;
        let manifests: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, count(*) FROM manifests GROUP BY 1")
                .fetch_all(&mut *db)
                .await?;
        let slot = cursor.map(|(slot, _)| slot);
        let tip = indexing.tip_slot.and_then(|tip| i64::try_from(tip).ok());
        Ok(Self {
            genesis_hash: genesis.map(|hash| bs58::encode(hash).into_string()),
            slot,
            finalized_slot: cursor.and_then(|(_, finalized)| finalized),
            tip_slot: indexing.tip_slot,
            lag_slots: tip
                .zip(slot)
                .map(|(tip, slot)| tip.saturating_sub(slot).max(0)),
            events,
            accounts,
            gaps,
            dead_letters,
            manifests: manifests.into_iter().collect(),
            indexing,
        })
    }
}

/// Slots, lag, gaps, backlog, dead letters.
#[utoipa::path(get, path = "/v1/status", tag = "index", responses((status = 200, body = Status)))]
pub async fn status(State(api): State<Api>, params: Params) -> Result<Json<Status>> {
    params.end()?;
    Ok(Json(
        Status::read(api.pool(), api.progress().snapshot()).await?,
    ))
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "index", responses((status = 200, body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the index is up to date: the database answers, indexing runs, and it is less than a minute behind.
#[utoipa::path(
    get, path = "/readyz", tag = "index",
    responses((status = 200, body = String), (status = 503, body = Problem, content_type = "application/problem+json"))
)]
pub async fn readyz(State(api): State<Api>) -> Result<&'static str> {
    let indexing = api.progress().snapshot();
    let slot: Option<i64> = sqlx::query_scalar("SELECT slot FROM cursor")
        .fetch_optional(api.pool())
        .await?;
    if let Some(alarm) = indexing.alarm {
        return Err(Problem::unavailable(format!(
            "indexing has halted: {alarm}"
        )));
    }
    if indexing.state == Indexing::Idle {
        // Another process indexes; this one only serves.
        return slot
            .map(|_| "ready\n")
            .ok_or_else(|| Problem::unavailable("nothing is indexed yet"));
    }
    let tip = indexing.tip_slot.and_then(|tip| i64::try_from(tip).ok());
    match slot.zip(tip).map(|(slot, tip)| tip.saturating_sub(slot)) {
        Some(lag) if lag <= READY_LAG => Ok("ready\n"),
        Some(lag) => Err(Problem::unavailable(format!(
            "the index is {lag} slots behind"
        ))),
        None => Err(Problem::unavailable("nothing is indexed yet")),
    }
}
