//! Chain → store: blocks in order, each batch in one database transaction with the frontier.

mod fetch;
mod finality;

use std::{sync::Arc, time::Duration};

use rand::Rng;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    decode::{BlockError, DecodedBlock},
    progress::Progress,
    source::{Finality, Source, SourceError, Wake},
    store::{Store, StoreError},
};
use fetch::{Fetcher, Start};

/// Blocks that may wait for the store. A full queue stops fetching; nothing is dropped.
const QUEUE: usize = 128;
/// Blocks stored in one transaction at most.
const BATCH: usize = 128;
/// How often finality is looked at.
const FINALITY_EVERY: Duration = Duration::from_secs(2);
/// Bytes that every account is charged for besides its data.
pub const ACCOUNT_OVERHEAD: u64 = 128;
/// Bounds of the pause after an error.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// Follows a source into a store.
pub struct Pipeline<S> {
    pub source: Arc<S>,
    pub store: Store,
    pub progress: Progress,
    pub wake: Wake,
    /// Where to begin in an empty database; the first block that the source has, unless given.
    pub start_slot: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Block(#[from] BlockError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "block {slot} follows block {parent_slot} ({parent}), but the stored one is {stored_slot} ({stored}): the chain \
         forked, or two nodes disagree; indexing stops rather than mix two histories"
    )]
    Fork {
        slot: u64,
        parent_slot: u64,
        parent: String,
        stored_slot: u64,
        stored: String,
    },
    #[error("block {slot} names slot {parent} as its parent")]
    Unlinked { slot: u64, parent: u64 },
    #[error("the fetching task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl PipelineError {
    /// Whether trying again is of no use until somebody acts.
    pub fn is_fatal(&self) -> bool {
        match self {
            PipelineError::Source(error) => {
                matches!(error, SourceError::UnknownTransactionVersion { .. })
            }
            PipelineError::Block(error) => matches!(error, BlockError::UnknownVersion { .. }),
            PipelineError::Store(error) => error.is_fatal(),
            PipelineError::Fork { .. } => true,
            PipelineError::Unlinked { .. } | PipelineError::Task(_) => false,
        }
    }
}

impl<S: Source> Pipeline<S> {
    /// Runs until `shutdown`, or until an error that only a person can clear.
    ///
    /// # Errors
    /// The fatal one; it is also the alarm in the status.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<(), PipelineError> {
        let mut failures = 0u32;
        loop {
            let before = self.progress.slot();
            // Whatever is cut off here is rolled back or fetched again.
            let error = match shutdown.run_until_cancelled(self.session()).await {
                None | Some(Ok(())) => return Ok(()),
                Some(Err(error)) => error,
            };
            if error.is_fatal() {
                tracing::error!(%error, "indexing stops");
                self.progress.halt(error.to_string());
                return Err(error);
            }
            failures = if self.progress.slot() > before {
                1
            } else {
                failures.saturating_add(1)
            };
            let pause = backoff(failures);
            tracing::warn!(%error, ?pause, "trying again from the frontier");
            self.progress.error(error.to_string());
            if shutdown
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return Ok(());
            }
        }
    }

    /// From the stored frontier until the first error.
    async fn session(&self) -> Result<(), PipelineError> {
        let start = match self.store.frontier().await? {
            Some(frontier) => Start::After(frontier),
            None => Start::At(match self.start_slot {
                Some(slot) => slot,
                None => self.source.first_slot().await?,
            }),
        };
        let fetcher = Fetcher {
            source: self.source.clone(),
            wake: self.wake.clone(),
            hashes_chain: self.source.hashes_chain().await?,
        };
        let (sender, mut queue) = mpsc::channel(QUEUE);
        let fetching =
            AbortOnDropHandle::new(tokio::spawn(
                async move { fetcher.run(start, sender).await },
            ));
        self.store_blocks(&mut queue).await?;
        fetching.await?
    }

    /// Until the fetcher ends.
    async fn store_blocks(
        &self,
        queue: &mut mpsc::Receiver<DecodedBlock>,
    ) -> Result<(), PipelineError> {
        let mut looked = Instant::now();
        self.look_ahead().await;
        let mut batch = Vec::new();
        while queue.recv_many(&mut batch, BATCH).await > 0 {
            if let Some(applied) = self.store.apply(&batch).await? {
                self.progress.applied(applied.slot, applied.events);
            }
            batch.clear();
            if looked.elapsed() >= FINALITY_EVERY {
                self.look_ahead().await;
                finality::promote(self.source.as_ref(), &self.store, &self.progress).await?;
                looked = Instant::now();
            }
        }
        Ok(())
    }

    /// Notes how far the chain is and what rent it takes; not knowing it holds nothing up.
    async fn look_ahead(&self) {
        if let Ok(tip) = self.source.tip(Finality::Confirmed).await {
            self.progress.tip(tip);
        }
        if let Ok(lamports) = self.source.least_balance().await {
            self.progress.rent_per_byte(lamports / ACCOUNT_OVERHEAD);
        }
    }
}

/// Doubling with each failure in a row, capped, and spread so that many clients do not come back at once.
fn backoff(failures: u32) -> Duration {
    let (least, most) = BACKOFF;
    let doubled = least
        .saturating_mul(2u32.saturating_pow(failures.saturating_sub(1).min(16)))
        .min(most);
    doubled.mul_f64(rand::rng().random_range(0.5..1.0))
}
