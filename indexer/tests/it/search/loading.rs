//! The first load while others write, and whoever waits for it.

use std::{collections::BTreeSet, time::Duration};

use pedigree_indexer::store::Store;
use pedigree_localnet::postgres::{Durability, Postgres};
use pedigree_search::{Filter, Request};
use sqlx::{Connection, Executor, PgConnection, PgPool};
use tokio::runtime::Handle;

use crate::support::{histories::history, searching::Searching, store, until};

/// More listings than are read at once.
const MANY: i64 = 20_000;
/// Keeps pages of listings from being read, in a transaction.
const KEEP_FROM_READING: &str = "BEGIN; LOCK TABLE edges IN ACCESS EXCLUSIVE MODE";

/// Makes so many copies of a listing.
async fn multiply(pool: &PgPool, copies: i64) {
    sqlx::query(
        r"INSERT INTO listings
         SELECT (jsonb_populate_record(l, jsonb_build_object('address', '\x' || lpad(to_hex(n), 64, '0')))).*
         FROM listings AS l, generate_series(1, $1) AS n
         WHERE l.address = (SELECT min(address::text) FROM listings)::bytea",
    )
    .bind(copies)
    .execute(pool)
    .await
    .unwrap();
}

/// Processes of the server that wait to read listings, or to keep others from it.
async fn waiting(pool: &PgPool, mode: &str) -> Vec<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_locks WHERE relation = 'edges'::regclass AND NOT granted AND mode = $1",
    )
    .bind(mode)
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Whoever waits to read listings.
async fn readers(pool: &PgPool) -> Vec<i32> {
    let mut readers = Vec::new();
    until("a page waits to be read", async || {
        readers = waiting(pool, "AccessShareLock").await;
        !readers.is_empty()
    })
    .await;
    readers
}

/// Lets whoever waits read on, but not twice: the next one keeps it from reading again.
async fn let_read_once(pool: &PgPool, url: &str, mut keeping: PgConnection) -> PgConnection {
    let mut next = PgConnection::connect(url).await.unwrap();
    let next = tokio::spawn(async move {
        next.execute(KEEP_FROM_READING).await.unwrap();
        next
    });
    until("the next one waits behind the reader", async || {
        !waiting(pool, "AccessExclusiveLock").await.is_empty()
    })
    .await;
    keeping.execute("COMMIT").await.unwrap();
    next.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_takes_longer_than_changes_are_kept_succeeds() {
    // A server without anybody else's transactions.
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(folder.path(), Durability::Throwaway).unwrap();
    let url = postgres.create_database("index").await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    store.apply(&history().0.decoded()).await.unwrap();
    let pool = store.pool();
    multiply(pool, MANY).await;
    let mut keeping = PgConnection::connect(&url).await.unwrap();
    keeping.execute(KEEP_FROM_READING).await.unwrap();
    let meanwhile = async {
        let reader = readers(pool).await;
        // It began before this one.
        let later: i64 = sqlx::query_scalar("SELECT pg_current_xact_id()::text::bigint")
            .fetch_one(pool)
            .await
            .unwrap();
        // The first statement is prepared, then its page is read.
        let keeping = let_read_once(pool, &url, keeping).await;
        assert_eq!(readers(pool).await, reader, "for the first page");
        let mut keeping = let_read_once(pool, &url, keeping).await;
        assert_eq!(readers(pool).await, reader, "for the second page");
        sqlx::query("UPDATE listings SET name = 'renamed' WHERE name = 'child'")
            .execute(pool)
            .await
            .unwrap();
        // What was kept when it began is not any more.
        sqlx::query("UPDATE search_marks SET pruned = ($1::bigint + 1)::text::xid8")
            .bind(later)
            .execute(pool)
            .await
            .unwrap();
        keeping.execute("COMMIT").await.unwrap();
        reader
    };
    let (searching, reader) = tokio::join!(Searching::start(pool), meanwhile);
    let count = async |name: Option<&str>| {
        let filter = Filter {
            name: name.map(str::to_owned),
            ..Filter::default()
        };
        let request = Request {
            filter,
            ..Request::default()
        };
        searching.answer(request).await.total
    };
    assert_eq!(count(None).await, MANY.unsigned_abs() + 4);
    assert_eq!(count(Some("renamed")).await, 1);
    let follower: Vec<i32> =
        sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE query LIKE '%AS continues%' AND pid <> pg_backend_pid()")
            .fetch_all(pool)
            .await
            .unwrap();
    assert_eq!(follower, reader, "it had to begin again");
    store.pool().close().await;
    postgres.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_of_those_who_wait_for_a_refresh_and_go_nothing_is_left() {
    let (store, database) = store().await;
    store.apply(&history().0.decoded()).await.unwrap();
    let searching = Searching::start(store.pool()).await;
    let mut db = PgConnection::connect(database.url()).await.unwrap();
    db.execute("BEGIN; LOCK TABLE search_changes IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for _ in 0..100 {
        let refreshed = tokio::time::timeout(Duration::from_millis(2), searching.search.refresh());
        assert!(refreshed.await.is_err());
    }
    let left = tasks().saturating_sub(before);
    assert!(left < 10, "{left} tasks");
    db.execute("COMMIT").await.unwrap();
    searching.search.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_transaction_changed_is_seen_whole_or_not_at_all_however_much_it_is() {
    const CHANGED: i64 = 1_500;
    let (store, _database) = store().await;
    store.apply(&history().0.decoded()).await.unwrap();
    let pool = store.pool();
    multiply(pool, CHANGED).await;
    sqlx::query("UPDATE listings SET status = 'active'")
        .execute(pool)
        .await
        .unwrap();
    let searching = Searching::start(pool).await;
    let mut seen = BTreeSet::new();
    for round in 0..6 {
        let (from, to) = [("active", "paused"), ("paused", "active")][round % 2];
        sqlx::query("UPDATE listings SET status = $2 WHERE status = $1")
            .bind(from)
            .bind(to)
            .execute(pool)
            .await
            .unwrap();
        let refreshing = searching.search.refresh();
        let asking = async {
            loop {
                let filter = Filter {
                    statuses: vec!["paused".to_owned()],
                    ..Filter::default()
                };
                let request = Request {
                    filter,
                    ..Request::default()
                };
                let total = searching.answer(request).await.total;
                seen.insert(total);
            }
        };
        tokio::select! {
            refreshed = refreshing => refreshed.unwrap(),
            () = asking => {}
        }
    }
    let all: Vec<u64> = seen.into_iter().collect();
    assert!(
        all.len() <= 2
            && all
                .iter()
                .all(|total| *total == 0 || *total > CHANGED as u64),
        "{all:?}"
    );
}
