//! A second node: it may have what the first one left out, and no account is stored as one node alone has it.

use pedigree_indexer::{
    Metrics,
    pipeline::repair::{Reconciled, Repaired, Repairer},
    store::Store,
};

use super::{accounts, without};
use crate::support::{
    histories::history,
    node::Node,
    running::{clean_hash, figure, persistent, run},
    store,
};

async fn mended(
    store: &Store,
    node: &Node,
    witness: &Node,
    metrics: &Metrics,
) -> (Repaired, Reconciled) {
    let (source, witness) = (persistent(node), persistent(witness));
    let repairer = Repairer {
        source: &source,
        witness: Some(&witness),
        store,
        metrics,
    };
    let repaired = repairer.fill_gaps().await.unwrap();
    (repaired, repairer.reconcile().await.unwrap())
}

#[tokio::test]
async fn i8_what_a_node_goes_on_leaving_out_is_had_from_the_witness_and_counted() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    // The child's first edge leaves a hole; bob's listing and its activation leave nothing that would show one.
    let lacking = without(&without(&without(&chain, 12, 0, 1), 12, 1, 0), 13, 0, 0);
    let node = Node::start(lacking).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let witness = Node::start(chain.clone()).await;
    node.hold(accounts(&chain).await);
    node.finalize(chain.tip());
    let metrics = Metrics::default();
    let (repaired, reconciled) = mended(&store, &node, &witness, &metrics).await;
    assert_eq!(repaired.left, 0);
    assert_eq!(reconciled.snapshots, 0, "{reconciled:?}");
    assert_eq!(repaired.events + reconciled.repaired_events, 3);
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    let counted = figure(&store, &metrics, "pedigree_repaired_events_total").await;
    assert_eq!(counted, 3);
}

#[tokio::test]
async fn an_account_that_only_one_of_two_nodes_has_is_not_stored() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let lacking = without(&without(&chain, 12, 1, 0), 13, 0, 0);
    let (node, witness) = (
        Node::start(lacking.clone()).await,
        Node::start(lacking).await,
    );
    run(&store, &node).reach(&store, chain.tip()).await;
    node.hold(accounts(&chain).await);
    node.finalize(chain.tip());
    let before = store.table_hash().await.unwrap();
    let metrics = Metrics::default();
    let (_, told) = mended(&store, &node, &witness, &metrics).await;
    assert_eq!((told.snapshots, told.unread), (0, 1), "{told:?}");
    assert_eq!(store.table_hash().await.unwrap(), before);
    witness.hold(accounts(&chain).await);
    let (_, told) = mended(&store, &node, &witness, &metrics).await;
    assert_eq!((told.snapshots, told.unread), (1, 0), "{told:?}");
}

#[tokio::test]
async fn accounts_that_differ_or_are_gone_are_in_the_figures() {
    let (chain, _) = history();
    let (store, _database) = store().await;
    let node = Node::start(chain.clone()).await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let whole = accounts(&chain).await;
    let mut other = whole.clone();
    // The last byte of an account is none of those that place it.
    *other[0].2.last_mut().unwrap() ^= 1;
    other.pop();
    let metrics = Metrics::default();
    node.finalize(chain.tip());
    for (held, count) in [(other, 1), (whole, 0)] {
        node.hold(held);
        let (_, told) = mended(&store, &node, &node, &metrics).await;
        assert_eq!((told.differing.len(), told.vanished.len()), (count, count));
        for name in ["pedigree_differing_accounts", "pedigree_vanished_accounts"] {
            assert_eq!(figure(&store, &metrics, name).await, count as u64, "{name}");
        }
    }
}
