//! One writer at a time.

use std::time::Duration;

use pedigree_indexer::store::{Store, StoreError, WriterLock};
use pedigree_localnet::link::Link;

use crate::support::{IN_TIME, store, until};

#[tokio::test]
async fn i17_a_second_writer_is_refused_while_the_first_lives() {
    let (_store, database) = store().await;
    let first = WriterLock::acquire(database.url()).await.unwrap();
    assert!(matches!(
        WriterLock::acquire(database.url()).await,
        Err(StoreError::SecondWriter)
    ));
    drop(first);
    WriterLock::acquire(database.url()).await.unwrap();
}

#[tokio::test]
async fn i17_a_writer_whose_lock_another_took_stops() {
    let (store, database) = store().await;
    let mut first = WriterLock::acquire(database.url()).await.unwrap();
    let before = holder(&store).await;
    // Its connection is cut, and nobody else comes: it takes the lock back.
    cut_holder(&store).await;
    takes_it_back(&mut first, &store, before).await;
    assert!(WriterLock::acquire(database.url()).await.is_err());
    // It is cut, and another is faster.
    cut_holder(&store).await;
    let second = WriterLock::acquire(database.url()).await.unwrap();
    let lost = tokio::time::timeout(IN_TIME, first.lost()).await;
    assert!(matches!(lost, Ok(StoreError::SecondWriter)), "{lost:?}");
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_writer_whose_connection_died_unnoticed_takes_its_lock_back() {
    let (store, database) = store().await;
    let link = Link::open(database.server().server()).await.unwrap();
    let mut writer = WriterLock::acquire(&database.url_over(&link))
        .await
        .unwrap();
    let before = holder(&store).await;
    // Neither side is told: the server goes on holding the lock for a client that hears nothing.
    link.cut_open_connections();
    takes_it_back(&mut writer, &store, before).await;
    assert!(matches!(
        WriterLock::acquire(database.url()).await,
        Err(StoreError::SecondWriter)
    ));
}

/// Cuts the connection that holds the lock.
pub async fn cut_holder(store: &Store) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    sqlx::query(cut).execute(store.pool()).await.unwrap();
}

/// The server's process that holds the lock.
async fn holder(store: &Store) -> Option<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .fetch_optional(store.pool())
    .await
    .unwrap()
}

/// Waits until the writer has its lock by another connection than before.
async fn takes_it_back(writer: &mut WriterLock, store: &Store, before: Option<i32>) {
    assert!(before.is_some());
    let taken_back = async {
        until("the lock is taken back", async || {
            let now = holder(store).await;
            now.is_some() && now != before
        })
        .await;
        // The writer has yet to hear that it holds it: what is dropped before lets it go.
        tokio::time::sleep(Duration::from_secs(3)).await;
    };
    tokio::select! {
        lost = writer.lost() => panic!("{lost}"),
        () = taken_back => {}
    }
}
