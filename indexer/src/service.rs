//! The indexer as a whole: pipeline, manifest worker and API under one roof.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    api::{Api, Status},
    manifest::{self, ContentStore, Fetcher, ManifestStore},
    pipeline::Pipeline,
    progress::{Progress, Snapshot},
    source::{RpcSource, Source, Wake},
    store::{Store, WriterLock},
};

/// How the indexer runs. Each of the three parts may run in a process of its own.
#[derive(Clone, Debug)]
pub struct Config {
    /// The one database of the network.
    pub database_url: String,
    /// What to follow; none only serves.
    pub chain: Option<ChainConfig>,
    /// Where to listen; none serves nothing. Port 0 takes a free one.
    pub http: Option<SocketAddr>,
    /// The content store that the API serves.
    pub content: Option<ContentStore>,
    /// Where manifests are fetched from.
    pub stores: Vec<ManifestStore>,
    /// Longest query of the API.
    pub statement_timeout: Duration,
}

/// A Solana network.
#[derive(Clone, Debug)]
pub struct ChainConfig {
    pub rpc_url: String,
    /// Without it new blocks are found by polling alone.
    pub ws_url: Option<String>,
    /// Where an empty database begins; the first block that the node has, unless given.
    pub start_slot: Option<u64>,
}

/// A running indexer. Dropping it stops it without ceremony; [`Service::join`] waits.
#[derive(Debug)]
pub struct Service {
    http: Option<SocketAddr>,
    store: Store,
    progress: Progress,
    tasks: JoinSet<Result<(), Error>>,
}

impl Service {
    /// Starts everything that `config` names, until `shutdown`.
    ///
    /// # Errors
    /// Where the database, the node or the address to listen on cannot be had, the database is another network's, or
    /// another indexer writes to it. Later errors of the pipeline are retried or become the alarm in the status.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Self, Error> {
        let progress = Progress::default();
        let store = Store::connect(&config.database_url).await?;
        let mut tasks = JoinSet::new();
        let mut http = None;
        if let Some(address) = config.http {
            let listener = TcpListener::bind(address)
                .await
                .map_err(|source| Error::Listen { address, source })?;
            http = Some(listener.local_addr()?);
            let api = Api::connect(
                &config.database_url,
                config.statement_timeout,
                progress.clone(),
                config.content,
            )
            .await?;
            let ended = shutdown.clone();
            tasks.spawn(async move {
                let server = axum::serve(listener, api.router());
                Ok(server
                    .with_graceful_shutdown(ended.cancelled_owned())
                    .await?)
            });
        }
        if let Some(chain) = config.chain {
            let source = RpcSource::new(&chain.rpc_url)?;
            store.check_network(source.genesis_hash().await?).await?;
            let lock = WriterLock::acquire(&config.database_url).await?;
            let pipeline = Pipeline {
                source: Arc::new(source),
                store: store.clone(),
                progress: progress.clone(),
                wake: Wake::start(chain.ws_url, shutdown.clone()),
                start_slot: chain.start_slot,
            };
            let (ended, pool) = (shutdown.clone(), store.pool().clone());
            tasks.spawn(async move {
                let _lock = lock;
                Ok(pipeline.run(ended).await?)
            });
            let fetcher = Fetcher::new(config.stores)?;
            tasks.spawn(async move {
                manifest::run(pool, fetcher, shutdown).await;
                Ok(())
            });
        }
        Ok(Self {
            http,
            store,
            progress,
            tasks,
        })
    }

    /// Where the API listens.
    pub fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// What indexing does now. Asks nobody.
    pub fn indexing(&self) -> Snapshot {
        self.progress.snapshot()
    }

    /// How far it is.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn status(&self) -> Result<Status, Error> {
        Ok(Status::read(self.store.pool(), self.progress.snapshot()).await?)
    }

    /// The store, to look into.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Waits for the end. A halted pipeline does not end the API, so that its status can be read.
    ///
    /// # Errors
    /// The first error that any part ended with.
    pub async fn join(mut self) -> Result<(), Error> {
        let mut first = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            first = first.and(ended.map_err(Error::from).and_then(|ended| ended));
        }
        first
    }
}

/// Runs until `shutdown`.
///
/// # Errors
/// As [`Service::start`] and [`Service::join`].
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Error> {
    Service::start(config, shutdown).await?.join().await
}
