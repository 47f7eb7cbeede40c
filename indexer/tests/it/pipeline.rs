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
    histories::{history, long_history},
    node::Node,
    running::{clean_hash, frontier, index_range, persistent, run},
    store, until,
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
    let begun = chain.blocks.len();
    for number in 0..60 {
        market.slot = chain.tip() + 1;
        chain.push_events([
            market.profile("alice", &format!("Alice {number}")),
            market.profile("bob", "Bob"),
        ]);
    }
    let (store, database) = store().await;
    let node = Node::start(chain.until(chain.blocks[begun - 1].0)).await;
    let mut rng = StdRng::seed_from_u64(1);
    for round in 0..20 {
        let again = Store::connect(database.url()).await.unwrap();
        let before = frontier(&store).await;
        let grown = chain.until(chain.blocks[begun + 3 * round + 2].0);
        node.edit(move |told| *told = grown);
        let running = run(&again, &node);
        // Every other time it gets to store something.
        if round % 2 == 1 {
            until("something is stored", async || {
                frontier(&store).await > before
            })
            .await;
        }
        // Aborted in the middle of whatever it does, without a chance to clean up.
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..25))).await;
        running.task.abort();
        let _ = running.task.await;
        again.pool().close().await;
    }
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i18_a_backfill_while_the_chain_grows_has_no_hole_and_following_goes_on_from_its_end() {
    let chain = long_history(150);
    let (to, tip) = (chain.blocks[100].0, chain.tip());
    let (store, _database) = store().await;
    let node = Node::start(chain.until(to)).await;
    let growing = async {
        for (slot, _) in &chain.blocks[101..] {
            let grown = chain.until(*slot);
            node.edit(move |told| *told = grown);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let looking = async {
        loop {
            let (blocks, newest): (i64, Option<i64>) =
                sqlx::query_as("SELECT count(*), max(slot) FROM blocks")
                    .fetch_one(store.pool())
                    .await
                    .unwrap();
            assert!(
                newest.is_none_or(|newest| newest == 9 + blocks),
                "a hole before {newest:?}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let filling = async {
        let range = (None, Some(to));
        let filled = index_range(&store, persistent(&node), range, false);
        tokio::join!(filled, growing).0.unwrap();
    };
    tokio::select! {
        () = filling => {}
        () = looking => {}
    }
    assert_eq!(frontier(&store).await, Some(to));
    assert_eq!(
        store.table_hash().await.unwrap(),
        clean_hash(&chain.until(to)).await
    );
    run(&store, &node).reach(&store, tip).await;
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
    until("a block is final", async || {
        grow(&node);
        tokio::time::sleep(Duration::from_millis(300)).await;
        finalized().await == Some(12)
    })
    .await;
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
