//! What a node left out is found and mended.

mod court;
mod patches;
mod snapshots;
mod wide;
mod witness;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use pedigree_indexer::{
    Metrics,
    pipeline::{
        PipelineError,
        repair::{Reconciled, Repaired, Repairer},
    },
    store::Store,
};
use pedigree_localnet::postgres::TestDatabase;
use pedigree_sdk::accounts::EntityKind;
use solana_program::pubkey::Pubkey;

use crate::support::{
    Chain, Client, Market,
    chain::{LISTING_INDEX, instruction, transaction},
    histories::history,
    node::{Fault, Node, two_of_three},
    running::{clean_hash, figure, persistent, run},
    store,
};

/// A chain of which some inner instructions are missing.
fn without(chain: &Chain, slot: u64, transaction: usize, instruction: usize) -> Chain {
    let mut lacking = chain.clone();
    let (_, block) = lacking
        .blocks
        .iter_mut()
        .find(|(found, _)| *found == slot)
        .unwrap();
    let meta = block.transactions[transaction].meta.as_mut().unwrap();
    meta.inner_instructions.as_mut().unwrap()[0]
        .instructions
        .remove(instruction);
    lacking
}

/// An index that lacks the child's first edge, and the node that left it out and has it by now.
async fn left_out(chain: &Chain) -> (Store, Node, TestDatabase) {
    let (store, database) = store().await;
    let node = Node::start(without(chain, 12, 0, 1)).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    (store, node, database)
}

async fn repaired(store: &Store, node: &Node) -> Repaired {
    let source = persistent(node);
    let metrics = Metrics::default();
    let repairer = Repairer {
        source: &source,
        witness: None,
        store,
        metrics: &metrics,
    };
    repairer.fill_gaps().await.unwrap()
}

async fn reconciled(store: &Store, node: &Node) -> Result<Reconciled, PipelineError> {
    let source = persistent(node);
    let metrics = Metrics::default();
    let repairer = Repairer {
        source: &source,
        witness: None,
        store,
        metrics: &metrics,
    };
    let found = repairer.reconcile().await?;
    let told = async |name| figure(store, &metrics, name).await;
    assert_eq!(
        told("pedigree_repaired_events_total").await,
        found.repaired_events
    );
    assert_eq!(told("pedigree_snapshots_total").await, found.snapshots);
    Ok(found)
}

/// Every open account, as a clean run folds it.
async fn accounts(chain: &Chain) -> Vec<(EntityKind, Pubkey, Vec<u8>)> {
    let (store, _database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let rows: Vec<(String, Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT kind, address, bytes FROM accounts WHERE NOT closed")
            .fetch_all(store.pool())
            .await
            .unwrap();
    rows.into_iter()
        .map(|(kind, address, bytes)| {
            let address = <[u8; 32]>::try_from(address).unwrap().into();
            (EntityKind::from_name(&kind).unwrap(), address, bytes)
        })
        .collect()
}

#[tokio::test]
async fn gaps_are_found_in_sql_and_filled_from_the_blocks_between() {
    let (chain, _) = history();
    for knows_signatures in [true, false] {
        let (store, _database) = store().await;
        // The child's first edge.
        let node = Node::start(without(&chain, 12, 0, 1)).await;
        node.know_signatures(knows_signatures);
        run(&store, &node).reach(&store, chain.tip()).await;
        // Of the child, of its royalty table, and of the edge itself.
        assert_eq!(store.gaps().await.unwrap().len(), 3);
        let nothing = repaired(&store, &node).await;
        assert_eq!((nothing.gaps, nothing.events, nothing.left), (3, 0, 3));
        let whole = chain.clone();
        node.edit(move |chain| *chain = whole);
        let mended = repaired(&store, &node).await;
        assert_eq!((mended.gaps, mended.events, mended.left), (3, 1, 0));
        assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
        assert_eq!(repaired(&store, &node).await, Repaired::default());
    }
}

#[tokio::test]
async fn the_last_event_of_an_account_is_found_missing_by_comparing_with_the_network() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    // The base listing's second version.
    let node = Node::start(without(&chain, 16, 0, 2)).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    assert!(store.gaps().await.unwrap().is_empty());
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    node.hold(accounts(&chain).await);
    node.finalize(chain.tip());
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!(found.repaired_events, 1, "{found:?}");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn a_block_that_a_node_forgot_keeps_no_other_from_being_read_again() {
    let (chain, _) = history();
    let (store, node, _database) = left_out(&chain).await;
    // The gap's own ends are asked for first, and are the first that a node forgets.
    let asked = Arc::new(AtomicU64::new(0));
    let failed = asked.clone();
    node.fail(move |method, slot| {
        let forgotten = method == "getBlock" && slot != 12;
        failed.fetch_add(u64::from(forgotten), Ordering::Relaxed);
        forgotten.then_some(Fault::Rpc(-32001))
    });
    let mended = repaired(&store, &node).await;
    assert!(asked.load(Ordering::Relaxed) > 0, "this proved nothing");
    assert_eq!((mended.gaps, mended.events, mended.left), (3, 1, 0));
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i8_an_account_of_thousands_of_signatures_is_mended_across_pages_that_end_within_a_slot() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    chain.push_events([market.profile("alice", "Alice")]);
    for block in 0..3 {
        // A thousand signatures are a page: each block is longer than one.
        chain.push_events((0..1_100).map(|n| market.profile("alice", &format!("{block} {n}"))));
    }
    let (store, _database) = store().await;
    let mut lacking = chain.clone();
    for (at, transaction) in [(1, 7), (2, 1_000), (3, 500)] {
        lacking.blocks[at].1.transactions[transaction]
            .meta
            .as_mut()
            .unwrap()
            .inner_instructions = Some(Vec::new());
    }
    let node = Node::start(lacking).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.gaps().await.unwrap().len(), 3);
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    let mended = repaired(&store, &node).await;
    assert_eq!((mended.events, mended.left), (3, 0));
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i14_i15_an_event_of_an_unknown_version_between_two_of_one_type_is_told_of_and_replayed() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    chain.push_events([market.profile("alice", "Alice")]);
    let names = ["Alice & Co", "Alice Ltd", "Alice plc"];
    let renamed = names.map(|name| market.profile("alice", name));
    chain.push(vec![transaction("renamed", renamed.clone())]);
    let mut newer = chain.clone();
    let mut data = renamed[1].encode();
    data[8] ^= 1;
    let meta = newer.blocks[1].1.transactions[0].meta.as_mut().unwrap();
    meta.inner_instructions.as_mut().unwrap()[0].instructions[1] = instruction(LISTING_INDEX, data);

    let (store, database) = store().await;
    let node = Node::start(newer).await;
    let running = run(&store, &node);
    let client = Client::of_running(&database, &running).await;
    running.reach(&store, chain.tip()).await;
    let paths = async |table| {
        let select = format!("SELECT ix_path FROM {table} WHERE slot = 11 ORDER BY ix_path");
        let paths: Vec<Vec<i32>> = sqlx::query_scalar(sqlx::AssertSqlSafe(select))
            .fetch_all(store.pool())
            .await
            .unwrap();
        paths
    };
    assert_eq!(paths("raw_events").await, [[0, 0], [0, 2]]);
    assert_eq!(paths("dead_letters").await, [[0, 1]]);
    let status = client.get("/v1/status").await;
    assert_eq!(
        (&status["dead_letters"], &status["gaps"], &status["events"]),
        (&1.into(), &1.into(), &3.into())
    );
    let metrics = client.response("/metrics").await.text().await.unwrap();
    for line in [
        "pedigree_dead_letters 1",
        "pedigree_gaps 1",
        "pedigree_unreadable_events_total 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }

    let replayed = store.replay_dead_letters().await.unwrap();
    assert_eq!((replayed.read, replayed.left), (0, 1));
    // To an indexer that knows the version.
    sqlx::query("UPDATE dead_letters SET data = $1")
        .bind(renamed[1].encode())
        .execute(store.pool())
        .await
        .unwrap();
    let replayed = store.replay_dead_letters().await.unwrap();
    assert_eq!((replayed.read, replayed.left), (1, 0));
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn i15_dead_letters_that_can_be_read_by_now_are_folded_as_if_they_always_could() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let first = market.profile("alice", "Alice");
    let second = market.profile("alice", "Alice Ltd");
    chain.push(vec![transaction("a", [first, second])]);
    let (store, _database) = store().await;
    let mut blocks = chain.decoded();
    // As an older decoder would have stored it.
    let event = blocks[0].events.remove(0);
    blocks[0]
        .dead_letters
        .push(pedigree_indexer::decode::DeadLetter {
            program: event.event.program(),
            key: event.key,
            tx_index: event.tx_index,
            reason: "unknown event".to_owned(),
            data: event.event.encode(),
        });
    store.apply(&blocks).await.unwrap();
    store.finalize(10).await.unwrap();
    assert_eq!(store.gaps().await.unwrap().len(), 1);
    let replayed = store.replay_dead_letters().await.unwrap();
    assert_eq!((replayed.read, replayed.left), (1, 0));
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    let again = store.replay_dead_letters().await.unwrap();
    assert_eq!((again.read, again.left), (0, 0));
}

#[tokio::test]
async fn i6_a_node_that_refuses_two_requests_of_three_is_repaired_from_all_the_same() {
    let (chain, _) = history();
    let (store, node, _database) = left_out(&chain).await;
    node.hold(accounts(&chain).await);
    node.finalize(chain.tip());
    node.fail(two_of_three());
    let mended = repaired(&store, &node).await;
    assert_eq!((mended.events, mended.left), (1, 0));
    let found = reconciled(&store, &node).await.unwrap();
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}
