//! A node that is asked again where that may help.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    time::Duration,
};

use pedigree_sdk::accounts::EntityKind;
use solana_program::pubkey::Pubkey;
use tokio::time::{Instant, sleep};

use super::{Finality, RpcSource, Source, SourceError};
use crate::{
    backoff::pause,
    decode::{EmittedBlock, Point},
    metrics::Metrics,
};

/// How long a request is made again. What lasts longer is the pipeline's to tell of.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bounds of the pause before it is.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// A source whose single requests fail now and then, as they do behind a limit of requests. Each failure by itself would
/// send the pipeline back to the frontier: where two of three requests fail, nothing would get through.
#[derive(Clone, Debug)]
pub struct Persistent<S> {
    pub source: S,
    pub metrics: Metrics,
}

impl<S: Source> Persistent<S> {
    async fn ask<T, A>(&self, ask: impl Fn() -> A) -> Result<T, SourceError>
    where
        A: Future<Output = Result<T, SourceError>>,
    {
        let begun = Instant::now();
        let mut failures = 0u32;
        loop {
            match ask().await {
                Err(error) if !error.is_fatal() && begun.elapsed() < PATIENCE => {
                    self.metrics.asked_again();
                    failures = failures.saturating_add(1);
                    sleep(pause(PAUSE, failures)).await;
                }
                answer => return answer,
            }
        }
    }
}

/// What only a node is asked for.
impl Persistent<RpcSource> {
    /// As [`RpcSource::addresses`].
    ///
    /// # Errors
    /// As there.
    pub async fn addresses(&self, kind: EntityKind) -> Result<(u64, Vec<Pubkey>), SourceError> {
        self.ask(|| self.source.addresses(kind)).await
    }

    /// As [`RpcSource::accounts`].
    ///
    /// # Errors
    /// As there.
    pub async fn accounts(
        &self,
        addresses: &[Pubkey],
    ) -> Result<(u64, BTreeMap<Pubkey, Vec<u8>>), SourceError> {
        self.ask(|| self.source.accounts(addresses)).await
    }

    /// As [`RpcSource::slots_of`].
    ///
    /// # Errors
    /// As there.
    pub async fn slots_of(
        &self,
        address: &Pubkey,
        from: u64,
        to: u64,
    ) -> Result<BTreeSet<u64>, SourceError> {
        self.ask(|| self.source.slots_of(address, from, to)).await
    }

    /// As [`RpcSource::answered_block`].
    ///
    /// # Errors
    /// As there.
    pub async fn answered_block(&self, slot: u64) -> Result<(EmittedBlock, String), SourceError> {
        self.ask(|| self.source.answered_block(slot)).await
    }
}

impl<S: Source> Source for Persistent<S> {
    async fn genesis_hash(&self) -> Result<[u8; 32], SourceError> {
        self.ask(|| self.source.genesis_hash()).await
    }

    async fn first_slot(&self) -> Result<u64, SourceError> {
        self.ask(|| self.source.first_slot()).await
    }

    async fn tip(&self, finality: Finality) -> Result<u64, SourceError> {
        self.ask(|| self.source.tip(finality)).await
    }

    async fn slots(&self, from: u64, limit: usize) -> Result<Vec<u64>, SourceError> {
        self.ask(|| self.source.slots(from, limit)).await
    }

    async fn block(&self, slot: u64) -> Result<EmittedBlock, SourceError> {
        self.ask(|| self.source.block(slot)).await
    }

    async fn point(&self, slot: u64, finality: Finality) -> Result<Point, SourceError> {
        self.ask(|| self.source.point(slot, finality)).await
    }

    async fn least_balance(&self) -> Result<Option<u64>, SourceError> {
        self.ask(|| self.source.least_balance()).await
    }

    async fn hashes_chain(&self) -> Result<bool, SourceError> {
        self.ask(|| self.source.hashes_chain()).await
    }
}
