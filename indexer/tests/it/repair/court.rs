//! Events of `reward` and `dao` that a node left out.

use pedigree_sdk::accounts::EntityKind;

use super::{accounts, reconciled, repaired, without};
use crate::support::{
    histories::rewards_and_court,
    node::Node,
    running::{clean_hash, run},
    store,
};

#[tokio::test]
async fn a_vote_that_was_left_out_is_told_as_a_gap_of_juror_and_dispute_and_mended() {
    let (chain, ..) = rewards_and_court();
    let (store, _database) = store().await;
    // The first commitment: the votes after it change a part of the dispute alone.
    let node = Node::start(without(&chain, 14, 1, 0)).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let gaps = store.gaps().await.unwrap();
    let kinds: Vec<EntityKind> = gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, [EntityKind::Dispute, EntityKind::Juror], "{gaps:?}");
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    let mended = repaired(&store, &node).await;
    assert_eq!((mended.gaps, mended.events, mended.left), (2, 1, 0));
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}

#[tokio::test]
async fn an_epoch_that_no_event_told_of_is_found_by_comparing_with_the_network() {
    let (chain, ..) = rewards_and_court();
    let (store, _database) = store().await;
    // The last event there is.
    let node = Node::start(without(&chain, 17, 4, 0)).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    assert!(store.gaps().await.unwrap().is_empty());
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    node.hold(accounts(&chain).await);
    node.finalize(chain.tip());
    let found = reconciled(&store, &node).await.unwrap();
    assert_eq!(
        (found.repaired_events, found.snapshots),
        (1, 0),
        "{found:?}"
    );
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}
