//! A database that is gone, and what the runbook says of it.

use pedigree_indexer::{pipeline::record::record, source::Format, store::Store};
use pedigree_localnet::postgres::{Durability, Postgres};

use crate::{
    recordings::load,
    support::{
        histories::{history, long_history},
        node::Node,
        running::{clean_hash, frontier, persistent, run},
        until,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_data_directory_that_is_deleted_is_filled_again_from_a_recording_and_from_the_node() {
    let chain = long_history(200);
    let node = Node::start(chain.clone()).await;
    node.finalize(chain.tip());
    let folder = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(folder.path(), Durability::Durable).unwrap();
    let store = Store::connect(&postgres.create_database("index").await.unwrap())
        .await
        .unwrap();
    run(&store, &node).reach(&store, chain.tip()).await;
    let hash = store.table_hash().await.unwrap();
    assert_eq!(hash, clean_hash(&chain).await);
    // Of all but the newest blocks, as a recording made now and then is.
    let file = folder.path().join("recording");
    let until = chain.tip() - 20;
    record(&persistent(&node), 10, until, &file, Format::Binary)
        .await
        .unwrap();

    let data = postgres.data().to_owned();
    postgres.crash();
    std::fs::remove_dir_all(&data).unwrap();
    let postgres = Postgres::start(folder.path(), Durability::Durable).unwrap();
    let store = Store::connect(&postgres.create_database("index").await.unwrap())
        .await
        .unwrap();
    assert_eq!(store.frontier().await.unwrap(), None);
    load(&store, &file, true).await.unwrap();
    store.fold_pending().await.unwrap();
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), hash);
    store.pool().close().await;

    let store = Store::connect(&postgres.recreate_database("index").await.unwrap())
        .await
        .unwrap();
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), hash);
    assert!(store.check().await.unwrap().is_sound());
    store.pool().close().await;
    postgres.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_an_indexer_whose_database_is_dropped_waits_and_the_next_one_begins_anew() {
    let (chain, _) = history();
    let node = Node::start(chain.clone()).await;
    let postgres = Postgres::start_temporary().unwrap();
    let url = postgres.create_database("index").await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    let running = run(&store, &node);
    until("the chain is stored", async || {
        frontier(&store).await == Some(chain.tip())
    })
    .await;
    // There is an empty one in its place.
    let url = postgres.recreate_database("index").await.unwrap();
    until("an error", async || {
        running.progress.snapshot().last_error.is_some()
    })
    .await;
    assert!(!running.task.is_finished());
    running.stop().await;
    let again = Store::connect(&url).await.unwrap();
    run(&again, &node).reach(&again, chain.tip()).await;
    assert_eq!(again.table_hash().await.unwrap(), clean_hash(&chain).await);
    store.pool().close().await;
    again.pool().close().await;
    postgres.stop();
}
