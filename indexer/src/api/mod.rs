//! The read-only HTTP API: one file per resource.

mod accounts;
mod events;
mod lineage;
mod listings;
mod manifests;
mod orders;
mod page;
mod params;
mod problem;
mod quote;
mod render;
mod stats;
mod status;
mod stream;

use std::{str::FromStr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::Method,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::{
    cors::{self, CorsLayer},
    trace::TraceLayer,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{Content, Ref, ResponseBuilder},
};

pub use status::{Census, Status};

use crate::{manifest::ContentStore, metrics::Metrics, progress::Progress};
use problem::Problem;

/// Connections for requests.
const CONNECTIONS: u32 = 12;
/// A request that gets no connection within this time is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A request, whatever it does.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// How long `min_slot` waits.
const MIN_SLOT_TIMEOUT: Duration = Duration::from_secs(2);
const MIN_SLOT_POLL: Duration = Duration::from_millis(50);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pedigree",
        description = "Listings of AI assets and the lineage they came from. Amounts are strings of base units, keys \
                       and signatures base58, hashes hex, times RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        listings::search,
        listings::listing,
        lineage::ancestors,
        lineage::descendants,
        orders::list,
        orders::order,
        quote::quote,
        stats::stats,
        manifests::manifest,
        status::status,
        status::healthz,
        status::readyz,
        status::metrics,
        accounts::account,
        events::events,
        stream::stream,
    ),
    components(schemas(listings::Price, orders::OrderAccount, Problem)),
    modifiers(&Failures)
)]
struct Document;

/// What every resource may answer instead, besides what its own description names.
struct Failures;

impl Modify for Failures {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let operations = document.paths.paths.iter_mut();
        let operations = operations.filter(|(path, _)| path.starts_with("/v1/"));
        for operation in operations.filter_map(|(_, path)| path.get.as_mut()) {
            for (status, description) in [
                ("400", "A parameter is unknown, repeated or malformed"),
                ("500", "The server's fault; its log says why"),
                (
                    "503",
                    "Try again: the database does not answer, the query took too long, or the index has not reached \
                     `min_slot`",
                ),
            ] {
                let problem = Content::new(Some(Ref::from_schema_name("Problem")));
                let response = ResponseBuilder::new()
                    .description(description)
                    .content("application/problem+json", problem);
                let responses = &mut operation.responses.responses;
                responses.insert(status.to_owned(), response.build().into());
            }
        }
    }
}

/// What requests are answered from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    progress: Progress,
    metrics: Metrics,
    census: Census,
    content: Option<ContentStore>,
    /// Last number of the event log that this process knows of.
    log_head: watch::Receiver<i64>,
    /// Room for clients of the stream.
    streams: Arc<Semaphore>,
    /// Ends the streams, which would end by themselves never.
    shutdown: CancellationToken,
}

/// Clients that may listen to the event log at once.
const STREAMS: usize = 256;

impl Api {
    /// Answers from the database at `database_url`, which it only reads, each query within `statement_timeout`, until
    /// `shutdown`.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn connect(
        database_url: &str,
        statement_timeout: Duration,
        progress: Progress,
        metrics: Metrics,
        content: Option<ContentStore>,
        shutdown: CancellationToken,
    ) -> Result<Self, sqlx::Error> {
        let options = PgConnectOptions::from_str(database_url)?.options([
            ("default_transaction_read_only", "on".to_owned()),
            (
                "statement_timeout",
                statement_timeout.as_millis().to_string(),
            ),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        let log_head = stream::follow_log(pool.clone(), shutdown.clone());
        Ok(Self(Arc::new(Inner {
            pool,
            progress,
            metrics,
            census: Census::default(),
            content,
            log_head,
            streams: Arc::new(Semaphore::new(STREAMS)),
            shutdown,
        })))
    }

    /// Every route.
    pub fn router(self) -> Router {
        Router::new()
            .route("/v1/listings", get(listings::search))
            .route("/v1/listings/{address}", get(listings::listing))
            .route("/v1/listings/{address}/ancestors", get(lineage::ancestors))
            .route(
                "/v1/listings/{address}/descendants",
                get(lineage::descendants),
            )
            .route("/v1/orders", get(orders::list))
            .route("/v1/orders/{address}", get(orders::order))
            .route("/v1/quote", get(quote::quote))
            .route("/v1/stats", get(stats::stats))
            .route("/v1/manifests/{hash}", get(manifests::manifest))
            .route("/v1/accounts/{address}", get(accounts::account))
            .route("/v1/events", get(events::events))
            .route("/v1/stream", get(stream::stream))
            .route("/metrics", get(status::metrics))
            .route("/v1/status", get(status::status))
            .route("/healthz", get(status::healthz))
            .route("/readyz", get(status::readyz))
            .route("/openapi.json", get(async || Json(Document::openapi())))
            .fallback(async || {
                Problem::not_found(
                    "there is nothing at this path: /openapi.json lists what there is",
                )
            })
            .method_not_allowed_fallback(async || Problem::method_not_allowed())
            .layer(
                // Outermost first: every answer is traced and readable by pages, a late one included.
                ServiceBuilder::new()
                    .layer(TraceLayer::new_for_http())
                    .layer(
                        CorsLayer::new()
                            .allow_origin(cors::Any)
                            .allow_methods([Method::GET]),
                    )
                    .layer(middleware::from_fn_with_state(REQUEST_TIMEOUT, in_time)),
            )
            .with_state(self)
    }

    fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    fn progress(&self) -> &Progress {
        &self.0.progress
    }

    fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    async fn status(&self) -> Result<Status, sqlx::Error> {
        Status::read(self.pool(), &self.0.census, self.progress().snapshot()).await
    }

    fn content(&self) -> Option<&ContentStore> {
        self.0.content.as_ref()
    }

    /// Waits until the index has read a slot.
    ///
    /// # Errors
    /// 503 where that takes too long.
    async fn wait_for(&self, slot: i64) -> problem::Result<()> {
        let reached = async {
            loop {
                let at: Option<i64> = sqlx::query_scalar("SELECT slot FROM cursor")
                    .fetch_optional(self.pool())
                    .await?;
                if at.is_some_and(|at| at >= slot) {
                    return Ok(());
                }
                tokio::time::sleep(MIN_SLOT_POLL).await;
            }
        };
        match tokio::time::timeout(MIN_SLOT_TIMEOUT, reached).await {
            Ok(reached) => reached,
            Err(_) => Err(Problem::unavailable(format!(
                "the index has not reached slot {slot} yet: try again"
            ))),
        }
    }

    /// A transaction whose queries all see the same state.
    async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        snapshot(self.pool()).await
    }
}

async fn snapshot(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

/// Answers what takes too long.
async fn in_time(State(within): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(within, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable("the request took too long: ask for less, or try again")
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn i19_what_takes_too_long_is_answered_with_a_problem() {
        let within = Duration::from_millis(50);
        let router = Router::new()
            .route("/", get(std::future::pending::<()>))
            .layer(middleware::from_fn_with_state(within, in_time));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let response = reqwest::get(url).await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert!(response.text().await.unwrap().contains("too long"));
    }
}
