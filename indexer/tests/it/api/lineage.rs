//! Lineage, which may be deep, wide, and a lie.

use axum::http::StatusCode;
use solana_program::pubkey::Pubkey;

use super::{address_of, addresses, served};
use crate::support::{
    Chain, Client, Market,
    histories::{beginning, history},
    market::New,
    store,
};

#[tokio::test]
async fn lineage_is_followed_both_ways_and_drafts_stay_out() {
    let (mut chain, mut market) = history();
    let (client, _) = served(&chain).await;
    let (base, child) = (
        address_of(&client, "base").await,
        address_of(&client, "child").await,
    );
    market.slot = chain.tip() + 1;
    let (draft, registered) = market.register(&New {
        publisher: "eve",
        key: "spam",
        name: "spam",
        ..New::default()
    });
    chain.push_events([
        registered,
        market.add_edge(&draft, &base.parse().unwrap(), 0),
    ]);
    let (client, _database) = served(&chain).await;

    let up = client.get(&format!("/v1/listings/{child}/ancestors")).await;
    assert_eq!(up["nodes"][0]["address"], child);
    assert_eq!(up["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(up["edges"].as_array().unwrap().len(), 2);
    assert_eq!(up["truncated"], false);
    let down = client
        .get(&format!("/v1/listings/{base}/descendants"))
        .await;
    assert_eq!(addresses(&down["nodes"]), [&base[..], &child[..]]);
    assert_eq!(down["nodes"][1]["depth"], 1);
    // Asked of the draft itself, its parent is told.
    let draft = client.get(&format!("/v1/listings/{draft}/ancestors")).await;
    assert_eq!(draft["nodes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_lineage_is_not_behind_what_was_told_of_the_same_listing_before() {
    let (mut chain, mut market, [base, _]) = beginning();
    let (store, database) = store().await;
    let client = Client::of(&database, None).await;
    for number in 0..20 {
        market.slot = chain.tip() + 1;
        let (made, registered) = market.register(&New {
            key: &format!("made-{number}"),
            ..New::default()
        });
        chain.push_events([registered, market.add_edge(&made, &base, 0)]);
        store.apply(&chain.decoded()).await.unwrap();
        // Nobody lets the index know, nor gives it time to look.
        let path = format!("/v1/listings/{made}/ancestors");
        let (status, lineage) = client.status_and_json(&path).await;
        assert_eq!(status, StatusCode::OK, "{lineage}");
        assert_eq!(lineage["edges"].as_array().unwrap().len(), 1, "{number}");
    }
}

#[tokio::test]
async fn a_revoked_edge_stays_in_the_lineage_and_is_no_descent_any_more() {
    let (mut chain, mut market, [base, child]) = beginning();
    market.slot = chain.tip() + 1;
    chain.push_events([market.revoke_edge(&child, &base)]);
    let (client, _database) = served(&chain).await;
    for path in [
        format!("/v1/listings/{base}/descendants"),
        format!("/v1/listings/{child}/ancestors"),
    ] {
        let lineage = client.get(&path).await;
        let edges = lineage["edges"].as_array().unwrap();
        let mut edges = edges.iter();
        let of_base = edges.find(|edge| edge["parent"] == base.to_string());
        assert_eq!(of_base.unwrap()["status"], "revoked", "{path}");
    }
    let descendants = format!("/v1/listings?descends_from={base}");
    assert_eq!(client.get(&descendants).await["total"], 0);
}

/// A line of active listings, each made of the two before it: the number of ways doubles with each level.
pub fn lineage_of(levels: usize) -> (Chain, Market, Vec<Pubkey>) {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut line: Vec<Pubkey> = Vec::new();
    let mut events = Vec::new();
    for level in 0..levels {
        let name = format!("level-{level}");
        let (address, registered) = market.register(&New {
            key: &name,
            name: &name,
            ..New::default()
        });
        events.push(registered);
        for parent in line.iter().rev().take(2) {
            events.push(market.add_edge(&address, parent, 0));
        }
        events.push(market.activate(&address));
        line.push(address);
    }
    chain.push_events(events);
    (chain, market, line)
}

#[tokio::test]
async fn i19_a_lineage_of_200_levels_is_answered_in_part_and_says_so() {
    let (chain, _, line) = lineage_of(201);
    let (client, _database) = served(&chain).await;
    let last = line.last().unwrap();
    let depth = async |depth: &str| {
        let answer = client
            .get(&format!("/v1/listings/{last}/ancestors{depth}"))
            .await;
        (
            answer["nodes"].as_array().unwrap().len(),
            answer["truncated"].as_bool().unwrap(),
        )
    };
    assert_eq!(depth("").await, (1 + 2 * 8, true));
    assert_eq!(depth("?depth=64").await, (1 + 2 * 64, true));
    let path = format!("/v1/listings/{}/ancestors?depth=2", line[4]);
    assert_eq!(
        client.get(&path).await["truncated"],
        false,
        "all of it is exactly within two levels"
    );
    assert_eq!(
        client
            .refused(
                &format!("/v1/listings/{last}/ancestors?depth=65"),
                StatusCode::BAD_REQUEST
            )
            .await,
        "depth"
    );
}

#[tokio::test]
async fn a_lineage_that_claims_a_cycle_ends() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (a, first) = market.register(&New {
        key: "a",
        name: "a",
        ..New::default()
    });
    let (b, second) = market.register(&New {
        key: "b",
        name: "b",
        ..New::default()
    });
    // The programs refuse it; the index does not rely on that.
    chain.push_events([
        first,
        second,
        market.add_edge(&a, &b, 0),
        market.add_edge(&b, &a, 0),
    ]);
    let (client, _database) = served(&chain).await;
    let answer = client
        .get(&format!("/v1/listings/{a}/ancestors?depth=64"))
        .await;
    assert_eq!(answer["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(answer["truncated"], false);
}
