//! Holes of more blocks than are fetched again at once.

use super::{repaired, without};
use crate::support::{
    Chain, Market,
    node::Node,
    running::{clean_hash, run},
    store,
};

/// More than one page, so that what is missing lies in the second.
const BLOCKS: usize = 1_001;

#[tokio::test]
async fn a_hole_of_1001_blocks_is_filled_though_the_node_forgot_who_signed_what() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    chain.push_events([market.profile("alice", "Alice")]);
    for _ in 0..BLOCKS {
        chain.push(Vec::new());
    }
    let lost = chain.push_events([market.profile("alice", "Alice Ltd")]);
    chain.push_events([market.profile("alice", "Alice Inc.")]);
    let node = Node::start(without(&chain, lost, 0, 0)).await;
    node.know_signatures(false);
    let (store, _database) = store().await;
    run(&store, &node).reach(&store, chain.tip()).await;
    let gaps = store.gaps().await.unwrap();
    assert_eq!((gaps.len(), gaps[0].from, gaps[0].to), (1, 10, chain.tip()));
    let whole = chain.clone();
    node.edit(move |chain| *chain = whole);
    let mended = repaired(&store, &node).await;
    assert_eq!((mended.gaps, mended.events, mended.left), (1, 1, 0));
    assert_eq!(mended.blocks, chain.blocks.len() as u64);
    assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
}
