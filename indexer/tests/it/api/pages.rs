//! Cursors: whose they are, and what they promise while listings are written.

use std::collections::HashMap;

use axum::http::StatusCode;
use listing::state::kind;
use solana_program::pubkey::Pubkey;

use super::served;
use crate::support::{Chain, Client, Market, histories::history, market::New, store};

/// Listings that are there all the time.
const LASTING: usize = 60;

fn list(market: &mut Market, name: &str) -> (Pubkey, Vec<pedigree_sdk::events::Event>) {
    let (address, registered) = market.register(&New {
        key: name,
        name,
        kind: kind::MODEL,
        ..New::default()
    });
    (address, vec![registered, market.activate(&address)])
}

#[tokio::test]
async fn each_list_refuses_the_cursor_of_another_list() {
    let (client, _database) = served(&history().0).await;
    let page = client.get("/v1/orders?limit=1").await;
    let orders = page["next_cursor"].as_str();
    let page = client.get("/v1/listings?limit=1").await;
    let listings = page["next_cursor"].as_str().unwrap();
    for list in [
        "orders",
        "reviews",
        "sessions",
        "disputes",
        "positions",
        "proposals",
        "epochs",
    ] {
        let path = format!("/v1/{list}?limit=1&cursor={listings}");
        assert_eq!(
            client.refused(&path, StatusCode::BAD_REQUEST).await,
            "cursor"
        );
    }
    if let Some(orders) = orders {
        let path = format!("/v1/listings?limit=1&cursor={orders}");
        assert_eq!(
            client.refused(&path, StatusCode::BAD_REQUEST).await,
            "cursor"
        );
    }
}

#[tokio::test]
async fn two_servers_of_one_database_agree_and_read_each_others_cursors() {
    let (store, database) = store().await;
    store.apply(&history().0.decoded()).await.unwrap();
    let one = Client::of(&database, None).await;
    let other = Client::of(&database, None).await;
    for query in [
        "sort=name",
        "sort=newest",
        "sort=sales&facets=kind,publisher,mode",
        "q=a+or+child",
        "sort=price&unit=copy&mint=11111111111111111111111111111111",
    ] {
        let path = format!("/v1/listings?{query}");
        assert_eq!(one.get(&path).await, other.get(&path).await, "{query}");
    }
    let whole = one.get("/v1/listings?sort=name").await;
    let (mut seen, mut path) = (Vec::new(), "/v1/listings?sort=name&limit=1".to_owned());
    for server in [&one, &other].into_iter().cycle() {
        let page = server.get(&path).await;
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/listings?sort=name&limit=1&cursor={cursor}");
    }
    assert_eq!(seen, *whole["items"].as_array().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_matches_throughout_comes_exactly_once_while_listings_are_written() {
    let (store, database) = store().await;
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut lasting = Vec::new();
    for number in 0..LASTING {
        // Names before, between and after those of the others.
        let (address, events) = list(&mut market, &format!("n{}", number * 2));
        lasting.push(address);
        market.slot = chain.push_events(events) + 1;
    }
    let mut applied = chain.decoded();
    store.apply(&applied).await.unwrap();
    let client = Client::of(&database, None).await;
    let (over, mut writing) = tokio::sync::watch::channel(false);
    let written = tokio::spawn(async move {
        let mut number = 1;
        while !*writing.borrow_and_update() {
            let (passing, events) = list(&mut market, &format!("n{number}"));
            market.slot = chain.push_events(events) + 1;
            // One that stays changes, and the one that came goes again.
            let changed = lasting[number % lasting.len()];
            let events = [
                market.reprice(&changed, number as u64),
                market.pause(&passing),
            ];
            market.slot = chain.push_events(events) + 1;
            let blocks = chain.decoded();
            store.apply(&blocks[applied.len()..]).await.unwrap();
            applied = blocks;
            number += 2;
        }
        (number / 2, lasting)
    });
    let mut counted = Vec::new();
    for round in 0..6 {
        let sort = ["newest", "name"][round % 2];
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut path = format!("/v1/listings?sort={sort}&limit=3");
        loop {
            let page = client.get(&path).await;
            for item in page["items"].as_array().unwrap() {
                let address = item["address"].as_str().unwrap().to_owned();
                *seen.entry(address).or_default() += 1;
            }
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/v1/listings?sort={sort}&limit=3&cursor={cursor}");
        }
        counted.push((sort, seen));
    }
    over.send_replace(true);
    let (writes, lasting) = written.await.unwrap();
    assert!(writes > 0, "this proved nothing");
    for (sort, seen) in counted {
        assert!(seen.values().all(|times| *times == 1), "{sort}: {seen:?}");
        for address in &lasting {
            assert!(seen.contains_key(&address.to_string()), "{sort}: {address}");
        }
    }
}
