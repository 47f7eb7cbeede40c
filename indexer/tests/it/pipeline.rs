//! From a node to the store, whatever the node does.

use std::{sync::Arc, time::Duration};

use pedigree_indexer::{
    Metrics, Progress, State,
    pipeline::{Pipeline, PipelineError},
    source::{Persistent, RpcSource, Source, Wake},
    store::{Store, StoreError},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio_util::sync::CancellationToken;

use crate::{
    store::history,
    support::{
        Chain, Market,
        chain::transaction,
        node::{Fault, Node},
        store,
    },
};

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
pub const QUEUE: u32 = 24 << 20;

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

impl Running {
    /// Waits until a slot is stored, then stops.
    pub async fn reach(self, store: &Store, slot: u64) {
        let reached = async {
            while store
                .frontier()
                .await
                .unwrap()
                .is_none_or(|frontier| frontier.slot < slot)
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reached)
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
        let error = tokio::time::timeout(Duration::from_secs(20), self.task)
            .await
            .unwrap()
            .unwrap()
            .unwrap_err();
        let snapshot = self.progress.snapshot();
        assert_eq!(snapshot.state, State::Halted);
        (error, snapshot.alarm.unwrap())
    }
}

/// The tables of an undisturbed run.
pub async fn clean_hash(chain: &Chain) -> [u8; 32] {
    let (store, _database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    store.table_hash().await.unwrap()
}

#[tokio::test]
async fn skipped_slots_are_passed_and_the_chain_is_followed_as_it_grows() {
    let (mut chain, mut market) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    tokio::time::sleep(Duration::from_millis(300)).await;
    market.slot = chain.tip() + 5;
    let slot = chain.push_at(
        market.slot,
        vec![transaction("late", [market.profile("bob", "Bob")])],
    );
    let grown = chain.clone();
    node.edit(move |chain| *chain = grown);
    running.reach(&store, slot).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_no_error_of_a_node_is_taken_for_a_skipped_slot() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    let mut rng = StdRng::seed_from_u64(6);
    let faults = [
        Fault::Rpc(-32004),
        Fault::Rpc(-32007),
        Fault::Rpc(-32009),
        Fault::Rpc(-32014),
        Fault::Http(429),
        Fault::Http(503),
        Fault::Truncated,
        Fault::Null,
    ];
    node.fail(move |_, _| {
        rng.random_bool(0.25)
            .then(|| faults[rng.random_range(0..faults.len())])
    });
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_a_node_that_refuses_two_requests_of_three_is_asked_again() {
    let (chain, _) = history();
    let node = Node::start(chain.clone()).await;
    let source = Persistent {
        source: RpcSource::new(&node.url).unwrap(),
        metrics: Metrics::default(),
    };
    let mut asked = 0;
    node.fail(move |_, _| {
        asked += 1;
        (asked % 3 != 0).then_some(Fault::Http(429))
    });
    for (slot, _) in &chain.blocks {
        assert_eq!(source.block(*slot).await.unwrap().slot, *slot);
    }
    // What only a person can clear is not asked for again.
    node.fail(|_, _| Some(Fault::Rpc(-32015)));
    let error = source.block(13).await.unwrap_err();
    assert!(error.is_fatal(), "{error}");
}

#[tokio::test]
async fn i6_a_block_that_stays_unavailable_holds_the_frontier_before_it() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    node.fail(|method, slot| (method == "getBlock" && slot == 13).then_some(Fault::Rpc(-32009)));
    let running = run(&store, &node);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(store.frontier().await.unwrap().unwrap().slot, 12);
    let snapshot = running.progress.snapshot();
    assert_eq!(snapshot.state, State::Retrying);
    assert!(snapshot.last_error.unwrap().contains("slot 13"));
    node.fail(|_, _| None);
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i6_slots_that_the_list_of_blocks_leaves_out_are_found_by_their_children() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    node.hide(&[11, 12, 16]);
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i1_restarts_at_random_moments_end_in_the_tables_of_a_clean_run() {
    let (mut chain, mut market) = history();
    for number in 0..60 {
        market.slot = chain.tip() + 1;
        chain.push_events([
            market.profile("alice", &format!("Alice {number}")),
            market.profile("bob", "Bob"),
        ]);
    }
    let (store, database) = store().await;
    let node = Node::start(chain.clone()).await;
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..20 {
        // Aborted in the middle of whatever it does, without a chance to clean up.
        let again = Store::connect(database.url()).await.unwrap();
        let running = run(&again, &node);
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..25))).await;
        running.task.abort();
        let _ = running.task.await;
        again.pool().close().await;
    }
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i2_lost_database_connections_lose_and_repeat_nothing() {
    let (mut chain, mut market) = history();
    for number in 0..300 {
        market.slot = chain.tip() + 1;
        chain.push_events([market.profile("alice", &format!("Alice {number}"))]);
    }
    let (store, database) = store().await;
    let node = Node::start(chain.clone()).await;
    // Slow enough for connections to be lost in every phase of a batch.
    let mut rng = StdRng::seed_from_u64(2);
    let killer = sqlx::PgPool::connect(database.url()).await.unwrap();
    let running = run(&store, &node);
    let mut lost = 0i64;
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..30))).await;
        lost += sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE ANY(ARRAY['INSERT%', 'LOCK%', 'COMMIT%', 'UPDATE%'])
                 AND application_name = '' AND pid <> pg_backend_pid()) AS ended",
        )
        .fetch_one(&killer)
        .await
        .unwrap();
    }
    running.reach(&store, chain.tip()).await;
    assert!(lost > 0, "no connection was lost: this proved nothing");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i7_an_unknown_transaction_version_halts_with_an_alarm() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain).await;
    node.fail(|method, slot| (method == "getBlock" && slot == 13).then_some(Fault::Rpc(-32015)));
    let (_, alarm) = run(&store, &node).halted().await;
    assert!(
        alarm.contains("slot 13") && alarm.contains("upgrade"),
        "{alarm}"
    );
    assert!(
        store
            .frontier()
            .await
            .unwrap()
            .is_none_or(|frontier| frontier.slot == 12)
    );
}

#[tokio::test]
async fn i10_a_node_behind_the_frontier_is_waited_for() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let mut behind = chain.clone();
    behind.blocks.truncate(2);
    let node = Node::start(behind).await;
    let running = run(&store, &node);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!running.task.is_finished());
    let mut grown = chain.clone();
    let slot = grown.push(Vec::new());
    node.edit(move |node| *node = grown);
    running.reach(&store, slot).await;
}

#[tokio::test]
async fn blocks_become_final_once_the_chain_says_so_and_another_hash_is_an_alarm() {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    chain.push_events([market.profile("alice", "Alice")]);
    for _ in 0..4 {
        chain.push(Vec::new());
    }
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    node.finalize(12);
    let running = run(&store, &node);
    let grow = |node: &Node| {
        node.edit(|chain| {
            chain.push(Vec::new());
        })
    };
    let finalized = async || {
        sqlx::query_scalar::<_, Option<i64>>(
            "SELECT max(slot) FROM blocks WHERE status = 'finalized'",
        )
        .fetch_one(store.pool())
        .await
        .unwrap()
    };
    while finalized().await != Some(12) {
        grow(&node);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // The node turns to a chain that never had the block that is final here.
    node.edit(|chain| {
        let mut other = chain.fork_after(11, "others");
        while other.tip() <= chain.tip() {
            other.push(Vec::new());
        }
        *chain = other;
    });
    let before = store.table_hash().await.unwrap();
    let (error, alarm) = running.halted().await;
    assert!(
        matches!(
            error,
            PipelineError::Contradiction { .. }
                | PipelineError::Store(StoreError::BelowFinal { .. })
        ),
        "{alarm}"
    );
    assert_eq!(store.table_hash().await.unwrap(), before);
}
