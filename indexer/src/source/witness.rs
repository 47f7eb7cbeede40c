//! A second node that has to agree.

use std::time::Duration;

use super::{Finality, Source, SourceError};
use crate::decode::{EmittedBlock, Point};

/// How often both are asked before they are said to disagree: a fork resolves within seconds.
const ATTEMPTS: u32 = 5;
/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(800);

/// A source whose every block another source has to name as well. Where the witness does not answer, nothing is taken.
#[derive(Debug)]
pub struct Witnessed<S, W> {
    pub source: S,
    pub witness: W,
}

impl<S: Source, W: Source> Source for Witnessed<S, W> {
    async fn genesis_hash(&self) -> Result<[u8; 32], SourceError> {
        let (node, witness) = (
            self.source.genesis_hash().await?,
            self.witness.genesis_hash().await?,
        );
        if node == witness {
            return Ok(node);
        }
        Err(disagreement(0, node, witness))
    }

    async fn first_slot(&self) -> Result<u64, SourceError> {
        let first = self.source.first_slot().await?;
        Ok(first.max(self.witness.first_slot().await?))
    }

    async fn tip(&self, finality: Finality) -> Result<u64, SourceError> {
        self.source.tip(finality).await
    }

    async fn slots(&self, from: u64, limit: usize) -> Result<Vec<u64>, SourceError> {
        self.source.slots(from, limit).await
    }

    async fn block(&self, slot: u64) -> Result<EmittedBlock, SourceError> {
        let mut attempt = 1;
        loop {
            let block = self.source.block(slot).await?;
            let witness = self.witness.point(slot, Finality::Confirmed).await?;
            if witness.hash == block.hash {
                return Ok(block);
            }
            if attempt >= ATTEMPTS {
                return Err(disagreement(slot, block.hash, witness.hash));
            }
            attempt = attempt.saturating_add(1);
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn point(&self, slot: u64, finality: Finality) -> Result<Point, SourceError> {
        let point = self.source.point(slot, finality).await?;
        if finality == Finality::Finalized {
            let witness = self.witness.point(slot, finality).await?;
            if witness != point {
                return Err(disagreement(slot, point.hash, witness.hash));
            }
        }
        Ok(point)
    }

    async fn least_balance(&self) -> Result<Option<u64>, SourceError> {
        self.source.least_balance().await
    }

    async fn hashes_chain(&self) -> Result<bool, SourceError> {
        self.source.hashes_chain().await
    }
}

fn disagreement(slot: u64, node: [u8; 32], witness: [u8; 32]) -> SourceError {
    SourceError::Disagreement {
        slot,
        node: bs58::encode(node).into_string(),
        witness: bs58::encode(witness).into_string(),
    }
}
