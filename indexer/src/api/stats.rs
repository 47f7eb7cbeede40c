//! `/v1/stats`: counts and sums.

use std::time::{Duration, Instant};

use axum::{Json, extract::State};
use serde::Serialize;
use sqlx::PgConnection;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::{
    Api,
    params::Params,
    problem::Result,
    render::{Index, base58},
};

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Stats {
    /// Live listings of any status.
    pub listings: i64,
    pub statuses: Vec<Count>,
    /// Of active listings, as all counts below.
    pub kinds: Vec<Count>,
    /// By licence; without a value those that name none.
    pub licenses: Vec<Count>,
    /// By publisher's key, labelled with the name that it goes by.
    pub publishers: Vec<Count>,
    /// By what became of their manifests.
    pub manifests: Vec<Count>,
    /// Lineage edges.
    pub edges: i64,
    /// Of them proved by a training manifest.
    pub proved_edges: i64,
    pub reviews: i64,
    /// By state.
    pub orders: Vec<Count>,
    /// In how many of them something is in dispute now.
    pub disputed: i64,
    /// Before the court, by status.
    pub disputes: Vec<Count>,
    /// What was paid for good, by mint.
    pub settled: Vec<Settled>,
    pub index: Index,
}

#[derive(Clone, Debug, Serialize, ToSchema, sqlx::FromRow)]
pub struct Count {
    pub value: Option<String>,
    #[sqlx(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub count: i64,
}

/// Sums over all orders in one mint, in base units: what was decided for their sellers so far, whether it was paid out
/// already or waits for a token account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Settled {
    pub mint: String,
    /// How many of them are settled.
    pub orders: i64,
    /// What sellers were given, fees and royalties included.
    pub volume: String,
    pub fees: String,
    pub royalties: String,
}

/// What counting takes at least to be told again instead of counted again, and for how many times as long it is.
const CHEAP: Duration = Duration::from_millis(50);
const KEPT: u32 = 10;

/// What was counted last, and until when it is told. Who comes while it is counted waits for that.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<(Instant, Stats)>>);

/// Counts by kind, status, licence, publisher; lineage, reviews, orders, disputes and money.
#[utoipa::path(
    get, path = "/v1/stats", tag = "index",
    responses((status = 200, body = Stats))
)]
pub async fn stats(State(api): State<Api>, params: Params) -> Result<Json<Stats>> {
    params.end()?;
    let mut kept = api.0.stats.0.lock().await;
    if let Some((until, stats)) = &*kept
        && Instant::now() < *until
    {
        return Ok(Json(stats.clone()));
    }
    let begun = Instant::now();
    let mut tx = api.snapshot().await?;
    let stats = read(&mut tx).await?;
    drop(tx);
    let took = begun.elapsed();
    *kept = (took > CHEAP).then(|| (Instant::now() + took.saturating_mul(KEPT), stats.clone()));
    Ok(Json(stats))
}

async fn read(tx: &mut PgConnection) -> Result<Stats> {
    let mut counts = Vec::new();
    for sql in [
        "SELECT status AS value, count(*) FROM listings GROUP BY 1 ORDER BY 1",
        "SELECT kind AS value, count(*) FROM listings WHERE status = 'active' GROUP BY 1 ORDER BY 1",
        "SELECT license AS value, count(*) FROM listings WHERE status = 'active' GROUP BY 1 ORDER BY 2 DESC, 1",
        "SELECT manifest_status AS value, count(*) FROM listings WHERE status = 'active' GROUP BY 1 ORDER BY 1",
        "SELECT state AS value, count(*) FROM orders GROUP BY 1 ORDER BY 1",
        "SELECT status AS value, count(*) FROM disputes GROUP BY 1 ORDER BY 1",
    ] {
        counts.push(sqlx::query_as::<_, Count>(sql).fetch_all(&mut *tx).await?);
    }
    let publishers: Vec<(Vec<u8>, Option<String>, i64)> = sqlx::query_as(
        "SELECT publisher, max(publisher_name), count(*) FROM listings WHERE status = 'active'
         GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 1000",
    )
    .fetch_all(&mut *tx)
    .await?;
    let settled: Vec<(Vec<u8>, i64, String, String, String)> = sqlx::query_as(
        "SELECT mint, count(*) FILTER (WHERE state = 'settled'), sum(paid + fee + royalty)::text, sum(fee)::text,
                sum(royalty)::text
         FROM (SELECT mint, state, paid + paid_due AS paid, fee_paid + fee_due AS fee, royalty_paid + royalty_due AS royalty
               FROM orders WHERE NOT free) AS given
         GROUP BY 1 HAVING sum(paid + fee + royalty) > 0 ORDER BY 1",
    )
    .fetch_all(&mut *tx)
    .await?;
    let disputed = sqlx::query_scalar("SELECT count(*) FROM orders WHERE contested > 0")
        .fetch_one(&mut *tx)
        .await?;
    let (edges, proved_edges, reviews) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE status = 'proved'), (SELECT count(*) FROM reviews) FROM edges",
    )
    .fetch_one(&mut *tx)
    .await?;
    let index = Index::read(tx).await?;

    let mut counts = counts.into_iter();
    let mut next = || counts.next().unwrap_or_default();
    let statuses = next();
    Ok(Stats {
        listings: statuses.iter().map(|status| status.count).sum(),
        statuses,
        kinds: next(),
        licenses: next(),
        manifests: next(),
        orders: next(),
        disputes: next(),
        publishers: publishers
            .into_iter()
            .map(|(key, label, count)| Count {
                value: Some(base58(&key)),
                label,
                count,
            })
            .collect(),
        edges,
        proved_edges,
        reviews,
        disputed,
        settled: settled
            .into_iter()
            .map(|(mint, orders, volume, fees, royalties)| Settled {
                mint: base58(&mint),
                orders,
                volume,
                fees,
                royalties,
            })
            .collect(),
        index,
    })
}
