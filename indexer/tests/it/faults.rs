//! Faults of the database, and of nodes that disagree.

use std::{
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::Command,
    sync::Arc,
    time::Duration,
};

use pedigree_indexer::{
    Metrics, Progress, State,
    pipeline::{Pipeline, PipelineError, ROOM},
    source::{RpcSource, SourceError, Wake, Witnessed},
    store::{Store, StoreError, WriterLock},
};
use pedigree_localnet::postgres::{Durability, Postgres};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::{
    pipeline::{clean_hash, run},
    store::history,
    support::{Chain, Client, Market, chain::transaction, market::New, node::Node, store},
};

/// Many small blocks that touch listings, profiles and orders.
pub fn long_history(blocks: u32) -> Chain {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (listing, registered) = market.register(&New::default());
    chain.push_events([registered, market.activate(&listing)]);
    for number in 0..blocks {
        market.slot = chain.tip() + 1;
        let (order, opened) = market.open_order(&format!("buyer {number}"), &listing, 1);
        let events = [
            market.profile("alice", &format!("Alice {number}")),
            opened,
            market.settle_order(&order),
        ];
        chain.push_events(events);
    }
    chain
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_database_that_crashes_loses_and_repeats_nothing() {
    let chain = long_history(600);
    let node = Node::start(chain.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    // Durable: what was committed has to be there after the crash.
    let start = || Postgres::start(folder.path(), Durability::Durable).unwrap();
    let mut frontiers = Vec::new();
    for round in 0..3 {
        let postgres = start();
        let url = postgres.create_database("index").await.unwrap();
        let store = Store::connect(&url).await.unwrap();
        frontiers.push(
            store
                .frontier()
                .await
                .unwrap()
                .map(|frontier| frontier.slot),
        );
        let running = run(&store, &node);
        tokio::time::sleep(Duration::from_millis(150 + 100 * round)).await;
        postgres.crash();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!running.task.is_finished(), "it waits for the database");
        running.stop().await;
    }
    assert!(frontiers.is_sorted(), "{frontiers:?}");
    let postgres = start();
    let store = Store::connect(&postgres.url("index")).await.unwrap();
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    store.pool().close().await;
    postgres.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_deadlocks_and_serialization_failures_move_nothing_and_are_tried_again() {
    let chain = long_history(300);
    let (store, database) = store().await;
    let until = |slot| {
        let mut part = chain.clone();
        part.blocks.retain(|(found, _)| *found <= slot);
        part
    };
    let node = Node::start(until(20)).await;
    let running = run(&store, &node);
    for round in 1..=3u64 {
        let mut other = PgConnection::connect(database.url()).await.unwrap();
        // The writer holds the cursor and comes for the orders; this one goes the other way round.
        let part = until(20 + 60 * round);
        let crossed = async {
            sqlx::query("BEGIN").execute(&mut other).await?;
            sqlx::query("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
                .execute(&mut other)
                .await?;
            node.edit(move |node| *node = part);
            tokio::time::sleep(Duration::from_millis(900)).await;
            sqlx::query("LOCK TABLE cursor IN ACCESS EXCLUSIVE MODE")
                .execute(&mut other)
                .await?;
            sqlx::query("ROLLBACK").execute(&mut other).await
        };
        // Either side may be the one that loses.
        let _ = crossed.await;
    }
    let deadlocks: i64 = sqlx::query_scalar(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    assert!(deadlocks > 0, "no deadlock: this proved nothing");
    // Errors that a server under load gives: every third batch fails as if another transaction had won.
    sqlx::raw_sql(
        "CREATE SEQUENCE tries;
         CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('tries') % 3 = 0 THEN
                 RAISE EXCEPTION USING ERRCODE = 'serialization_failure';
             END IF;
             RETURN NULL;
         END $$;
         CREATE TRIGGER lose AFTER UPDATE ON cursor FOR EACH STATEMENT EXECUTE FUNCTION lose();",
    )
    .execute(store.pool())
    .await
    .unwrap();
    let mut longer = chain.clone();
    for _ in 0..20 {
        longer.push(Vec::new());
    }
    let grown = longer.clone();
    node.edit(move |chain| *chain = grown);
    running.reach(&store, longer.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&longer).await);
}

/// A file system of its own, so small that it is soon full; gone when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where this machine does not let the test mount one.
    fn mount(owner: (u32, u32), megabytes: u32) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir()
            .ok()?;
        let options = format!("size={megabytes}m,uid={},gid={},mode=700", owner.0, owner.1);
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .status();
        mounted.ok()?.success().then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_full_disk_moves_nothing_and_indexing_goes_on_once_there_is_room() {
    let postgres = Postgres::start_temporary().unwrap();
    let owner = std::fs::metadata(postgres.data()).unwrap();
    let Some(disk) = SmallDisk::mount((owner.uid(), owner.gid()), 64) else {
        println!("left out: mounting a small file system takes root");
        return;
    };
    let mut admin = PgConnection::connect(&postgres.url("postgres"))
        .await
        .unwrap();
    for statement in [
        format!(
            "CREATE TABLESPACE small LOCATION '{}'",
            disk.0.path().display()
        ),
        "CREATE DATABASE index TABLESPACE small".to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut admin)
            .await
            .unwrap();
    }
    let store = Store::connect(&postgres.url("index")).await.unwrap();
    // All but two megabytes are taken.
    let ballast = disk.0.path().join("ballast");
    let mut left = 64;
    while left > 0 && std::fs::write(&ballast, vec![1; left << 20]).is_err() {
        left -= 1;
    }
    std::fs::write(&ballast, vec![1; left.saturating_sub(2) << 20]).unwrap();
    let chain = long_history(1_000);
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    let full = async {
        loop {
            let snapshot = running.progress.snapshot();
            if snapshot
                .last_error
                .is_some_and(|error| error.contains("No space left"))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), full)
        .await
        .expect("the disk is full in time");
    // Smaller batches may still find room; then nothing moves any more.
    let mut stopped = None;
    while stopped != store.frontier().await.unwrap() || stopped.is_none() {
        stopped = store.frontier().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_ne!(stopped.map(|frontier| frontier.slot), Some(chain.tip()));
    assert_eq!(running.progress.snapshot().state, State::Retrying);
    std::fs::remove_file(ballast).unwrap();
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    store.pool().close().await;
    admin.close().await.unwrap();
    postgres.stop();
}

/// A figure of the metrics.
pub fn figure(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}"))
        .trim()
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i16_a_slow_database_makes_fetching_wait_and_drops_nothing() {
    const EVENTS: usize = 500;
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    for block in 0..60 {
        chain.push_events((0..EVENTS).map(|n| market.profile("alice", &format!("{block} {n}"))));
    }
    let (store, _database) = store().await;
    sqlx::raw_sql(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
         CREATE TRIGGER wait AFTER INSERT OR UPDATE ON cursor FOR EACH STATEMENT EXECUTE FUNCTION wait();",
    )
    .execute(store.pool())
    .await
    .unwrap();
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    let mut most = 0;
    loop {
        let status = pedigree_indexer::api::Status::read(
            store.pool(),
            &Default::default(),
            Default::default(),
        )
        .await;
        let status = status.unwrap();
        let text = running.metrics.text(&status);
        let fetched = figure(&text, "pedigree_fetched_events_total");
        most = most.max(fetched.saturating_sub(u64::try_from(status.events).unwrap()));
        if status.slot == i64::try_from(chain.tip()).ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.stop().await;
    println!("events that waited at most: {most}");
    // The queue's 24 MiB, which hold fewer than 18,000 such events, and the eight blocks that are being fetched.
    assert!(most <= 18_000 + 9 * EVENTS as u64, "{most}");
    assert!(most > 4_000, "nothing ever waited: this proved nothing");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i17_a_writer_whose_lock_another_took_stops() {
    let (store, database) = store().await;
    let mut first = WriterLock::acquire(database.url()).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    // Its connection is cut, and nobody else comes: it takes the lock back.
    sqlx::query(end).execute(store.pool()).await.unwrap();
    let kept = tokio::time::timeout(Duration::from_secs(3), first.lost()).await;
    assert!(kept.is_err(), "{kept:?}");
    assert!(WriterLock::acquire(database.url()).await.is_err());
    // It is cut, and another is faster.
    sqlx::query(end).execute(store.pool()).await.unwrap();
    let second = WriterLock::acquire(database.url()).await.unwrap();
    let lost = tokio::time::timeout(Duration::from_secs(20), first.lost()).await;
    assert!(matches!(lost, Ok(StoreError::SecondWriter)), "{lost:?}");
    drop(second);
}

#[tokio::test]
async fn i10_two_nodes_that_disagree_stop_it_before_anything_is_stored() {
    let (chain, _) = history();
    let mut other = chain.fork_after(12, "the witness");
    for _ in 0..8 {
        other.push(Vec::new());
    }
    let (node, witness) = (Node::start(chain.clone()).await, Node::start(other).await);
    let (store, database) = store().await;
    let (progress, shutdown) = (Progress::default(), CancellationToken::new());
    let pipeline = Pipeline {
        source: Arc::new(Witnessed {
            source: RpcSource::new(&node.url).unwrap(),
            witness: RpcSource::new(&witness.url).unwrap(),
        }),
        store: store.clone(),
        progress: progress.clone(),
        metrics: Metrics::default(),
        wake: Wake::start(None, Metrics::default(), shutdown.clone()),
        start_slot: None,
        until: None,
        raw_only: false,
        room: ROOM,
    };
    let error = tokio::time::timeout(Duration::from_secs(30), pipeline.run(shutdown))
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(
            error,
            PipelineError::Source(SourceError::Disagreement { slot: 13, .. })
        ),
        "{error}"
    );
    assert_eq!(progress.snapshot().state, State::Halted);
    let stored = store
        .frontier()
        .await
        .unwrap()
        .map(|frontier| frontier.slot);
    assert!(stored <= Some(12), "{stored:?}");
    let api = pedigree_indexer::api::Api::connect(
        database.url(),
        Duration::from_secs(3),
        progress,
        Metrics::default(),
        None,
        CancellationToken::new(),
    );
    let client = Client::serve(api.await.unwrap().router()).await;
    client
        .refused("/readyz", axum::http::StatusCode::SERVICE_UNAVAILABLE)
        .await;
    let metrics = client.response("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("pedigree_halted 1"), "{metrics}");
}

#[tokio::test]
async fn i12_events_of_a_transaction_whose_log_was_cut_off_are_stored_and_an_alarm_is_raised() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut cut = transaction("a", [market.profile("alice", "Alice")]);
    cut.meta.as_mut().unwrap().log_messages.truncated = true;
    chain.push(vec![cut]);
    let node = Node::start(chain.clone()).await;
    let (store, database) = store().await;
    let running = run(&store, &node);
    let (progress, metrics) = (running.progress.clone(), running.metrics.clone());
    running.reach(&store, 10).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    let api = pedigree_indexer::api::Api::connect(
        database.url(),
        Duration::from_secs(3),
        progress,
        metrics,
        None,
        CancellationToken::new(),
    );
    let client = Client::serve(api.await.unwrap().router()).await;
    let text = client.response("/metrics").await.text().await.unwrap();
    for line in [
        "pedigree_truncated_logs_total 1",
        "pedigree_stored_events_total 1",
        "pedigree_slot 10",
        "pedigree_batch_seconds_count 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
