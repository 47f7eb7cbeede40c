//! Ranking, filters, pages.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use listing::state::kind;

use super::served;
use crate::support::{
    Chain, Client, Market,
    market::{New, key},
    names,
};

/// Listings by publisher, name and kind, one block each, oldest first.
fn catalogue(listings: &[(&str, &str, u8)]) -> Chain {
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    let mut publishers = BTreeSet::new();
    for (publisher, name, kind) in listings {
        let id = format!("{publisher}/{name}/{}", market.slot);
        let (address, registered) = market.register(&New {
            publisher,
            key: &id,
            name,
            kind: *kind,
            license: if *kind == kind::DATASET {
                "cc-by-4.0"
            } else {
                "mit"
            },
            ..New::default()
        });
        let mut events = vec![registered, market.activate(&address)];
        if publishers.insert(*publisher) {
            events.insert(0, market.profile(publisher, publisher));
        }
        market.slot = chain.push_events(events) + 1;
    }
    chain
}

async fn search(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/v1/listings?{query}")).await;
    names(&page).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_exact_name_comes_first_then_the_best_field_that_holds_all_words() {
    let chain = catalogue(&[
        ("llama labs", "unrelated", kind::MODEL),
        ("alice", "llama chat large", kind::MODEL),
        ("alice", "Llama Chat", kind::MODEL),
        ("llama chat", "something", kind::DATASET),
        ("bob", "llama", kind::MODEL),
    ]);
    let (client, _database) = served(&chain).await;
    assert_eq!(
        search(&client, "q=llama+chat").await,
        ["Llama Chat", "llama chat large", "something"]
    );
    assert_eq!(search(&client, "q=llama").await[0], "llama");
    assert_eq!(
        search(&client, "q=%22chat+large%22").await,
        ["llama chat large"]
    );
    assert_eq!(
        search(&client, "q=llama+-chat&sort=name").await,
        ["llama", "unrelated"]
    );
    assert_eq!(
        search(&client, "q=something+or+large&sort=name").await,
        ["llama chat large", "something"]
    );
    assert_eq!(search(&client, "q=nothing").await, [""; 0]);
}

#[tokio::test]
async fn names_that_look_like_syntax_are_found_by_themselves() {
    let many_words = "a ".repeat(33);
    let odd = [
        "gpt-4o",
        "a -b",
        "x:y & z",
        "o'hara",
        "\"quoted\"",
        "50% (off)",
        "100_000\\",
        // No word, and more words than a query may have.
        "!!!",
        many_words.trim(),
    ];
    let listings: Vec<_> = odd
        .iter()
        .map(|name| ("alice", *name, kind::MODEL))
        .collect();
    let (client, _database) = served(&catalogue(&listings)).await;
    for name in odd {
        let query: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        assert_eq!(search(&client, &format!("q={query}")).await[0], name);
        assert_eq!(search(&client, &format!("name={query}")).await, [name]);
    }
    let words = "b+".repeat(33);
    for unread in ["q=%3F%3F", &format!("q={words}")] {
        let path = format!("/v1/listings?{unread}");
        assert_eq!(client.refused(&path, StatusCode::BAD_REQUEST).await, "q");
    }
}

#[tokio::test]
async fn of_equal_rank_what_was_sold_more_often_comes_first() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut events = Vec::new();
    let mut number = 0;
    for (name, sales) in [("llama never", 0), ("llama much", 7), ("llama once", 1)] {
        let (listing, registered) = market.register(&New {
            key: name,
            name,
            ..New::default()
        });
        events.extend([registered, market.activate(&listing)]);
        for _ in 0..sales {
            number += 1;
            let (order, opened) = market.open_order("carol", &listing, number);
            events.extend([opened, market.settle_order(&order)]);
        }
    }
    chain.push_events(events);
    let (client, _database) = served(&chain).await;
    let expected = ["llama much", "llama once", "llama never"];
    // Where no words are asked for, all are of equal rank.
    for query in ["q=llama", "sort=relevance"] {
        assert_eq!(search(&client, query).await, expected, "{query}");
        let mut path = format!("/v1/listings?{query}&limit=1");
        for name in expected {
            let page = client.get(&path).await;
            assert_eq!(names(&page), [name], "{query}");
            if let Some(cursor) = page["next_cursor"].as_str() {
                path = format!("/v1/listings?{query}&limit=1&cursor={cursor}");
            }
        }
    }
}

#[tokio::test]
async fn filters_narrow_any_of_or_all_of() {
    let chain = catalogue(&[
        ("alice", "a", kind::MODEL),
        ("alice", "b", kind::DATASET),
        ("bob", "c", kind::DATASET),
        ("carol", "d", kind::SERVICE),
    ]);
    let (client, _database) = served(&chain).await;
    assert_eq!(
        search(&client, "kind=model&kind=service&sort=name").await,
        ["a", "d"]
    );
    assert_eq!(
        search(&client, "license=cc-by-4.0&sort=name").await,
        ["b", "c"]
    );
    let publishers = format!(
        "publisher={}&publisher={}&sort=name",
        key("alice"),
        key("carol")
    );
    assert_eq!(search(&client, &publishers).await, ["a", "b", "d"]);
    assert_eq!(search(&client, "publisher_name=bob").await, ["c"]);
    assert_eq!(search(&client, "key=bob/c/12").await, ["c"]);
    assert_eq!(search(&client, "status=paused").await, [""; 0]);
    assert_eq!(search(&client, "sort=newest").await, ["d", "c", "b", "a"]);
    assert_eq!(search(&client, "tag=none").await, [""; 0]);
}

#[tokio::test]
async fn pages_give_each_listing_once_under_every_sort() {
    let listings: Vec<_> = (0..53)
        .map(|number| {
            (
                "alice",
                if number % 2 == 0 {
                    "same name"
                } else {
                    "other"
                },
                kind::MODEL,
            )
        })
        .collect();
    let (client, _database) = served(&catalogue(&listings)).await;
    for query in [
        "sort=newest",
        "sort=name",
        "sort=relevance",
        "q=name+or+other",
        "q=alice&sort=name",
    ] {
        let mut seen = Vec::new();
        let mut path = format!("/v1/listings?{query}&limit=10");
        let mut pages = 0;
        loop {
            let page = client.get(&path).await;
            assert_eq!(
                (&page["total"], &page["total_exact"]),
                (&53.into(), &true.into())
            );
            seen.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["address"].to_string()),
            );
            pages += 1;
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/v1/listings?{query}&limit=10&cursor={cursor}");
        }
        assert_eq!(
            (
                seen.len(),
                seen.iter().collect::<BTreeSet<_>>().len(),
                pages
            ),
            (53, 53, 6),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_cursor_of_another_query_or_sort_is_refused() {
    let listings: Vec<_> = (0..3).map(|_| ("alice", "n", kind::MODEL)).collect();
    let (client, _database) = served(&catalogue(&listings)).await;
    let page = client.get("/v1/listings?sort=newest&limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    for query in [
        "sort=name",
        "sort=newest&kind=model",
        "q=n",
        "sort=newest&status=paused",
    ] {
        let path = format!("/v1/listings?{query}&cursor={cursor}");
        assert_eq!(
            client.refused(&path, StatusCode::BAD_REQUEST).await,
            "cursor",
            "{query}"
        );
    }
    client
        .get(&format!("/v1/listings?sort=newest&limit=2&cursor={cursor}"))
        .await;
}

#[tokio::test]
async fn total_is_exact_beyond_1000_too() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut events = Vec::new();
    for number in 0..1_002 {
        let id = number.to_string();
        let (address, registered) = market.register(&New {
            key: &id,
            name: &id,
            ..New::default()
        });
        events.extend([registered, market.activate(&address)]);
    }
    chain.push_events(events);
    let (client, _database) = served(&chain).await;
    for count in ["", "&count=exact"] {
        let page = client.get(&format!("/v1/listings?limit=1{count}")).await;
        assert_eq!(
            (&page["total"], &page["total_exact"]),
            (&1_002.into(), &true.into())
        );
    }
}
