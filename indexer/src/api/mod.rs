//! The read-only HTTP API: one file per resource.

mod accounts;
mod disputes;
mod document;
mod epochs;
mod events;
mod limits;
mod lineage;
mod listings;
mod manifests;
mod orders;
mod page;
mod params;
mod parts;
mod positions;
mod problem;
mod proposals;
mod publishers;
mod quote;
mod ready;
mod render;
mod reviews;
mod sessions;
mod signals;
mod stats;
mod status;
mod stream;

use std::{
    ops::{Deref, DerefMut},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use axum::{Router, http::Method, middleware, routing::get};
use pedigree_search::Index;
use sqlx::{
    Connection, Executor, PgConnection, PgExecutor, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::{
    cors::{self, CorsLayer},
    trace::TraceLayer,
};

pub use limits::{Network, Proxies};
pub use listings::{ATTRIBUTE_NAME, FACETS, is_attribute_name, search_request};
pub use status::{Census, Status};

use crate::{
    manifest::ContentStore,
    metrics::Metrics,
    progress::Progress,
    search::{BEHIND, Search, Slots},
};
use limits::{Limits, Turn, Unsent};
use page::Secret;
use problem::Problem;

/// A request that gets no connection within this time is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A request, whatever it does.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// A search, while which the index takes no changes: many times what any takes that is not made to take long.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(1);

/// Begins a transaction whose queries all see the same state.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// How long `min_slot` waits.
const MIN_SLOT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an answer waits for changes that the index has not.
const CATCH_UP_TIMEOUT: Duration = Duration::from_millis(500);

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
    limits: Limits,
    search: Search,
    /// Of a search.
    search_timeout: Duration,
    stats: stats::Kept,
    secret: Secret,
    /// Last number of the event log that this process knows of.
    log_head: watch::Receiver<i64>,
    /// Ends the streams, which would end by themselves never.
    shutdown: CancellationToken,
}

impl Api {
    /// Answers from the database at `database_url`, which it only reads and which may be a replica, each query within
    /// `statement_timeout` and each search within a second, until `shutdown`. Searches are answered once all listings are loaded, which goes on meanwhile.
    ///
    /// # Errors
    /// Where the database cannot be reached, or was never migrated.
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
            // Sooner: a query that waits for a table is not to blame for its length.
            (
                "lock_timeout",
                (statement_timeout.as_millis() / 2).to_string(),
            ),
            // To compile a query takes longer than any answer may.
            ("jit", "off".to_owned()),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(limits::CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // What one is quick for is lost with it.
            .idle_timeout(None)
            .after_connect(|db, _| {
                Box::pin(async {
                    // Where that fails, whoever asks is told why.
                    let _ = warm_up(db).await;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        let secret = Secret::read(&pool).await?;
        let log_head = stream::follow_log(pool.clone(), shutdown.clone());
        let search = Search::start(pool.clone(), log_head.clone(), shutdown.clone());
        Ok(Self(Arc::new(Inner {
            pool,
            progress,
            metrics,
            census: Census::default(),
            content,
            limits: Limits::default(),
            search,
            search_timeout: statement_timeout.min(SEARCH_TIMEOUT),
            stats: stats::Kept::default(),
            secret,
            log_head,
            shutdown,
        })))
    }

    /// Answers whoever connects to `listener`, or to one of `proxies` in front of it, until the `shutdown` given to
    /// [`Self::connect`].
    pub async fn serve(self, listener: TcpListener, proxies: Proxies) {
        let shutdown = self.0.shutdown.clone();
        limits::serve(listener, self.router(), proxies, shutdown).await;
    }

    /// Up to where searches know the chain; none while the listings are being loaded.
    pub fn searchable(&self) -> Option<Slots> {
        self.0.search.slots()
    }

    /// Waits until searches are answered.
    pub async fn loaded(&self) {
        self.search().reached(i64::MIN).await;
    }

    /// Lets searches know at once of whatever is stored by now, which they would within moments.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn refresh(&self) -> Result<(), sqlx::Error> {
        self.search().refresh().await
    }

    /// Every route.
    fn router(self) -> Router {
        Router::new()
            .route("/v1/listings", get(listings::search))
            .route("/v1/listings/{address}", get(listings::listing))
            .route("/v1/listings/{address}/signals", get(signals::signals))
            .route("/v1/listings/{address}/ancestors", get(lineage::ancestors))
            .route(
                "/v1/listings/{address}/descendants",
                get(lineage::descendants),
            )
            .route("/v1/publishers/{address}", get(publishers::publisher))
            .route("/v1/orders", get(orders::list))
            .route("/v1/orders/{address}", get(orders::order))
            .route("/v1/sessions", get(sessions::list))
            .route("/v1/sessions/{address}", get(sessions::session))
            .route("/v1/reviews", get(reviews::list))
            .route("/v1/reviews/{address}", get(reviews::review))
            .route("/v1/disputes", get(disputes::list))
            .route("/v1/disputes/{address}", get(disputes::dispute))
            .route("/v1/positions", get(positions::list))
            .route("/v1/positions/{address}", get(positions::position))
            .route("/v1/proposals", get(proposals::list))
            .route("/v1/proposals/{proposal}", get(proposals::proposal))
            .route("/v1/epochs", get(epochs::list))
            .route("/v1/epochs/{epoch}", get(epochs::epoch))
            .route("/v1/quote", get(quote::quote))
            .route("/v1/stats", get(stats::stats))
            .route("/v1/manifests/{hash}", get(manifests::manifest))
            .route("/v1/accounts/{address}", get(accounts::account))
            .route("/v1/events", get(events::events))
            .route("/v1/stream", get(stream::stream))
            .route("/metrics", get(status::metrics))
            .route("/v1/status", get(status::status))
            .route("/healthz", get(status::healthz))
            .route("/readyz", get(ready::readyz))
            .route("/openapi.json", get(document::openapi))
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
                    .layer(middleware::from_fn_with_state(
                        REQUEST_TIMEOUT,
                        limits::in_time,
                    ))
                    .layer(middleware::from_fn_with_state(
                        Unsent::default(),
                        limits::in_bounds,
                    )),
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

    async fn status(&self) -> problem::Result<Status> {
        let _turn = self.limits().statuses.turn().await?;
        let indexing = self.progress().snapshot();
        Ok(Status::read(self.pool(), &self.0.census, indexing).await?)
    }

    fn limits(&self) -> &Limits {
        &self.0.limits
    }

    fn content(&self) -> Option<&ContentStore> {
        self.0.content.as_ref()
    }

    fn search(&self) -> &Search {
        &self.0.search
    }

    fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Asks the index in memory, in turn.
    ///
    /// # Errors
    /// 429 where too many ask at once; 503 while it is loading; 422 where it takes too long.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> problem::Result<(T, Slots)> {
        let turn = self.limits().searches.turn().await?;
        let (search, within) = (self.search().clone(), self.0.search_timeout);
        // Whoever goes away leaves its place when the index has answered, not before.
        let asking = tokio::spawn(async move {
            let answer = search.ask(within, ask).await;
            drop(turn);
            answer
        });
        let answer = asking.await.map_err(|error| Problem::internal(&error))?;
        Ok(answer?)
    }

    /// Waits until searches know of a slot, where one is asked for; what they know the database does.
    ///
    /// # Errors
    /// 503 where that takes too long.
    async fn wait_for(&self, slot: Option<i64>) -> problem::Result<()> {
        let Some(slot) = slot else { return Ok(()) };
        let reached = self.search().reached(slot);
        let waited = timeout(MIN_SLOT_TIMEOUT, reached).await;
        waited.map_err(|_| {
            Problem::unavailable(format!(
                "the index has not reached slot {slot} yet: try again"
            ))
        })
    }

    /// Lets the index in memory know of what the database has and it has not, so that it is not behind what other answers
    /// tell; for no longer than whoever asks should wait.
    ///
    /// # Errors
    /// 429 where too many ask at once; where the database does not answer.
    async fn catch_up(&self) -> problem::Result<()> {
        let Some(slots) = self.search().slots() else {
            return Ok(());
        };
        let turn = self.limits().requests.turn().await?;
        let is_behind = is_behind(self.pool(), (slots.xmin, &slots.seen)).await?;
        drop(turn);
        if is_behind {
            self.refresh_in_time().await?;
        }
        Ok(())
    }

    /// False where that takes longer than whoever asks should wait.
    async fn refresh_in_time(&self) -> problem::Result<bool> {
        match timeout(CATCH_UP_TIMEOUT, self.search().refresh()).await {
            Ok(refreshed) => Ok(refreshed.map(|()| true)?),
            Err(_) => Ok(false),
        }
    }

    /// A transaction whose queries all see the same state.
    ///
    /// # Errors
    /// 429 where too many ask at once; where the database does not answer.
    async fn snapshot(&self) -> problem::Result<Snapshot> {
        self.snapshot_in(self.limits().requests.turn().await?).await
    }

    async fn snapshot_in(&self, turn: Turn) -> problem::Result<Snapshot> {
        Ok(Snapshot {
            transaction: self.pool().begin_with(SNAPSHOT).await?,
            _turn: turn,
        })
    }
}

/// Asks for nothing, but by the statements that are asked most: a connection's first answers take ten times as long, as it has yet
/// to read the catalog, and those after it are planned one by one. It waits for no table, as many wait for it who need none.
async fn warm_up(db: &mut PgConnection) -> sqlx::Result<()> {
    // A statement is planned anew five times, and then for good.
    const TIMES: usize = 6;
    let mut tx = db.begin().await?;
    tx.execute("SET LOCAL lock_timeout = '10ms'").await?;
    for _ in 0..TIMES {
        listings::warm_up(&mut tx).await?;
        is_behind(&mut *tx, (0, &[])).await?;
    }
    tx.rollback().await
}

/// Whether the database has changes that an index of a state before has not.
async fn is_behind(db: impl PgExecutor<'_>, (xmin, seen): (i64, &[i64])) -> sqlx::Result<bool> {
    sqlx::query_scalar(BEHIND)
        .bind(xmin)
        .bind(seen)
        .fetch_one(db)
        .await
}

/// A transaction, and the place of whoever asks among those that are served.
struct Snapshot {
    transaction: Transaction<'static, Postgres>,
    _turn: Turn,
}

impl Deref for Snapshot {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}
