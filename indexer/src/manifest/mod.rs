//! Manifests: kept by hash, fetched outside the pipeline, believed only when their hash is right.

mod content;
mod fetch;
mod limits;

use std::time::Duration;

use futures_util::{StreamExt, stream};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub use content::ContentStore;
pub use fetch::{Failure, Fetcher, ManifestStore, Timeouts};
pub use limits::check;

use crate::store::{
    StoreError, answered,
    manifests::{self, Fetched, Status, Wanted},
};

/// Manifests taken at once.
const CLAIM: u32 = 256;
/// Fetched at the same time.
const CONCURRENCY: u32 = 8;
/// Written down in one transaction.
const BATCH: usize = 64;
/// Longer than fetching a whole claim takes at worst, so that nothing is fetched twice at a time.
const LEASE: Duration = Duration::from_secs(600);
const _: () = assert!(
    LEASE.as_secs() > (CLAIM / CONCURRENCY) as u64 * fetch::MANIFEST_TIMEOUT.as_secs(),
    "a claim must be fetched within its lease"
);
/// Pause where nothing waits.
const IDLE: Duration = Duration::from_millis(300);
/// Pause where the database does not answer.
const TROUBLE: Duration = Duration::from_secs(2);

/// Fetches what is wanted until `shutdown`. The database may take `patience` over one thing.
pub async fn run(pool: PgPool, fetcher: Fetcher, patience: Duration, shutdown: CancellationToken) {
    let work = Box::pin(work(&pool, &fetcher, patience));
    shutdown.run_until_cancelled(work).await;
}

async fn work(pool: &PgPool, fetcher: &Fetcher, patience: Duration) {
    // What was claimed and not finished, by a worker that is gone or before an error, waits for nobody.
    let (mut reconsidered, mut released) = (false, false);
    loop {
        let worked = async {
            if !reconsidered {
                answered(patience, manifests::reconsider(pool)).await?;
                reconsidered = true;
            }
            if !released {
                answered(patience, manifests::release(pool)).await?;
                released = true;
            }
            fetch_some(pool, fetcher, patience).await
        };
        let pause = match worked.await {
            Ok(0) => IDLE,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "manifests wait");
                released = false;
                TROUBLE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Fetches one claim's worth, and says how many that was.
async fn fetch_some(
    pool: &PgPool,
    fetcher: &Fetcher,
    patience: Duration,
) -> Result<usize, StoreError> {
    let wanted = answered(patience, manifests::claim(pool, CLAIM.into(), LEASE)).await?;
    let count = wanted.len();
    let fetches = stream::iter(wanted)
        .map(|wanted| fetch(fetcher, wanted))
        .buffer_unordered(CONCURRENCY as usize);
    let mut batches = fetches.ready_chunks(BATCH);
    while let Some(batch) = batches.next().await {
        answered(patience, manifests::finish(pool, &batch)).await?;
    }
    Ok(count)
}

async fn fetch(fetcher: &Fetcher, wanted: Wanted) -> Fetched {
    match fetcher.fetch(&wanted.hash, &wanted.uri).await {
        Ok(bytes) => Fetched {
            wanted,
            status: Status::Ok,
            error: None,
            bytes: Some(bytes),
        },
        Err(Failure { status, reason }) => Fetched {
            wanted,
            status,
            error: Some(reason),
            bytes: None,
        },
    }
}
