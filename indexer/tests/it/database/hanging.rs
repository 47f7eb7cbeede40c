//! I3: whatever the store is asked for may hang, and is given up.

use std::time::Duration;

use pedigree_indexer::{
    Metrics,
    manifest::{self, Fetcher},
    pipeline::{
        PipelineError,
        repair::{Repairer, read_again},
    },
    store::{Store, StoreError},
};
use pedigree_localnet::link::Link;
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::support::{
    Chain,
    histories::{history, long_history},
    node::Node,
    running::{clean_hash, figure, persistent, run},
    store, until,
};

const PATIENCE: Duration = Duration::from_secs(1);
const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// Keeps a table locked in this mode until it is dropped.
async fn hold(url: &str, table: &str, mode: &str) -> PgConnection {
    let mut holder = PgConnection::connect(url).await.unwrap();
    let hold = format!("BEGIN; LOCK TABLE {table} IN {mode} MODE");
    sqlx::raw_sql(sqlx::AssertSqlSafe(hold))
        .execute(&mut holder)
        .await
        .unwrap();
    holder
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_session_gives_up_whatever_its_store_hangs_in() {
    let chain = long_history(4);
    let mut empty = Chain::default();
    for _ in 0..5 {
        empty.push(Vec::new());
    }
    // Folding what was loaded raw, reading the end of the chain, forgetting old entries of the log.
    for (table, chain) in [
        ("accounts", &chain),
        ("blocks", &chain),
        ("event_log", &empty),
    ] {
        let (store, database) = store().await;
        let part = chain.until(chain.blocks[2].0);
        store.load(&part.decoded()).await.unwrap();
        if table != "accounts" {
            store.fold_pending().await.unwrap();
        }
        let holder = hold(database.url(), table, "ACCESS EXCLUSIVE").await;
        let node = Node::start(chain.clone()).await;
        let running = run(&store.clone().patient(PATIENCE), &node);
        let progress = running.progress.clone();
        let told = async {
            loop {
                let error = progress.snapshot().last_error.unwrap_or_default();
                if error.contains("did not answer") {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let told = tokio::time::timeout(TOLD_WITHIN, told).await;
        told.unwrap_or_else(|_| panic!("{table}: {:?}", progress.snapshot()));
        holder.close().await.unwrap();
        running.reach(&store, chain.tip()).await;
        assert_eq!(
            store.table_hash().await.unwrap(),
            clean_hash(chain).await,
            "{table}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_repair_gives_up_a_store_that_hangs() {
    let (chain, _) = history();
    let (store, database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let node = Node::start(chain.clone()).await;
    node.finalize(chain.tip());
    let (source, metrics) = (persistent(&node), Metrics::default());
    let impatient = store.clone().patient(PATIENCE);
    let repairer = Repairer {
        source: &source,
        witness: None,
        store: &impatient,
        metrics: &metrics,
    };
    let silent = |ended: Result<(), PipelineError>| {
        assert!(
            matches!(ended, Err(PipelineError::Store(StoreError::Silent(_)))),
            "{ended:?}"
        );
    };
    let held = hold(
        database.url(),
        "accounts, cursor, blocks",
        "ACCESS EXCLUSIVE",
    )
    .await;
    let ended = async {
        silent(repairer.fill_gaps().await.map(drop));
        silent(repairer.reconcile().await.map(drop));
        let read = read_again(&source, &impatient, 10, 12).await;
        silent(read.map(drop));
    };
    tokio::time::timeout(TOLD_WITHIN, ended)
        .await
        .expect("it is given up");
    held.close().await.unwrap();
    assert_eq!(repairer.fill_gaps().await.unwrap().gaps, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_manifest_worker_whose_connection_goes_silent_goes_on_with_another() {
    let (direct, database) = store().await;
    let link = Link::open(database.server().server()).await.unwrap();
    let store = Store::connect(&database.url_over(&link)).await.unwrap();
    let (chain, _) = history();
    direct.apply(&chain.decoded()).await.unwrap();
    let held = hold(database.url(), "manifests", "ACCESS EXCLUSIVE").await;
    let shutdown = CancellationToken::new();
    let fetcher = Fetcher::new(Vec::new()).unwrap();
    let task = manifest::run(store.pool().clone(), fetcher, PATIENCE, shutdown.clone());
    let task = tokio::spawn(task);
    let waiting = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the worker waits", async || {
        let waiting = sqlx::query_scalar::<_, i64>(waiting);
        waiting.fetch_one(direct.pool()).await.unwrap() > 0
    })
    .await;
    link.cut_open_connections();
    held.close().await.unwrap();
    // No store serves them: all of them are refused.
    let pending = "SELECT count(*) FROM manifests WHERE status = 'pending'";
    let done = async {
        while sqlx::query_scalar::<_, i64>(pending)
            .fetch_one(direct.pool())
            .await
            .unwrap()
            > 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TOLD_WITHIN, done)
        .await
        .expect("the worker goes on");
    shutdown.cancel();
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_store_that_hangs_is_in_the_figures() {
    let chain = long_history(40);
    let (store, database) = store().await;
    // Who reads is let through.
    let holder = hold(database.url(), "blocks", "EXCLUSIVE").await;
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    let fills = async {
        while figure(&store, &running.metrics, "pedigree_backlog_branches").await < 20 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TOLD_WITHIN, fills)
        .await
        .expect("the backlog is told while the store hangs");
    holder.close().await.unwrap();
    let metrics = running.metrics.clone();
    running.reach(&store, chain.tip()).await;
    let left = figure(&store, &metrics, "pedigree_backlog_branches").await;
    assert_eq!(left, 0);
}
