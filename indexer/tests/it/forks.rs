//! A chain that changes its mind: whatever was on the fork that it left is undone. That this holds of every table and event is in
//! [`crate::everything`].

use std::time::Duration;

use pedigree_indexer::store::{Store, StoreError};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    log::{folded, raw_keys},
    support::{
        Chain,
        chain::transaction,
        histories::{Forking, beginning, history},
        node::Node,
        running::{clean_hash, frontier, run},
        store, until,
    },
};

/// `history`, and after its block of slot 13 another end: the draft was never registered, the base listing published
/// another version, the order went to somebody else and is open.
pub fn other_history() -> Chain {
    let (chain, mut market, [base, child]) = beginning();
    let mut chain = chain.fork_after(13, "others");
    // Slot 14 was skipped on the first fork, and slot 16 is on this one.
    market.slot = 14;
    let published = market.publish(&base, b"{\"v\":\"other\"}", "cas:other");
    let named = market.profile("bob", "Bob");
    chain.push_at(14, vec![transaction("14/0 of others", [published, named])]);
    market.slot = 15;
    let (_, opened) = market.open_order("dave", &child, 9);
    chain.push_at(15, vec![transaction("15/0 of others", [opened])]);
    for _ in 0..6 {
        chain.push(Vec::new());
    }
    chain
}

#[tokio::test]
async fn i9_a_fork_is_undone_in_the_transaction_that_stores_its_replacement() {
    let (first, _) = history();
    let second = other_history();
    assert_eq!(
        first.blocks[3].1.blockhash, second.blocks[3].1.blockhash,
        "the forks part after slot 13"
    );
    let (store, _database) = store().await;
    let blocks = first.decoded();
    store.apply(&blocks).await.unwrap();
    let ancestor = blocks[3].point();
    let replacement = second.decoded();
    let applied = store.replace(ancestor, &replacement[4..]).await.unwrap();
    assert_eq!(applied.unwrap().orphaned, 3);
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&second).await);
    let kept: (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM orphan_blocks), (SELECT count(*) FROM orphan_events)",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    assert_eq!(kept, (3, 12), "nothing is lost");
    store.rebuild().await.unwrap();
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&second).await);
    assert!(store.check().await.unwrap().is_sound());
    // And back again, as forks do.
    store.replace(ancestor, &blocks[4..]).await.unwrap();
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&first).await);
    assert_eq!(folded(&store).await, raw_keys(&store).await);
}

#[tokio::test]
async fn i9_what_fails_half_way_leaves_the_fork_in_place() {
    let (first, _) = history();
    let second = other_history();
    let (store, _database) = store().await;
    let blocks = first.decoded();
    store.apply(&blocks).await.unwrap();
    let before = store.table_hash().await.unwrap();
    let ancestor = blocks[3].point();
    // The replacement has a hole.
    let broken = store.replace(ancestor, &second.decoded()[5..]).await;
    assert!(matches!(broken, Err(StoreError::Hole { .. })), "{broken:?}");
    // It does not follow a stored block.
    let elsewhere = second.decoded()[5].point();
    let unknown = store.replace(elsewhere, &second.decoded()[6..]).await;
    assert!(matches!(unknown, Err(StoreError::OtherBlock { .. })));
    // It would undo what is final.
    store.finalize(16).await.unwrap();
    let below = store.replace(ancestor, &second.decoded()[4..]).await;
    assert!(matches!(
        below,
        Err(StoreError::BelowFinal { finalized: 16, .. })
    ));
    assert_eq!(store.table_hash().await.unwrap(), before);
}

#[tokio::test]
async fn i9_a_node_that_changes_forks_is_followed_to_the_tables_of_a_clean_run() {
    let (first, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(first.clone()).await;
    run(&store, &node).reach(&store, first.tip()).await;
    let second = other_history();
    let told = second.clone();
    node.edit(move |chain| *chain = told);
    run(&store, &node).reach(&store, second.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&second).await);
}

/// Rounds of random forks that follow each other faster than a node is asked.
pub const QUICK_FORKS: u32 = 40;
/// Blocks of forks that were stored, with fewer of which a test of random forks proves nothing.
pub const SEEN_FORKS: i64 = 3;

/// Until the next round: from some round on long enough for each fork to be seen.
pub fn forking_pause(rng: &mut StdRng, round: u32) -> Duration {
    Duration::from_millis(if round < QUICK_FORKS {
        rng.random_range(0..60)
    } else {
        500
    })
}

pub async fn orphans(store: &Store) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM orphan_blocks")
        .fetch_one(store.pool())
        .await
        .unwrap()
}

/// Random forks of random depth while the node is followed, some of them below its tip for a while.
#[tokio::test]
async fn i9_random_forks_while_it_runs_end_in_the_tables_of_a_clean_run() {
    let seed = 9;
    let mut rng = StdRng::seed_from_u64(seed);
    let (store, _database) = store().await;
    let mut forking = Forking::new();
    let node = Node::start(forking.chain.clone()).await;
    let running = run(&store, &node);
    let mut rounds = 0..;
    until("forks are seen", async || {
        let round = rounds.next().unwrap();
        forking.grow(&mut rng, round);
        let told = forking.chain.clone();
        node.edit(move |node| *node = told);
        tokio::time::sleep(forking_pause(&mut rng, round)).await;
        round >= QUICK_FORKS && orphans(&store).await >= SEEN_FORKS
    })
    .await;
    // A fork that is shorter than what was read is seen once it has grown past it.
    let mut chain = forking.chain;
    for _ in 0..30 {
        chain.push(Vec::new());
    }
    let told = chain.clone();
    node.edit(move |node| *node = told);
    running.reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    assert_eq!(folded(&store).await, raw_keys(&store).await);
}

#[tokio::test]
async fn i9_another_block_that_became_final_makes_the_end_of_the_chain_be_read_again() {
    let (first, _) = history();
    let second = other_history();
    let (store, _database) = store().await;
    let node = Node::start(first.clone()).await;
    let running = run(&store, &node);
    until("the first fork is stored", async || {
        frontier(&store).await >= Some(first.tip())
    })
    .await;
    // The node's tip stays below what was read, so that only finality tells.
    let mut short = second.clone();
    short.blocks.retain(|(slot, _)| *slot <= 16);
    node.edit(move |chain| *chain = short);
    node.finalize(16);
    until("the fork is undone", async || {
        frontier(&store).await == Some(16)
    })
    .await;
    node.edit(move |chain| *chain = second);
    running.reach(&store, 21).await;
    assert_eq!(
        store.table_hash().await.unwrap(),
        clean_hash(&other_history()).await
    );
}
