//! Blocks in order, without a hole: fetched ahead, placed by their links.

use std::sync::Arc;

use super::{
    PipelineError,
    connect::{connect, wanted},
    queue::Sender,
    sequence::Sequencer,
};
use crate::{
    decode::{self, DecodedBlock},
    metrics::Metrics,
    progress::Progress,
    source::{Source, Wake},
};
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

/// Slots asked for at once.
const WINDOW: usize = 256;
/// Blocks requested from the node at the same time.
const CONCURRENCY: usize = 8;

/// Fetches blocks and hands them over in order until the receiver is gone.
///
/// Ends with the first error; nothing past it was handed over, so that starting again from the frontier misses
/// nothing.
pub struct Fetcher<S> {
    pub source: Arc<S>,
    pub wake: Wake,
    pub progress: Progress,
    pub metrics: Metrics,
    /// The last slot to ask for; none follows the chain as it grows.
    pub until: Option<u64>,
    /// Cancelled once all that the source lists was handed over.
    pub caught_up: CancellationToken,
}

impl<S: Source> Fetcher<S> {
    /// Asks for the blocks from slot `next` on, and places them after what `sequencer` knows.
    pub async fn run(
        &self,
        mut sequencer: Sequencer,
        mut next: u64,
        branches: Sender,
    ) -> Result<(), PipelineError> {
        let fetch = |slot| self.fetch(slot);
        let until = self.until.unwrap_or(u64::MAX);
        loop {
            if let Some(slot) = self.progress.finalized_slot() {
                sequencer.finalize(slot);
            }
            if next > until {
                return Ok(());
            }
            let slots = wanted(self.source.slots(next, WINDOW).await?, next, until);
            if slots.is_empty() {
                self.caught_up.cancel();
                tokio::select! {
                    () = branches.closed() => return Ok(()),
                    () = self.wake.wait() => continue,
                }
            }
            let mut fetched = stream::iter(slots).map(fetch).buffered(CONCURRENCY);
            while let Some(block) = fetched.next().await {
                let block = block?;
                next = next.max(block.slot.saturating_add(1));
                let branch = connect(&mut sequencer, block, fetch).await?;
                let Some(branch) = branch.and_then(|branch| branch.up_to(until)) else {
                    continue;
                };
                let sent = branches.send(branch).await;
                // Told here too: a store that hangs tells of nothing.
                self.metrics.waiting(branches.waiting());
                if !sent {
                    return Ok(());
                }
            }
        }
    }

    async fn fetch(&self, slot: u64) -> Result<DecodedBlock, PipelineError> {
        let block = self.source.block(slot).await?;
        self.metrics.fetched(&block);
        Ok(decode::read(block))
    }
}
