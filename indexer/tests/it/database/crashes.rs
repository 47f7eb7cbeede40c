//! A server that crashes, cuts connections, or ends transactions.

use std::time::Duration;

use pedigree_indexer::store::Store;
use pedigree_localnet::postgres::{Durability, Postgres};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::{Connection, PgConnection};

use crate::support::{
    histories::{history, long_history},
    node::Node,
    running::{clean_hash, run},
    store,
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
