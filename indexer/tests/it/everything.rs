//! A history with every event in it: folded, forked after each of its blocks, followed.

use std::collections::BTreeSet;

use pedigree_indexer::store::Store;
use pedigree_sdk::events::ALL;

use crate::{
    log::{folded, raw_keys},
    support::{
        Story,
        histories::{FOLDED, everything},
        node::Node,
        running::{clean_hash, run},
        store,
    },
};

#[test]
fn no_event_of_the_four_programs_is_missing_from_the_history_of_everything() {
    let mut missing: BTreeSet<_> = ALL
        .iter()
        .map(|(program, name, ..)| (*program, *name))
        .collect();
    for block in everything().decoded() {
        for located in block.events {
            missing.remove(&(located.event.program(), located.event.name()));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// Tables of this schema that have no row.
async fn empty_tables(store: &Store) -> BTreeSet<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
             AND relname NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    assert!(
        FOLDED.iter().all(|table| tables.iter().any(|t| t == table)),
        "{tables:?}"
    );
    let mut empty = BTreeSet::new();
    for table in tables {
        let sql = format!("SELECT EXISTS (SELECT FROM {table})");
        let has_rows: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(store.pool())
            .await
            .unwrap();
        if !has_rows {
            empty.insert(table);
        }
    }
    empty
}

/// Tables that no block fills: what a network or a fetch says, what only lost events leave, and inherited taint, which a task
/// spreads that does not run here.
const NOT_OF_BLOCKS: [&str; 6] = [
    "manifest_contents",
    "network",
    "snapshots",
    "taint_waves",
    "taints",
    "unfolded",
];

#[tokio::test]
async fn i9_a_fork_after_any_block_is_undone_in_every_table() {
    let first = everything();
    let (store, _database) = store().await;
    let blocks = first.decoded();
    store.apply(&blocks).await.unwrap();
    let before = store.table_hash().await.unwrap();
    let mut stem = Story::default();
    let mut forks = 0;
    while stem.go_on() {
        let kept = stem.chain.blocks.len();
        let mut other = stem.clone();
        other.leave(1);
        other.finish();
        if kept == blocks.len() {
            continue;
        }
        let ancestor = blocks[kept - 1].point();
        let replacement = other.chain.decoded();
        assert_ne!(replacement[kept].hash, blocks[kept].hash);
        let replaced = store.replace(ancestor, &replacement[kept..]).await;
        assert!(replaced.unwrap().is_some());
        assert_eq!(
            store.table_hash().await.unwrap(),
            clean_hash(&other.chain).await,
            "left after block {kept}"
        );
        // And back again.
        store.replace(ancestor, &blocks[kept..]).await.unwrap();
        assert_eq!(
            store.table_hash().await.unwrap(),
            before,
            "back to block {kept}"
        );
        forks += 1;
    }
    assert_eq!(forks, blocks.len() - 1);
    assert_eq!(
        empty_tables(&store).await,
        NOT_OF_BLOCKS.map(str::to_owned).into()
    );
    assert_eq!(folded(&store).await, raw_keys(&store).await);
}

#[tokio::test]
async fn i9_a_node_that_leaves_the_chain_here_and_there_is_followed_to_the_tables_of_a_clean_run() {
    let (store, _database) = store().await;
    let first = everything();
    let node = Node::start(first.clone()).await;
    run(&store, &node).reach(&store, first.tip()).await;
    // From fork to fork, each of which leaves the one before it somewhere else.
    for (variant, leaves) in [(1, 25), (2, 8), (3, 16), (4, 30)] {
        let mut other = Story::default();
        while other.chain.blocks.len() < leaves {
            assert!(other.go_on());
        }
        other.leave(variant);
        other.finish();
        let mut chain = other.chain;
        // What is longer is the chain.
        for _ in 0..variant {
            chain.push(Vec::new());
        }
        let told = chain.clone();
        node.edit(move |node| *node = told);
        run(&store, &node).reach(&store, chain.tip()).await;
        assert_eq!(
            store.table_hash().await.unwrap(),
            clean_hash(&chain).await,
            "variant {variant}"
        );
    }
}

#[tokio::test]
async fn folded_patches_are_byte_for_byte_what_they_change() {
    let mut story = Story::default();
    let (store, _database) = store().await;
    while story.go_on() {
        let block = story.chain.decoded().pop().unwrap();
        store.apply(&[block]).await.unwrap();
        for (kind, address, bytes) in story.market.patched() {
            let found: Vec<u8> = sqlx::query_scalar(
                "SELECT bytes FROM accounts WHERE kind = $1 AND address = $2 AND NOT closed",
            )
            .bind(kind.name())
            .bind(address.to_bytes())
            .fetch_one(store.pool())
            .await
            .unwrap();
            assert_eq!(found, bytes, "{kind} {address} in {}", story.market.slot);
        }
    }
    assert!(store.gaps().await.unwrap().is_empty());
}
