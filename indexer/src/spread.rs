//! Spreads taint down the lineage, beside the writer.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{Store, StoreError};

/// Pause where nothing is left to spread.
const IDLE: Duration = Duration::from_millis(300);
/// Pause where the database does not answer.
const TROUBLE: Duration = Duration::from_secs(2);

/// Spreads whatever there is until `shutdown`. Where it is stopped half-way, what is left is in the database.
pub async fn run(store: Store, shutdown: CancellationToken) {
    shutdown.run_until_cancelled(Box::pin(work(&store))).await;
}

async fn work(store: &Store) {
    loop {
        let pause = match spread_some(store).await {
            Ok(true) => continue,
            Ok(false) => IDLE,
            Err(error) => {
                tracing::warn!(%error, "taint waits to be spread");
                TROUBLE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Whether there may be more. The writer is not held up where there is nothing to do.
async fn spread_some(store: &Store) -> Result<bool, StoreError> {
    Ok(store.taint_pending().await? && store.spread_taint().await?)
}
