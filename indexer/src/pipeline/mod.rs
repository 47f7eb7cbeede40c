//! Chain → store: blocks in order, each batch in one database transaction with the frontier.

mod connect;
mod fetch;
mod finality;
mod queue;
pub mod record;
pub mod repair;
pub mod sequence;
mod tip;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    backoff::backoff,
    decode::Point,
    metrics::Metrics,
    progress::Progress,
    source::{Source, SourceError, Wake},
    store::{Applied, Store, StoreError},
};
use fetch::Fetcher;
pub use queue::ROOM;
use queue::{Held, Receiver};
use sequence::{DEPTH, Sequencer};
pub use tip::ACCOUNT_OVERHEAD;

/// How often finality is looked at.
const FINALITY_EVERY: Duration = Duration::from_secs(2);
/// How long entries of the event log are kept.
pub const LOG_RETENTION: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How often older ones are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);
/// How long it is kept which listings changed: search that was away for longer loads everything again, which takes about a
/// minute for a million.
const CHANGES_RETENTION: Duration = Duration::from_secs(600);
/// How often the chain's end is read again before another final block than the stored one is taken for the truth.
const RECHECKS: u32 = 3;

/// Follows a source into a store.
pub struct Pipeline<S> {
    pub source: Arc<S>,
    pub store: Store,
    pub progress: Progress,
    pub metrics: Metrics,
    pub wake: Wake,
    /// Where to begin in an empty database; the first block that the source has, unless given.
    pub start_slot: Option<u64>,
    /// Where to end; none follows the chain as it grows.
    pub until: Option<u64>,
    /// Whether derived tables are left for later.
    pub raw_only: bool,
    /// Bytes of events that may wait for the store; [`ROOM`] unless there is a reason.
    pub room: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "block {block} follows block {parent}, but block {known} is final here, or older than any fork may be: two nodes \
         disagree, or the database is another chain's. Indexing stops rather than mix two histories: compare the block \
         hashes of several nodes, then start again with the right one, or into an empty database"
    )]
    Contradiction {
        block: Point,
        parent: Point,
        known: Point,
    },
    #[error(
        "the chain finalized block {chain}, the stored one is {stored}: reading again from the last final block on"
    )]
    OtherFinal { stored: Point, chain: Point },
    #[error("block {block} names block {parent} as its parent, which the node does not have there")]
    Unlinked { block: Point, parent: Point },
    #[error(
        "the node's final bank is of slot {node}, the index has read up to slot {index}: compare them once it has caught up"
    )]
    Behind { node: u64, index: u64 },
    #[error("the fetching task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl PipelineError {
    /// Whether trying again is of no use until somebody acts.
    pub fn is_fatal(&self) -> bool {
        match self {
            PipelineError::Source(error) => error.is_fatal(),
            PipelineError::Store(error) => error.is_fatal(),
            PipelineError::Contradiction { .. } => true,
            PipelineError::OtherFinal { .. }
            | PipelineError::Unlinked { .. }
            | PipelineError::Behind { .. }
            | PipelineError::Task(_) => false,
        }
    }
}

impl<S: Source> Pipeline<S> {
    /// Runs until `shutdown`, until the last slot where one is given, or until an error that only a person can clear.
    ///
    /// # Errors
    /// The fatal one; it is also the alarm in the status.
    pub async fn run(&self, shutdown: CancellationToken) -> Result<(), PipelineError> {
        self.progress.begin();
        let following = tip::follow(self.source.clone(), self.progress.clone());
        let _tip = AbortOnDropHandle::new(tokio::spawn(following));
        let mut failures = 0u32;
        let mut rechecks = 0u32;
        loop {
            let before = self.progress.slot();
            // Whatever is cut off here is rolled back or fetched again.
            let session = Box::pin(self.session(rechecks > 0));
            let error = match shutdown.run_until_cancelled(session).await {
                None | Some(Ok(())) => return Ok(()),
                Some(Err(error)) => error,
            };
            rechecks = match error {
                PipelineError::OtherFinal { .. } => rechecks.saturating_add(1),
                _ => 0,
            };
            if error.is_fatal() || rechecks > RECHECKS {
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
            self.metrics.retried();
            if shutdown
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return Ok(());
            }
        }
    }

    /// From the stored frontier, or with `recheck` from the last final block, until the first error.
    async fn session(&self, recheck: bool) -> Result<(), PipelineError> {
        if !self.raw_only {
            self.store.fold_pending().await?;
        }
        let sequencer = Sequencer::new(
            self.store.tail(DEPTH).await?,
            self.source.hashes_chain().await?,
        );
        let from = if recheck {
            sequencer.floor()
        } else {
            sequencer.frontier()
        };
        let next = match (from, self.start_slot) {
            (Some(from), _) => from.slot.saturating_add(1),
            (None, Some(slot)) => slot,
            (None, None) => self.source.first_slot().await?,
        };
        let sequencer = sequencer.begin_at(next);
        let fetcher = Fetcher {
            source: self.source.clone(),
            wake: self.wake.clone(),
            progress: self.progress.clone(),
            metrics: self.metrics.clone(),
            until: self.until,
            caught_up: CancellationToken::new(),
        };
        let caught_up = fetcher.caught_up.clone();
        let (sender, mut queue) = queue::queue(self.room);
        let fetching = AbortOnDropHandle::new(tokio::spawn(async move {
            fetcher.run(sequencer, next, sender).await
        }));
        self.store_branches(&mut queue, recheck, &caught_up).await?;
        fetching.await??;
        finality::promote(self.source.as_ref(), &self.store, &self.progress).await
    }

    /// Until the fetcher ends. Where the end of the chain is read again, finality is not looked at before that has begun
    /// to replace what is stored, or `caught_up` says that it replaces nothing: it would find the same fork once more.
    async fn store_branches(
        &self,
        queue: &mut Receiver,
        recheck: bool,
        caught_up: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let mut reread = !recheck;
        let mut looked: Option<Instant> = None;
        let (mut pruned, mut forgotten): (Option<Instant>, Option<Instant>) = (None, None);
        loop {
            // A chain that stands still becomes final, too.
            match timeout(FINALITY_EVERY, queue.batch()).await {
                Ok(Some(batch)) => {
                    self.store_batch(queue.waiting(), batch).await?;
                    reread = true;
                }
                Ok(None) => return Ok(()),
                // In this order: what was read before it caught up is in the queue by then.
                Err(_) => reread |= caught_up.is_cancelled() && queue.waiting() == 0,
            }
            if reread && due(looked, FINALITY_EVERY) {
                looked = Some(Instant::now());
                finality::promote(self.source.as_ref(), &self.store, &self.progress).await?;
            }
            if due(pruned, PRUNE_EVERY) {
                pruned = Some(Instant::now());
                self.store.prune_log(LOG_RETENTION).await?;
            }
            if due(forgotten, CHANGES_RETENTION / 2) {
                forgotten = Some(Instant::now());
                self.store.prune_search_changes(CHANGES_RETENTION).await?;
            }
        }
    }

    async fn store_batch(&self, waiting: usize, batch: Held) -> Result<(), PipelineError> {
        self.metrics.waiting(waiting);
        let begun = Instant::now();
        let (blocks, letters) = (batch.branch.blocks.len(), batch.dead_letters());
        if let Some(applied) = self.write(batch).await? {
            let took = begun.elapsed();
            self.metrics.stored(blocks, letters, &applied, took);
            self.progress.applied(applied.slot, applied.events);
        }
        Ok(())
    }

    async fn write(&self, batch: Held) -> Result<Option<Applied>, StoreError> {
        match batch.branch.ancestor {
            Some(ancestor) => {
                tracing::warn!(%ancestor, "the chain left a fork: what followed this block is undone");
                self.store.replace(ancestor, batch).await
            }
            None if self.raw_only => self.store.load(batch).await,
            None => self.store.apply(batch).await,
        }
    }
}

/// Whether what was done last at `at` is to be done again.
fn due(at: Option<Instant>, every: Duration) -> bool {
    at.is_none_or(|at| at.elapsed() >= every)
}
