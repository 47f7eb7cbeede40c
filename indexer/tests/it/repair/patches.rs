//! Events that are lost before a patch, which needs the account as it was before it.

use pedigree_sdk::accounts::EntityKind;

use super::{repaired, without};
use crate::support::{
    Chain, Client, Market,
    chain::transaction,
    market::New,
    node::Node,
    running::{clean_hash, run},
    store,
};

/// A draft with three edges, each in a block of its own, that is never activated: nothing brings its whole state again.
fn draft() -> Chain {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut parents = Vec::new();
    for key in ["model/a", "model/b", "model/c"] {
        let new = New {
            key,
            name: key,
            ..New::default()
        };
        let (parent, registered) = market.register(&new);
        chain.push(vec![transaction(key, [registered])]);
        parents.push(parent);
    }
    let new = New {
        key: "draft",
        name: "draft",
        ..New::default()
    };
    let (draft, registered) = market.register(&new);
    market.slot = chain.push(vec![transaction("draft", [registered])]) + 1;
    for (parent, name) in parents.iter().zip(["first", "second", "third"]) {
        let edge = market.add_edge(&draft, parent, 10_000);
        market.slot = chain.push(vec![transaction(name, [edge])]) + 1;
    }
    chain
}

#[tokio::test]
async fn an_event_lost_before_a_patch_is_told_as_a_gap_and_mended() {
    let chain = draft();
    // The draft, its first edge, or its second one.
    for (lost, kinds) in [
        (13, vec![EntityKind::Listing]),
        (14, vec![EntityKind::Listing, EntityKind::RoyaltyTable]),
        (15, vec![EntityKind::Listing, EntityKind::RoyaltyTable]),
    ] {
        let (store, database) = store().await;
        let node = Node::start(without(&chain, lost, 0, 0)).await;
        run(&store, &node).reach(&store, chain.tip()).await;
        let gaps = store.gaps().await.unwrap();
        let found: Vec<EntityKind> = gaps.iter().map(|gap| gap.kind).collect();
        assert_eq!(found, kinds, "{gaps:?}");
        assert!(
            gaps.iter()
                .all(|gap| (gap.from..=gap.to).contains(&lost) && gap.to == lost + 1),
            "{gaps:?}"
        );
        let lacking = Client::of(&database, None).await.get("/v1/status").await;
        assert_eq!(lacking["gaps"], kinds.len());
        let checked = store.check().await.unwrap();
        assert_eq!(checked.gaps, kinds.len() as i64);

        let whole = chain.clone();
        node.edit(move |chain| *chain = whole);
        let mended = repaired(&store, &node).await;
        assert_eq!((mended.events, mended.left), (1, 0));
        assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
        let whole = Client::of(&database, None).await.get("/v1/status").await;
        assert_eq!(whole["gaps"], 0);
    }
}
