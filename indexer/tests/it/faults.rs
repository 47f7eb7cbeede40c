//! Faults of the database, and of nodes that disagree.

use std::{sync::Arc, time::Duration};

use pedigree_indexer::{
    Metrics, Progress, State,
    pipeline::{Pipeline, PipelineError},
    source::{RpcSource, SourceError, Wake, Witnessed},
    store::Store,
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
fn long_history(blocks: u32) -> Chain {
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
    let chain = long_history(400);
    let (store, database) = store().await;
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    let mut deadlocks = 0;
    for _ in 0..6 {
        let mut other = PgConnection::connect(database.url()).await.unwrap();
        // The writer holds the cursor and comes for the orders; this one goes the other way round.
        let crossed = async {
            sqlx::query("BEGIN").execute(&mut other).await?;
            sqlx::query("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
                .execute(&mut other)
                .await?;
            tokio::time::sleep(Duration::from_millis(60)).await;
            sqlx::query("LOCK TABLE cursor IN ACCESS EXCLUSIVE MODE")
                .execute(&mut other)
                .await?;
            sqlx::query("ROLLBACK").execute(&mut other).await
        };
        if crossed.await.is_err() {
            deadlocks += 1;
        }
    }
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
    println!("deadlocks that hit the other side: {deadlocks}");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&longer).await);
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
