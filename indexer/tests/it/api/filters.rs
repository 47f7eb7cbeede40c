//! What searches can be narrowed to, sorted by and counted by.

use indexer_testkit::market::MINT;
use pedigree_sdk::events::Event;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;
use sqlx::{Connection, PgConnection};

use super::{address_of, served};
use crate::support::{Chain, Client, Market, histories::history, market::New, names, store};

async fn found(client: &Client, query: &str) -> String {
    let page = client.get(&format!("/v1/listings?{query}")).await;
    assert_eq!(page["total"], names(&page).len(), "{query}");
    names(&page).join(" ")
}

/// Listings at prices, after the mint that orders are settled in was allowed.
fn priced(listings: &[(&str, u64)]) -> (Chain, Market) {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let mut events = vec![market.mint(u64::MAX)];
    for (name, price) in listings {
        let (address, registered) = market.register(&New {
            key: name,
            name,
            price: *price,
            ..New::default()
        });
        events.extend([registered, market.activate(&address)]);
    }
    chain.push_events(events);
    (chain, market)
}

/// Serves listings with these attributes, each by the name of its listing.
async fn with_attributes(listings: &[(&str, Value)]) -> (Client, impl Sized) {
    let named: Vec<_> = listings.iter().map(|(name, _)| (*name, 1)).collect();
    let (store, database) = store().await;
    store.apply(&priced(&named).0.decoded()).await.unwrap();
    let mut db = PgConnection::connect(database.url()).await.unwrap();
    for (name, attributes) in listings {
        // As a manifest says it: no text, and numbers as they are written.
        sqlx::query("UPDATE listings SET attributes = $2::text::jsonb WHERE name = $1")
            .bind(name)
            .bind(attributes.to_string())
            .execute(&mut db)
            .await
            .unwrap();
    }
    (Client::of(&database, None).await, database)
}

#[tokio::test]
async fn prices_are_of_one_unit_and_of_the_settlement_mint_unless_another_is_named() {
    let (mut chain, mut market) = priced(&[("dear", 9_000_000_000), ("cheap", 7), ("free", 0)]);
    let (store, database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let client = Client::of(&database, None).await;
    for (query, expected) in [
        ("unit=copy&sort=price", "cheap dear"),
        ("unit=copy&sort=-price", "dear cheap"),
        ("unit=copy&min_price=8", "dear"),
        ("unit=copy&max_price=7", "cheap"),
        ("unit=copy&min_price=8&max_price=8", ""),
        ("unit=copy&mode=one_time&sort=name", "cheap dear"),
        ("unit=copy&mode=metered", ""),
        ("unit=request", ""),
        ("mode=one_time&sort=name", "cheap dear"),
        ("free=true", "free"),
        ("free=false", "cheap dear"),
    ] {
        assert_eq!(found(&client, query).await, expected, "{query}");
    }
    let mint = format!("unit=copy&max_price=7&mint={MINT}");
    assert_eq!(found(&client, &mint).await, "cheap");
    let other = Pubkey::new_from_array([9; 32]);
    let in_other = format!("unit=copy&max_price=7&mint={other}");
    assert_eq!(found(&client, &in_other).await, "");

    // One that is allowed later, of a lesser address, is another mint and nothing else.
    let unnamed = "unit=copy&sort=price";
    let page = client
        .get(&format!("/v1/listings?{unnamed}&limit=1&mode=one_time"))
        .await;
    let more = format!(
        "{unnamed}&mode=one_time&limit=1&cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    let mut store_next = async |event: fn(&mut Market) -> Event| {
        market.slot = chain.tip() + 1;
        chain.push_events([event(&mut market)]);
        let blocks = chain.decoded();
        store.apply(&blocks[blocks.len() - 1..]).await.unwrap();
    };
    store_next(|market| market.allow_mint(Pubkey::new_from_array([1; 32]), u64::MAX)).await;
    assert_eq!(found(&client, unnamed).await, "cheap dear");
    let page = client.get(&format!("/v1/listings?{more}")).await;
    assert_eq!(names(&page), ["dear"]);
    // Where orders cannot be paid in the first any more, it is the second.
    store_next(|market| market.update_mint(false, 0)).await;
    assert_eq!(found(&client, unnamed).await, "");
    let bad = axum::http::StatusCode::BAD_REQUEST;
    let path = format!("/v1/listings?{more}");
    assert_eq!(client.refused(&path, bad).await, "cursor");
    assert_eq!(found(&client, &mint).await, "cheap");
}

#[tokio::test]
async fn where_orders_can_be_paid_in_no_mint_any_more_prices_are_in_the_first() {
    let (mut chain, mut market) = priced(&[("dear", 9_000_000_000), ("cheap", 7)]);
    market.slot = chain.tip() + 1;
    chain.push_events([market.update_mint(false, 0)]);
    let (client, _database) = served(&chain).await;
    assert_eq!(found(&client, "unit=copy&sort=price").await, "cheap dear");
}

#[tokio::test]
async fn a_listing_is_rated_at_least_as_it_is_shown_to_be() {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (listing, registered) = market.register(&New::default());
    let mut events = vec![registered, market.activate(&listing)];
    for (number, rating) in [(1, 5), (2, 5), (3, 4)] {
        let (order, opened) = market.open_order("carol", &listing, number);
        events.extend([opened, market.settle_order(&order)]);
        events.push(market.post_review(&order, rating).1);
    }
    chain.push_events(events);
    let (client, _database) = served(&chain).await;
    let page = client.get("/v1/listings").await;
    assert_eq!(page["items"][0]["rating"], 4.67, "of 14 thirds");
    for (least, expected) in [
        ("4.67", "a"),
        ("4.6700", "a"),
        ("4.6", "a"),
        ("4", "a"),
        ("0", "a"),
        ("4.68", ""),
        ("5.000", ""),
    ] {
        let query = format!("min_rating={least}");
        assert_eq!(found(&client, &query).await, expected, "{least}");
    }
}

#[tokio::test]
async fn attributes_compare_by_type_as_exact_numbers_and_any_element_of_a_list() {
    let listings = [
        (
            "a",
            json!({"layers": 12, "open": true, "size": "large", "at": "2026-01-01"}),
        ),
        (
            "b",
            json!({"layers": "12", "open": "true", "size": ["small", "large"], "at": "2026-03-01T12:00:00Z"}),
        ),
        (
            "c",
            json!({"layers": [8, 12.0], "size": "huge", "at": "someday"}),
        ),
        ("d", json!({"layers": 13, "size": null})),
        ("e", json!({"size": ["small", null], "open": "null"})),
    ];
    let (client, _database) = with_attributes(&listings).await;
    for (query, expected) in [
        ("attr.layers=12", "a c"),
        ("attr.layers=1.2e1", "a c"),
        ("attr.layers=%2212%22", "b"),
        ("attr.open=true", "a"),
        ("attr.open=%22true%22", "b"),
        ("attr.size=large", "a b"),
        ("attr.size=null", "d e"),
        ("attr.open=null", ""),
        ("attr.open=%22null%22", "e"),
        ("attr.layers.gte=12", "a c d"),
        ("attr.layers.lte=12", "a c"),
        ("attr.layers.gte=12.5&attr.layers.lte=1e3", "d"),
        ("attr.layers.gte=9&attr.layers.lte=11", "c"),
        ("attr.at.gte=2026-02-01", "b"),
        ("attr.at.lte=2026-03-01T12:00:00Z", "a b"),
        ("attr.size.gte=1", ""),
        ("attr.none=1", ""),
        ("attr.size=large&attr.open=true", "a"),
    ] {
        let sorted = format!("{query}&sort=name");
        assert_eq!(found(&client, &sorted).await, expected, "{query}");
    }
    // As the manifest has them.
    let page = client.get("/v1/listings?name=c").await;
    assert_eq!(page["items"][0]["attributes"]["layers"], json!([8, 12.0]));
}

#[tokio::test]
async fn lineage_royalty_rating_and_addresses_narrow_a_search() {
    let (client, _database) = served(&history().0).await;
    let base = address_of(&client, "base").await;
    let child = address_of(&client, "child").await;
    let descendants = format!("descends_from={base}");
    assert_eq!(found(&client, &descendants).await, "child");
    let leaf = format!("descends_from={child}");
    assert_eq!(found(&client, &leaf).await, "");
    let unburdened = found(&client, "max_royalty_ppm=59999&sort=name").await;
    assert!(!unburdened.split(' ').any(|name| name == "child"));
    assert_eq!(
        found(&client, &format!("max_royalty_ppm=60000&{descendants}")).await,
        "child"
    );
    for addresses in [
        format!("addresses={base}&addresses={child}"),
        format!("addresses={base},{child}"),
    ] {
        let query = format!("{addresses}&sort=name");
        assert_eq!(found(&client, &query).await, "base child");
    }
    let hundred = vec![base.clone(); 100];
    assert_eq!(
        found(&client, &format!("addresses={}", hundred.join(","))).await,
        "base"
    );
    let hundred = hundred.join("&addresses=");
    assert_eq!(
        found(&client, &format!("addresses={hundred}")).await,
        "base"
    );
    let more = format!("/v1/listings?addresses={hundred}&addresses={child}");
    let bad = axum::http::StatusCode::BAD_REQUEST;
    assert_eq!(client.refused(&more, bad).await, "addresses");

    let page = client.get("/v1/listings?sort=rating").await;
    let mut items = page["items"].as_array().unwrap().iter();
    let rated = items.find(|item| !item["rating"].is_null()).unwrap();
    let rating = rated["rating"].as_f64().unwrap();
    let least = format!("min_rating={rating}");
    assert_eq!(
        found(&client, &least).await,
        rated["name"].as_str().unwrap()
    );
    let better = format!("min_rating={}", rating + 0.01);
    assert_eq!(found(&client, &better).await, "");

    // What was sold comes before what was not.
    let page = client.get("/v1/listings?sort=sales").await;
    let sales: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["sales"].as_i64().unwrap())
        .collect();
    assert!(sales[0] > 0 && sales.is_sorted_by(|one, next| one >= next));
    for sort in ["trending", "quality"] {
        let page = client.get(&format!("/v1/listings?sort={sort}")).await;
        assert_eq!(page["total"], sales.len());
    }
}

#[tokio::test]
async fn facets_count_what_matches_the_most_frequent_values_first() {
    let (client, _database) = served(&history().0).await;
    let page = client
        .get("/v1/listings?facets=kind,publisher,mode,license,tag")
        .await;
    let total = &page["total"];
    let facets = &page["facets"];
    assert_eq!(
        facets["kind"],
        json!([{"value": "model", "label": null, "count": total}])
    );
    let publishers = facets["publisher"].as_array().unwrap();
    let counts: Vec<_> = publishers
        .iter()
        .map(|of| of["count"].as_i64().unwrap())
        .collect();
    assert!(counts.is_sorted_by(|one, next| one >= next));
    assert_eq!(counts.iter().sum::<i64>(), total.as_i64().unwrap());
    assert!(publishers.iter().any(|of| of["label"] == "Alice Ltd"));
    assert_eq!(facets["tag"], json!([]));
    // All filters applied, and no more values than asked for.
    let publisher = publishers[0]["value"].as_str().unwrap();
    let page = client
        .get(&format!(
            "/v1/listings?publisher={publisher}&facets=publisher"
        ))
        .await;
    assert_eq!(page["facets"]["publisher"].as_array().unwrap().len(), 1);
    assert_eq!(page["facets"]["publisher"][0]["count"], page["total"]);
    let page = client
        .get("/v1/listings?facets=publisher&facet_limit=1&limit=1")
        .await;
    assert_eq!(page["facets"]["publisher"], json!([publishers[0]]));
    let page = client.get("/v1/listings").await;
    assert_eq!(page["facets"], json!({}));
}
