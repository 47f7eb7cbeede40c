//! A server that crashes, cuts connections, or ends transactions.

use std::time::Duration;

use pedigree_indexer::store::Store;
use pedigree_localnet::postgres::{Durability, Postgres};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::{Connection, PgConnection};

use crate::support::{
    histories::{history, long_history},
    node::Node,
    running::{clean_hash, frontier, run},
    store, until,
};

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
        let before = frontier(&store).await;
        frontiers.push(before);
        let grown = chain.until(chain.blocks[150 * (round + 1)].0);
        node.edit(move |told| *told = grown);
        let running = run(&store, &node);
        until("some of the chain is stored", async || {
            frontier(&store).await > before
        })
        .await;
        frontiers.push(frontier(&store).await);
        postgres.crash();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!running.task.is_finished(), "it waits for the database");
        running.stop().await;
    }
    let told = chain.clone();
    node.edit(move |node| *node = told);
    let postgres = start();
    let store = Store::connect(&postgres.url("index")).await.unwrap();
    frontiers.push(frontier(&store).await);
    assert!(frontiers.is_sorted(), "{frontiers:?}");
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    store.pool().close().await;
    postgres.stop();
}

#[tokio::test]
async fn i2_lost_database_connections_lose_and_repeat_nothing() {
    let (mut chain, mut market) = history();
    let (store, database) = store().await;
    let node = Node::start(chain.clone()).await;
    let mut rng = StdRng::seed_from_u64(2);
    let killer = sqlx::PgPool::connect(database.url()).await.unwrap();
    let running = run(&store, &node);
    let mut lost = 0i64;
    until("ten lost connections", async || {
        for _ in 0..10 {
            market.slot = chain.tip() + 1;
            chain.push_events([market.profile("alice", &format!("Alice {}", market.slot))]);
        }
        let grown = chain.blocks[chain.blocks.len() - 10..].to_vec();
        node.edit(move |told| told.blocks.extend(grown));
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..30))).await;
        // In whatever phase of a batch they are.
        lost += sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND state <> 'idle' AND application_name = ''
                 AND pid <> pg_backend_pid()) AS ended",
        )
        .fetch_one(&killer)
        .await
        .unwrap();
        lost >= 10
    })
    .await;
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_deadlocks_and_serialization_failures_move_nothing_and_are_tried_again() {
    let chain = long_history(300);
    let (store, database) = store().await;
    let node = Node::start(chain.until(20)).await;
    let running = run(&store, &node);
    for round in 1..=3u64 {
        let mut other = PgConnection::connect(database.url()).await.unwrap();
        // The writer holds the cursor and comes for the orders; this one goes the other way round.
        let part = chain.until(20 + 60 * round);
        let crossed = async {
            sqlx::query("BEGIN").execute(&mut other).await?;
            sqlx::query("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
                .execute(&mut other)
                .await?;
            node.edit(move |node| *node = part);
            until("the writer waits for the orders", async || {
                let waiting = sqlx::query_scalar::<_, i64>(
                    "SELECT count(*) FROM pg_locks WHERE relation = 'orders'::regclass AND NOT granted",
                );
                waiting.fetch_one(store.pool()).await.unwrap() > 0
            })
            .await;
            sqlx::query("LOCK TABLE cursor IN ACCESS EXCLUSIVE MODE")
                .execute(&mut other)
                .await?;
            sqlx::query("ROLLBACK").execute(&mut other).await
        };
        // Either side may be the one that loses.
        let _ = crossed.await;
    }
    // The server counts them a little later.
    until("deadlocks", async || {
        let deadlocks = sqlx::query_scalar::<_, i64>(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
        );
        deadlocks.fetch_one(store.pool()).await.unwrap() > 0
    })
    .await;
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
