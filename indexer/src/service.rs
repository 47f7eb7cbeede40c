//! The indexer as a whole: pipeline, manifest worker and API under one roof.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, runtime, sync::oneshot, task::JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

#[cfg(feature = "yellowstone")]
use crate::source::yellowstone::{self, YellowstoneSource};
use crate::{
    Error,
    api::{Api, Census, Proxies, Status},
    backoff::backoff,
    manifest::{self, ContentStore, Fetcher, ManifestStore},
    metrics::Metrics,
    pipeline::{Pipeline, ROOM, repair::Repairer},
    progress::{Progress, Snapshot},
    search::Slots,
    source::{Finality, Persistent, RpcSource, Source, SourceError, Wake, Witnessed},
    spread,
    store::{PATIENCE, Store, WriterLock},
};

/// How the indexer runs. Each of the three parts may run in a process of its own.
#[derive(Clone, Debug)]
pub struct Config {
    /// The one database of the network.
    pub database_url: String,
    /// Where the API reads, such as a replica of that; the same unless given.
    pub database_url_read: Option<String>,
    /// What to follow; none only serves.
    pub chain: Option<ChainConfig>,
    /// Where to listen; none serves nothing. Port 0 takes a free one.
    pub http: Option<SocketAddr>,
    /// What is in front of it, and believed who asks.
    pub trusted_proxies: Proxies,
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
    pub feed: Feed,
    /// Where an empty database begins; the first block that the node has, unless given.
    pub start_slot: Option<u64>,
    /// A second node, which has to name the same blocks.
    pub witness_url: Option<String>,
    /// How often accounts are compared with the network's; never unless given.
    pub reconcile_every: Option<Duration>,
}

/// How new blocks are learnt of. Whatever it fails to tell is read from the node.
#[derive(Clone, Debug)]
pub enum Feed {
    /// The node is asked every 400 ms.
    Polling,
    /// The node's WebSocket, at this URL, tells of new slots.
    WebSocket(String),
    /// A server pushes the blocks themselves.
    #[cfg(feature = "yellowstone")]
    Yellowstone(yellowstone::Config),
}

/// What the one writer needs.
struct Writing {
    store: Store,
    progress: Progress,
    metrics: Metrics,
    wake: Wake,
    start_slot: Option<u64>,
    lock: WriterLock,
    witness: Option<RpcSource>,
}

impl Writing {
    async fn run<S: Source>(mut self, source: S, shutdown: CancellationToken) -> Result<(), Error> {
        match self.witness.take() {
            Some(witness) => {
                let source = Witnessed { source, witness };
                Box::pin(self.follow(source, shutdown)).await
            }
            None => Box::pin(self.follow(source, shutdown)).await,
        }
    }

    async fn follow<S: Source>(self, source: S, shutdown: CancellationToken) -> Result<(), Error> {
        let pipeline = Pipeline {
            source: Arc::new(Persistent {
                source,
                metrics: self.metrics.clone(),
            }),
            store: self.store,
            progress: self.progress.clone(),
            metrics: self.metrics,
            wake: self.wake,
            start_slot: self.start_slot,
            until: None,
            raw_only: false,
            room: ROOM,
        };
        let mut lock = self.lock;
        // Whatever ends this: repair, spreading and manifest worker end before the lock is given up.
        let _writing = shutdown.clone().drop_guard();
        tokio::select! {
            ended = pipeline.run(shutdown) => Ok(ended.map_err(Box::new)?),
            // Another process may write from now on: all that this one writes with ends here.
            lost = lock.lost() => {
                self.progress.halt(lost.to_string());
                Err(lost.into())
            }
        }
    }
}

/// Compares with the network and mends what is missing. What fails is told and tried again the next time.
async fn repair_now_and_then(
    source: Persistent<RpcSource>,
    witness: Option<Persistent<RpcSource>>,
    store: Store,
    metrics: Metrics,
    every: Duration,
) {
    let repairer = Repairer {
        source: &source,
        witness: witness.as_ref(),
        store: &store,
        metrics: &metrics,
    };
    loop {
        tokio::time::sleep(every).await;
        match repairer.fill_gaps().await {
            Ok(repaired) if repaired.gaps > 0 => tracing::warn!(?repaired, "events were missing"),
            Ok(_) => {}
            Err(error) => tracing::info!(%error, "gaps cannot be mended for now"),
        }
        match repairer.reconcile().await {
            Ok(found) if !found.is_sound() => {
                tracing::warn!(?found, "the index and the network differed");
            }
            Ok(_) => {}
            Err(error) => tracing::info!(%error, "the network cannot be compared with for now"),
        }
    }
}

/// Which network it is.
struct Network {
    genesis_hash: [u8; 32],
    hashes_chain: bool,
    /// Its newest slot.
    tip: u64,
}

/// Asks which network it is, for as long as it takes until the source answers.
async fn identify<S: Source>(source: &S, progress: &Progress) -> Result<Network, SourceError> {
    let mut failures = 0;
    loop {
        let asked = async {
            Ok(Network {
                genesis_hash: source.genesis_hash().await?,
                hashes_chain: source.hashes_chain().await?,
                tip: source.tip(Finality::Confirmed).await?,
            })
        };
        let error: SourceError = match asked.await {
            Ok(network) => return Ok(network),
            Err(error) => error,
        };
        if error.is_fatal() {
            return Err(error);
        }
        failures += 1;
        let pause = backoff(failures);
        tracing::warn!(%error, ?pause, "the node does not say which network it is of: asking again");
        progress.error(error.to_string());
        tokio::time::sleep(pause).await;
    }
}

/// Runs a task on threads of its own: however much is asked of the API, indexing waits for none of it.
fn apart(task: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let threads = runtime::Builder::new_multi_thread()
        .thread_name("api")
        .enable_all()
        .build()?;
    let ended = threads.block_on(task);
    // Whatever still runs, a search say, is of no use to anybody.
    threads.shutdown_background();
    ended
}

/// A running indexer. Dropping it stops it without ceremony; [`Service::join`] waits.
#[derive(Debug)]
pub struct Service {
    http: Option<SocketAddr>,
    _serving: DropGuard,
    api: Option<Api>,
    store: Store,
    tip_at_start: Option<u64>,
    progress: Progress,
    census: Census,
    tasks: JoinSet<Result<(), Error>>,
}

impl Service {
    /// Starts everything that `config` names, until `shutdown`.
    ///
    /// # Errors
    /// Where the database or the address to listen on cannot be had, the database is another network's, or another indexer
    /// writes to it. A node that does not answer is waited for, as the pipeline waits for it later; other errors of the
    /// pipeline are retried or become the alarm in the status.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Self, Error> {
        let (progress, metrics) = (Progress::default(), Metrics::default());
        let store = Store::connect(&config.database_url).await?;
        let mut tasks = JoinSet::new();
        let serving = shutdown.child_token();
        // A thread of its own does not end by being dropped.
        let _serving = serving.clone().drop_guard();
        let (mut http, mut api, mut tip_at_start) = (None, None, None);
        if let Some(address) = config.http {
            let listener = TcpListener::bind(address)
                .await
                .map_err(|source| Error::Listen { address, source })?;
            http = Some(listener.local_addr()?);
            let listener = listener.into_std()?;
            let url = config
                .database_url_read
                .unwrap_or(config.database_url.clone());
            let (progress, metrics) = (progress.clone(), metrics.clone());
            let (content, ended) = (config.content, serving.child_token());
            let proxies = config.trusted_proxies;
            let (connected, started) = oneshot::channel();
            tasks.spawn_blocking(move || {
                apart(async move {
                    let timeout = config.statement_timeout;
                    let api = Api::connect(&url, timeout, progress, metrics, content, ended);
                    match api.await {
                        Ok(api) => {
                            let _ = connected.send(Ok(api.clone()));
                            api.serve(TcpListener::from_std(listener)?, proxies).await;
                        }
                        Err(error) => drop(connected.send(Err(error))),
                    }
                    Ok(())
                })
            });
            // Where nothing is said its thread has ended, and joining tells why.
            api = started.await.ok().transpose()?;
        }
        if let Some(chain) = config.chain {
            progress.begin();
            let source = RpcSource::new(&chain.rpc_url)?;
            let witness = chain.witness_url.as_deref().map(RpcSource::new);
            let witness = witness.transpose()?;
            let network = match (source.clone(), witness.clone()) {
                (source, Some(witness)) => {
                    identify(&Witnessed { source, witness }, &progress).await?
                }
                (source, None) => identify(&source, &progress).await?,
            };
            tip_at_start = Some(network.tip);
            store
                .check_network(network.genesis_hash, network.hashes_chain)
                .await?;
            let lock = WriterLock::acquire(&config.database_url).await?;
            // What writes ends with the lock.
            let writer = shutdown.child_token();
            let ws_url = match &chain.feed {
                Feed::WebSocket(url) => Some(url.clone()),
                _ => None,
            };
            let writing = Writing {
                store: store.clone(),
                progress: progress.clone(),
                metrics: metrics.clone(),
                // Before anything is read, so that no block comes between the two unnoticed.
                wake: Wake::start(ws_url, metrics.clone(), writer.clone()),
                start_slot: chain.start_slot,
                lock,
                witness: witness.clone(),
            };
            match chain.feed {
                Feed::Polling | Feed::WebSocket(_) => {
                    tasks.spawn(writing.run(source.clone(), writer.clone()));
                }
                #[cfg(feature = "yellowstone")]
                Feed::Yellowstone(server) => {
                    let source = YellowstoneSource::start(
                        source.clone(),
                        server,
                        writing.wake.clone(),
                        metrics.clone(),
                        writer.clone(),
                    )?;
                    tasks.spawn(writing.run(source, writer.clone()));
                }
            }
            if let Some(every) = chain.reconcile_every {
                let (store, ended) = (store.clone(), writer.clone());
                let persistent = |source| Persistent {
                    source,
                    metrics: metrics.clone(),
                };
                let (source, witness) = (persistent(source), witness.map(persistent));
                tasks.spawn(async move {
                    let repairing =
                        Box::pin(repair_now_and_then(source, witness, store, metrics, every));
                    ended.run_until_cancelled(repairing).await;
                    Ok(())
                });
            }
            let (spreading, ended) = (store.clone(), writer.clone());
            tasks.spawn(async move {
                spread::run(spreading, ended).await;
                Ok(())
            });
            let fetcher = Fetcher::new(config.stores)?;
            let pool = store.pool().clone();
            tasks.spawn(async move {
                manifest::run(pool, fetcher, PATIENCE, writer).await;
                Ok(())
            });
        }
        Ok(Self {
            http,
            _serving,
            api,
            store,
            tip_at_start,
            progress,
            census: Census::default(),
            tasks,
        })
    }

    /// Where the API listens.
    pub fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// The newest slot that the chain had at the start; none where no chain is followed.
    pub fn tip_at_start(&self) -> Option<u64> {
        self.tip_at_start
    }

    /// Whether the API, where there is one, finds whatever is indexed up to a slot.
    pub fn finds(&self, slot: u64) -> bool {
        let reached = |slots: Slots| u64::try_from(slots.slot).is_ok_and(|at| at >= slot);
        self.api
            .as_ref()
            .is_none_or(|api| api.searchable().is_some_and(reached))
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
        let indexing = self.progress.snapshot();
        Ok(Status::read(self.store.pool(), &self.census, indexing).await?)
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
