//! Blocks as a Yellowstone (Dragon's Mouth) gRPC server pushes them, in front of a node's JSON-RPC.
//!
//! The server is asked for nothing and trusted with no more than a node is: it fills a bounded cache with whole blocks,
//! and each is given once. What it leaves out, sends late, in parts or of another fork is read from the node, which
//! alone says what is final. So a stream may end, stall or repeat itself, and costs time at most.

mod message;
mod pushed;
mod stream;

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{
    metadata::{AsciiMetadataValue, errors::InvalidMetadataValue},
    transport::{ClientTlsConfig, Endpoint, Error},
};

use super::{Finality, RpcSource, Source, SourceError, Wake};
use crate::{
    decode::{EmittedBlock, Point},
    metrics::Metrics,
};
pub use message::{PushError, extract};
use pushed::Pushed;
use stream::Stream;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the connection is asked whether it is alive, and how long it may take to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A Yellowstone server.
#[derive(Clone, Debug)]
pub struct Config {
    /// With `https`, TLS and the roots of this machine.
    pub url: String,
    /// Sent as `x-token`.
    pub token: Option<Token>,
    /// A stream of which no block could be taken for this long is made anew.
    pub silence: Duration,
}

impl Config {
    /// Of the server at `url`, with the usual patience: 20 s.
    pub fn new(url: impl Into<String>, token: Option<Token>) -> Self {
        Self {
            url: url.into(),
            token,
            silence: Duration::from_secs(20),
        }
    }
}

/// A secret: never shown.
#[derive(Clone)]
pub struct Token(AsciiMetadataValue);

impl FromStr for Token {
    type Err = InvalidMetadataValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut value: AsciiMetadataValue = text.parse()?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// A node, and a server that spares asking it for most blocks.
#[derive(Clone, Debug)]
pub struct YellowstoneSource {
    node: RpcSource,
    pushed: Arc<Pushed>,
    metrics: Metrics,
}

impl YellowstoneSource {
    /// Keeps a stream open until `shutdown`, and calls `wake` for each of its blocks.
    ///
    /// # Errors
    /// Where the server's URL is none.
    pub fn start(
        node: RpcSource,
        config: Config,
        wake: Wake,
        metrics: Metrics,
        shutdown: CancellationToken,
    ) -> Result<Self, SourceError> {
        let endpoint = endpoint(&config.url).map_err(|error| SourceError::Transient {
            url: config.url.clone(),
            method: "connect",
            reason: error.to_string(),
        })?;
        let pushed = Arc::new(Pushed::default());
        let stream = Stream {
            endpoint,
            token: config.token,
            silence: config.silence,
            node: node.clone(),
            pushed: pushed.clone(),
            wake,
            metrics: metrics.clone(),
        };
        tokio::spawn(async move {
            let following = Box::pin(stream.follow());
            shutdown.run_until_cancelled(following).await;
        });
        Ok(Self {
            node,
            pushed,
            metrics,
        })
    }
}

fn endpoint(url: &str) -> Result<Endpoint, Error> {
    let endpoint = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        // A block is megabytes; the usual window would take a round trip for each 64 KiB.
        .http2_adaptive_window(true);
    match endpoint.uri().scheme_str() {
        Some("https") => endpoint.tls_config(ClientTlsConfig::new().with_enabled_roots()),
        _ => Ok(endpoint),
    }
}

impl Source for YellowstoneSource {
    async fn genesis_hash(&self) -> Result<[u8; 32], SourceError> {
        self.node.genesis_hash().await
    }

    async fn first_slot(&self) -> Result<u64, SourceError> {
        self.node.first_slot().await
    }

    async fn tip(&self, finality: Finality) -> Result<u64, SourceError> {
        self.node.tip(finality).await
    }

    async fn slots(&self, from: u64, limit: usize) -> Result<Vec<u64>, SourceError> {
        match self.pushed.slots(from, limit, Instant::now()) {
            Some(slots) => Ok(slots),
            None => self.node.slots(from, limit).await,
        }
    }

    async fn block(&self, slot: u64) -> Result<EmittedBlock, SourceError> {
        match self.pushed.take(slot) {
            Some(block) => {
                self.metrics.pushed();
                Ok(block)
            }
            None => self.node.block(slot).await,
        }
    }

    async fn point(&self, slot: u64, finality: Finality) -> Result<Point, SourceError> {
        self.node.point(slot, finality).await
    }

    async fn least_balance(&self) -> Result<Option<u64>, SourceError> {
        self.node.least_balance().await
    }

    async fn hashes_chain(&self) -> Result<bool, SourceError> {
        self.node.hashes_chain().await
    }
}
