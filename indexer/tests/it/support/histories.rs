//! Chains that the tests index.

use solana_program::pubkey::Pubkey;

use super::{
    chain::{Chain, transaction},
    market::{Market, New},
};

/// What every history here begins with, up to slot 13: a base listing, and its child and another, active. The addresses are
/// those of base and child.
pub fn beginning() -> (Chain, Market, [Pubkey; 2]) {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    let profile = market.profile("alice", "Alice");
    let (base, registered) = market.register(&New {
        key: "model/base",
        name: "base",
        ..New::default()
    });
    let activated = market.activate(&base);
    // One transaction changes one entity several times.
    chain.push(vec![transaction("10/0", [profile, registered, activated])]);
    market.slot = chain.push(Vec::new()) + 1;
    let (child, registered) = market.register(&New {
        key: "model/child",
        name: "child",
        ..New::default()
    });
    let edge = market.add_edge(&child, &base, 50_000);
    let (other, other_registered) = market.register(&New {
        publisher: "bob",
        key: "data/x",
        name: "x",
        ..New::default()
    });
    chain.push(vec![
        transaction("12/0", [registered, edge]),
        transaction("12/1", [other_registered]),
    ]);
    market.slot += 1;
    let more = [
        market.activate(&other),
        market.add_edge(&child, &other, 10_000),
        market.activate(&child),
    ];
    chain.push_events(more);
    (chain, market, [base, child])
}

/// A history with everything in it: profiles, lineage with royalties, versions, orders, a discarded draft.
pub fn history() -> (Chain, Market) {
    let (mut chain, mut market, [base, child]) = beginning();
    market.slot += 3;
    let (draft, registered) = market.register(&New {
        publisher: "bob",
        key: "draft",
        name: "draft",
        ..New::default()
    });
    let renamed = market.profile("alice", "Alice Ltd");
    let published = market.publish(&base, b"{\"v\":2}", "cas:sha256");
    chain.push_at(
        market.slot,
        vec![transaction("16/0", [registered, renamed, published])],
    );
    market.slot += 1;
    let (order, opened) = market.open_order("carol", &child, 1);
    chain.push_events([market.discard(&draft), opened, market.settle_order(&order)]);
    market.slot += 1;
    let (again, registered) = market.register(&New {
        publisher: "bob",
        key: "draft",
        name: "draft 2",
        ..New::default()
    });
    chain.push_events([market.close_order(&order), registered, market.pause(&again)]);
    (chain, market)
}

/// Many small blocks that touch listings, profiles and orders.
pub fn long_history(blocks: u32) -> Chain {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (listing, registered) = market.register(&New::default());
    chain.push_events([registered, market.activate(&listing)]);
    for number in 0..blocks {
        market.slot = chain.tip() + 1;
        let (order, opened) = market.open_order(&format!("buyer {number}"), &listing, 1);
        let events = [
            market.profile("alice", &format!("Alice {number}")),
            opened,
            market.settle_order(&order),
        ];
        chain.push_events(events);
    }
    chain
}
