//! One writer at a time.

use std::time::Duration;

use pedigree_indexer::store::{StoreError, WriterLock};
use pedigree_localnet::link::Link;

use crate::support::store;

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

#[tokio::test(flavor = "multi_thread")]
async fn i17_a_writer_whose_connection_died_unnoticed_takes_its_lock_back() {
    let (store, database) = store().await;
    let link = Link::open(database.server().server()).await.unwrap();
    let mut writer = WriterLock::acquire(&database.url_over(&link))
        .await
        .unwrap();
    let holder = async || {
        let holder: Option<i32> = sqlx::query_scalar(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .fetch_optional(store.pool())
        .await
        .unwrap();
        holder
    };
    let before = holder().await;
    assert!(before.is_some());
    // Neither side is told: the server goes on holding the lock for a client that hears nothing.
    link.cut_open_connections();
    let taken_back = async {
        loop {
            let now = holder().await;
            if now.is_some() && now != before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let taken_back = tokio::time::timeout(Duration::from_secs(60), taken_back);
    tokio::select! {
        lost = writer.lost() => panic!("{lost}"),
        taken_back = taken_back => taken_back.expect("it notices"),
    }
    assert!(matches!(
        WriterLock::acquire(database.url()).await,
        Err(StoreError::SecondWriter)
    ));
}
