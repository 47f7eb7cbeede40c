//! Accounts compared with the network's, and stored as it has them where their events cannot be had.

use pedigree_indexer::pipeline::{PipelineError, repair::read_again};
use pedigree_sdk::accounts::EntityKind;

use super::{accounts, reconciled, without};
use crate::support::{
    Chain, Client, Market,
    histories::history,
    node::Node,
    running::{clean_hash, persistent, run},
    store,
};

#[tokio::test]
async fn accounts_whose_events_were_never_seen_are_stored_as_the_network_has_them_and_said_so() {
    let (chain, _) = history();
    let (store, database) = store().await;
    // Bob's listing of slot 12 never comes; its activation is whole, and comes.
    let lacking = without(&without(&chain, 12, 1, 0), 13, 0, 0);
    let node = Node::start(lacking).await;
    node.know_signatures(false);
    run(&store, &node).reach(&store, chain.tip()).await;
    node.hold(accounts(&chain).await);
    node.finalize(chain.tip() + 1);
    let early = reconciled(&store, &node).await;
    assert!(
        matches!(early, Err(PipelineError::Behind { .. })),
        "{early:?}"
    );
    node.finalize(chain.tip());
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!((found.snapshots, found.repaired_events), (1, 0));
    assert_eq!((found.differing.len(), found.vanished.len()), (0, 0));
    let client = Client::of(&database, None).await;
    let status = client.get("/v1/status").await;
    assert_eq!(
        (&status["snapshots"], &status["gaps"]),
        (&1.into(), &1.into())
    );
    let listing = client.get("/v1/listings?name=x").await["items"][0].clone();
    assert_eq!(listing["proof"]["seq"], 2);
    assert_eq!(listing["proof"]["signature"], serde_json::Value::Null);
    // It survives a rebuild, and another look finds nothing more.
    let hash = store.table_hash().await.unwrap();
    store.rebuild().await.unwrap();
    assert_eq!(store.table_hash().await.unwrap(), hash);
    let again = reconciled(&store, &node).await.unwrap();
    assert_eq!((again.snapshots, again.sound), (0, again.accounts));

    // Once the events can be had, they take its place.
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    for slot in [12, 13] {
        let source = persistent(&node);
        read_again(&source, &store, slot, slot).await.unwrap();
    }
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn a_snapshot_taken_too_early_gives_way_to_the_events_that_come_after_it() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    chain.push_events([market.profile("alice", "Alice")]);
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let read_to = chain.tip();
    chain.push_events([market.profile("alice", "Alice Ltd")]);
    chain.push_events([market.profile("bob", "Bob")]);
    // The node gives newer accounts than the bank that it names has.
    node.hold(accounts(&chain).await);
    node.finalize(read_to);
    // It does not say that they changed: they are taken for lost.
    node.know_signatures(false);
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!((found.snapshots, found.unread), (2, 0));
    let grown = chain.clone();
    node.edit(move |node| *node = grown);
    run(&store, &node).reach(&store, chain.tip()).await;
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);

    // It does: they are left for later.
    let stored = store.table_hash().await.unwrap();
    chain.push_events([market.profile("alice", "Alice again")]);
    node.hold(accounts(&chain).await);
    let grown = chain.clone();
    node.edit(move |node| *node = grown);
    node.know_signatures(true);
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!((found.snapshots, found.unread), (0, 1));
    assert_eq!(store.table_hash().await.unwrap(), stored);
}

#[tokio::test]
async fn accounts_of_several_pages_are_compared_and_those_that_changed_meanwhile_are_left_for_later()
 {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    chain.push_events((0..250).map(|n| market.profile(&format!("publisher {n}"), "A")));
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let here = accounts(&chain).await;
    node.hold(here.clone());
    node.finalize(chain.tip());
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!((found.accounts, found.sound, found.unread), (250, 250, 0));
    assert!(found.is_sound());

    // Between the list and the accounts one changes, and another is closed.
    let read_to = chain.tip();
    chain.push_events([market.profile("publisher 7", "B")]);
    let mut later = accounts(&chain).await;
    later.remove(200);
    node.hold_later(chain.tip(), later);
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!(found.slot, read_to);
    assert_eq!((found.accounts, found.sound, found.unread), (249, 248, 1));
    assert!(found.is_sound() && found.snapshots == 0, "{found:?}");
}

#[tokio::test]
async fn accounts_that_the_network_closed_are_told() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let mut fewer = accounts(&chain).await;
    fewer.retain(|(kind, ..)| *kind != EntityKind::Profile);
    node.hold(fewer);
    node.finalize(chain.tip());
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!(found.vanished.len(), 1);
    assert!(found.vanished[0].starts_with("profile "));
}
