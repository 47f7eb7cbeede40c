//! Blocks in order, without a hole: fetched ahead, linked by their parents.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use super::PipelineError;
use crate::{
    decode::{self, DecodedBlock},
    source::{Source, Wake},
    store::Frontier,
};

/// Slots asked for at once.
const WINDOW: usize = 256;
/// Blocks requested from the node at the same time.
const CONCURRENCY: usize = 8;

/// What a block must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The stored frontier.
    After(Frontier),
    /// Nothing is stored: the first block at or after a slot.
    At(u64),
}

/// Fetches blocks from `start` on and hands them over in order until the receiver is gone.
///
/// Ends with the first error; nothing past it was handed over, so that starting again from the frontier misses
/// nothing.
pub struct Fetcher<S> {
    pub source: Arc<S>,
    pub wake: Wake,
    pub hashes_chain: bool,
}

impl<S: Source> Fetcher<S> {
    pub async fn run(
        &self,
        start: Start,
        blocks: mpsc::Sender<DecodedBlock>,
    ) -> Result<(), PipelineError> {
        let (mut last, mut next) = match start {
            Start::After(frontier) => (Some(frontier), frontier.slot.saturating_add(1)),
            Start::At(slot) => (None, slot),
        };
        loop {
            let slots = self.source.slots(next, WINDOW).await?;
            if slots.is_empty() {
                tokio::select! {
                    () = blocks.closed() => return Ok(()),
                    () = self.wake.wait() => continue,
                }
            }
            let mut fetched = stream::iter(slots)
                .map(|slot| self.fetch(slot))
                .buffered(CONCURRENCY);
            while let Some(block) = fetched.next().await {
                for block in self.link(last, block?).await? {
                    last = Some(Frontier {
                        slot: block.slot,
                        hash: block.hash,
                    });
                    next = block.slot.saturating_add(1);
                    if blocks.send(block).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn fetch(&self, slot: u64) -> Result<DecodedBlock, PipelineError> {
        let block = self.source.block(slot).await?;
        Ok(decode::decode(slot, &block)?)
    }

    /// `block` and, before it, the ancestors down to `last` that the node's list of slots left out.
    async fn link(
        &self,
        last: Option<Frontier>,
        block: DecodedBlock,
    ) -> Result<Vec<DecodedBlock>, PipelineError> {
        let Some(last) = last else {
            return Ok(vec![block]);
        };
        let mut chain = vec![block];
        while let Some(oldest) = chain.last() {
            let parent = oldest.parent_slot;
            if parent <= last.slot {
                check_link(last, oldest, self.hashes_chain)?;
                break;
            }
            if parent >= oldest.slot {
                return Err(PipelineError::Unlinked {
                    slot: oldest.slot,
                    parent,
                });
            }
            chain.push(self.fetch(parent).await?);
        }
        chain.reverse();
        Ok(chain)
    }
}

/// Whether `block` is the child of `last`: its parent link is what proves the slots between them empty.
fn check_link(
    last: Frontier,
    block: &DecodedBlock,
    hashes_chain: bool,
) -> Result<(), PipelineError> {
    let same_hash = !hashes_chain || block.parent_hash == last.hash;
    if block.parent_slot == last.slot && same_hash {
        return Ok(());
    }
    Err(PipelineError::Fork {
        slot: block.slot,
        parent_slot: block.parent_slot,
        parent: bs58::encode(block.parent_hash).into_string(),
        stored_slot: last.slot,
        stored: bs58::encode(last.hash).into_string(),
    })
}
