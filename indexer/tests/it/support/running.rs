//! A pipeline in the background, and what it is compared with.

use std::{sync::Arc, time::Duration};

use pedigree_indexer::{
    Metrics, Progress, State,
    api::Status,
    pipeline::{Pipeline, PipelineError},
    source::{Persistent, RpcSource, Source, Wake},
    store::Store,
};
use tokio_util::sync::CancellationToken;

use super::{IN_TIME, chain::Chain, node::Node, searching::assert_counted, store};

/// A pipeline in the background.
pub struct Running {
    pub progress: Progress,
    pub metrics: Metrics,
    shutdown: CancellationToken,
    pub task: tokio::task::JoinHandle<Result<(), PipelineError>>,
}

pub fn run(store: &Store, node: &Node) -> Running {
    run_with(store, node, None)
}

pub fn run_with(store: &Store, node: &Node, ws_url: Option<String>) -> Running {
    let source = RpcSource::new(&node.url).unwrap();
    run_source(store, ws_url, |_, _, _| source)
}

/// Bytes that may wait here: fewer than in use, so that a short chain fills it.
pub const QUEUE: u32 = 1 << 20;

pub fn run_source<S: Source>(
    store: &Store,
    ws_url: Option<String>,
    source: impl FnOnce(Wake, Metrics, CancellationToken) -> S,
) -> Running {
    let (progress, metrics) = (Progress::default(), Metrics::default());
    let shutdown = CancellationToken::new();
    let wake = Wake::start(ws_url, metrics.clone(), shutdown.clone());
    let pipeline = Pipeline {
        source: Arc::new(source(wake.clone(), metrics.clone(), shutdown.clone())),
        store: store.clone(),
        progress: progress.clone(),
        metrics: metrics.clone(),
        wake,
        start_slot: None,
        until: None,
        raw_only: false,
        room: QUEUE,
    };
    let ended = shutdown.clone();
    let task = tokio::spawn(async move { pipeline.run(ended).await });
    Running {
        progress,
        metrics,
        shutdown,
        task,
    }
}

/// Indexes a range, or all that a recording has, and ends.
pub async fn index_range<S: Source>(
    store: &Store,
    source: S,
    (from, to): (Option<u64>, Option<u64>),
    raw_only: bool,
) -> Result<(), PipelineError> {
    let shutdown = CancellationToken::new();
    let pipeline = Pipeline {
        source: Arc::new(source),
        store: store.clone(),
        progress: Progress::default(),
        metrics: Metrics::default(),
        wake: Wake::start(None, Metrics::default(), shutdown.clone()),
        start_slot: from,
        until: to,
        raw_only,
        room: QUEUE,
    };
    pipeline.run(shutdown).await
}

/// The node, asked again where it fails.
pub fn persistent(node: &Node) -> Persistent<RpcSource> {
    Persistent {
        source: RpcSource::new(&node.url).unwrap(),
        metrics: Metrics::default(),
    }
}

impl Running {
    /// Waits until a slot is stored, then stops.
    pub async fn reach(self, store: &Store, slot: u64) {
        let reached = async {
            while frontier(store).await < Some(slot) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(IN_TIME, reached)
            .await
            .unwrap_or_else(|_| {
                panic!(
                    "slot {slot} was not reached: {:?}",
                    self.progress.snapshot()
                )
            });
        self.stop().await;
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Waits for the alarm.
    pub async fn halted(self) -> (PipelineError, String) {
        let error = tokio::time::timeout(IN_TIME, self.task)
            .await
            .unwrap()
            .unwrap()
            .unwrap_err();
        let snapshot = self.progress.snapshot();
        assert_eq!(snapshot.state, State::Halted);
        (error, snapshot.alarm.unwrap())
    }
}

/// Slot up to which everything is stored.
pub async fn frontier(store: &Store) -> Option<u64> {
    Some(store.frontier().await.unwrap()?.slot)
}

/// The tables of an undisturbed run.
pub async fn clean_hash(chain: &Chain) -> [u8; 32] {
    let (store, _database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    // And so of whatever has the same hash.
    assert_counted(&store).await;
    store.table_hash().await.unwrap()
}

/// A figure of a run's metrics.
pub async fn figure(store: &Store, metrics: &Metrics, name: &str) -> u64 {
    let status = Status::read(store.pool(), &Default::default(), Default::default()).await;
    let text = metrics.text(&status.unwrap());
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}"))
        .trim()
        .parse()
        .unwrap()
}
