//! What befalls whoever follows: lost connections, a long absence, another database in the place of its own.

use std::time::Duration;

use pedigree_indexer::store::Store;
use pedigree_localnet::postgres::{Durability, Postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    forks::other_history,
    support::{
        histories::{history, long_history},
        node::Node,
        running::{clean_hash, frontier, run},
        searching::{Searching, assert_counted},
        store, until,
    },
};

/// Lets nobody connect to the database of a store any more, or everybody again.
async fn allow(store: &Store, url: &str, allowed: bool) {
    let name: String = sqlx::query_scalar("SELECT current_database()::text")
        .fetch_one(store.pool())
        .await
        .unwrap();
    let elsewhere = url.replace(&format!("/{name}"), "/postgres");
    let mut db = PgConnection::connect(&elsewhere).await.unwrap();
    let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut db)
        .await
        .unwrap();
}

/// Keeps a search from its database, which its store has connections to still.
async fn keep_away(searching: &Searching, store: &Store, url: &str) {
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(store.pool().acquire().await.unwrap());
    }
    drop(kept);
    allow(store, url, false).await;
    until("it notices", async || {
        cut(store).await;
        searching.search.refresh().await.is_err()
    })
    .await;
}

/// Ends the connections that follow the changes.
async fn cut(store: &Store) {
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%AS continues%' AND pid <> pg_backend_pid()",
    )
    .execute(store.pool())
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_lost_its_database_answers_on_and_follows_again_afterwards() {
    let (chain, _) = history();
    let (store, database) = store().await;
    let blocks = chain.decoded();
    store.apply(&blocks[..4]).await.unwrap();
    let searching = Searching::start(store.pool()).await;
    let known = searching.found("base").await;
    keep_away(&searching, &store, database.url()).await;
    store.apply(&blocks[4..]).await.unwrap();
    assert_eq!(searching.found("base").await, known);
    assert_eq!(searching.search.slots().unwrap().slot, 13);
    allow(&store, database.url(), true).await;
    let slot = i64::try_from(chain.tip()).unwrap();
    searching.search.reached(slot).await;
    searching.assert_followed(&store, "it is back").await;
    assert_eq!(
        searching.search.figures().await.loads,
        1,
        "nothing was lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_was_away_for_longer_than_changes_are_kept_loads_again() {
    let (first, second) = (history().0.decoded(), other_history().decoded());
    let (store, database) = store().await;
    store.apply(&first).await.unwrap();
    let searching = Searching::start(store.pool()).await;
    // One that is there loses nothing. Others use the server, whose transactions nothing is pruned behind.
    until("what everybody saw is gone", async || {
        store.prune_search_changes(Duration::ZERO).await.unwrap();
        searching.search.refresh().await.unwrap();
        let left = "SELECT count(*) FROM search_changes";
        let left: i64 = sqlx::query_scalar(left)
            .fetch_one(store.pool())
            .await
            .unwrap();
        left == 0
    })
    .await;
    assert_eq!(searching.search.figures().await.loads, 1);

    keep_away(&searching, &store, database.url()).await;
    let replaced = store.replace(first[3].point(), &second[4..]).await;
    assert!(replaced.unwrap().is_some());
    let unseen: i64 =
        sqlx::query_scalar("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
            .fetch_one(store.pool())
            .await
            .unwrap();
    until("what it did not see is gone", async || {
        store.prune_search_changes(Duration::ZERO).await.unwrap();
        let pruned = "SELECT pruned::text::bigint FROM search_marks";
        let pruned: i64 = sqlx::query_scalar(pruned)
            .fetch_one(store.pool())
            .await
            .unwrap();
        pruned >= unseen
    })
    .await;
    assert_eq!(searching.search.slots().unwrap().slot, 18);
    allow(&store, database.url(), true).await;
    until("it loads again", async || {
        searching.search.figures().await.loads == 2
    })
    .await;
    searching.assert_followed(&store, "it is back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_whose_database_is_another_one_by_now_forgets_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(folder.path(), Durability::Throwaway).unwrap();
    let url = postgres.create_database("index").await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    store.apply(&long_history(60).decoded()).await.unwrap();
    let searching = Searching::start(store.pool()).await;
    store.pool().close().await;
    let url = postgres.recreate_database("index").await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    let chain = history().0;
    store.apply(&chain.decoded()).await.unwrap();
    until("it knows the other one", async || {
        searching.search.slots().is_some_and(|at| at.slot == 18)
    })
    .await;
    searching.assert_followed(&store, "another database").await;
    store.pool().close().await;
    postgres.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_server_that_crashes_while_it_is_written_to_is_followed_afterwards() {
    let chain = long_history(300);
    let node = Node::start(chain.until(chain.blocks[20].0)).await;
    let folder = tempfile::tempdir().unwrap();
    let start = || Postgres::start(folder.path(), Durability::Durable).unwrap();
    let postgres = start();
    let url = postgres.create_database("index").await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    let running = run(&store, &node);
    let searching = Searching::start(store.pool()).await;
    until("the beginning is stored", async || {
        frontier(&store).await == Some(chain.blocks[20].0)
    })
    .await;
    let told = chain.clone();
    node.edit(move |node| *node = told);
    until("some of the rest is stored", async || {
        frontier(&store).await > Some(chain.blocks[20].0)
    })
    .await;
    postgres.crash();
    running.stop().await;
    let postgres = start();
    let store = Store::connect(&postgres.url("index")).await.unwrap();
    assert_counted(&store).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_counted(&store).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    // The server listens elsewhere now, which this search does not know; a new one does.
    drop(searching);
    let searching = Searching::start(store.pool()).await;
    searching.assert_followed(&store, "after the crash").await;
    store.pool().close().await;
    postgres.stop();
}
