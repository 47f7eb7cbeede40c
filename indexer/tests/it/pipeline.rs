//! From a node to the store as the chain grows, whatever ends the process meanwhile.

use std::time::Duration;

use pedigree_indexer::{
    pipeline::PipelineError,
    store::{Store, StoreError},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::support::{
    Chain, Market,
    chain::transaction,
    histories::history,
    node::Node,
    running::{clean_hash, run},
    store,
};

#[tokio::test]
async fn skipped_slots_are_passed_and_the_chain_is_followed_as_it_grows() {
    let (mut chain, mut market) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    tokio::time::sleep(Duration::from_millis(300)).await;
    market.slot = chain.tip() + 5;
    let slot = chain.push_at(
        market.slot,
        vec![transaction("late", [market.profile("bob", "Bob")])],
    );
    let grown = chain.clone();
    node.edit(move |chain| *chain = grown);
    running.reach(&store, slot).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i1_restarts_at_random_moments_end_in_the_tables_of_a_clean_run() {
    let (mut chain, mut market) = history();
    for number in 0..60 {
        market.slot = chain.tip() + 1;
        chain.push_events([
            market.profile("alice", &format!("Alice {number}")),
            market.profile("bob", "Bob"),
        ]);
    }
    let (store, database) = store().await;
    let node = Node::start(chain.clone()).await;
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..20 {
        // Aborted in the middle of whatever it does, without a chance to clean up.
        let again = Store::connect(database.url()).await.unwrap();
        let running = run(&again, &node);
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..25))).await;
        running.task.abort();
        let _ = running.task.await;
        again.pool().close().await;
    }
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i10_a_node_behind_the_frontier_is_waited_for() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let mut behind = chain.clone();
    behind.blocks.truncate(2);
    let node = Node::start(behind).await;
    let running = run(&store, &node);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!running.task.is_finished());
    let mut grown = chain.clone();
    let slot = grown.push(Vec::new());
    node.edit(move |node| *node = grown);
    running.reach(&store, slot).await;
}

#[tokio::test]
async fn blocks_become_final_once_the_chain_says_so_and_another_hash_is_an_alarm() {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    chain.push_events([market.profile("alice", "Alice")]);
    for _ in 0..4 {
        chain.push(Vec::new());
    }
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    node.finalize(12);
    let running = run(&store, &node);
    let grow = |node: &Node| {
        node.edit(|chain| {
            chain.push(Vec::new());
        })
    };
    let finalized = async || {
        sqlx::query_scalar::<_, Option<i64>>(
            "SELECT max(slot) FROM blocks WHERE status = 'finalized'",
        )
        .fetch_one(store.pool())
        .await
        .unwrap()
    };
    while finalized().await != Some(12) {
        grow(&node);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // The node turns to a chain that never had the block that is final here.
    node.edit(|chain| {
        let mut other = chain.fork_after(11, "others");
        while other.tip() <= chain.tip() {
            other.push(Vec::new());
        }
        *chain = other;
    });
    let before = store.table_hash().await.unwrap();
    let (error, alarm) = running.halted().await;
    assert!(
        matches!(
            error,
            PipelineError::Contradiction { .. }
                | PipelineError::Store(StoreError::BelowFinal { .. })
        ),
        "{alarm}"
    );
    assert_eq!(store.table_hash().await.unwrap(), before);
}
