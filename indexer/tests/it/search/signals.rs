//! What happened to a listing, and the grade made of it.

use axum::http::StatusCode;
use common::receipt::flag;
use pedigree_indexer::store::Store;
use pedigree_sdk::events::Event;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use solana_program::pubkey::Pubkey;

use crate::support::{Client, histories::history, market::MINT, searching::assert_counted, store};

#[tokio::test]
async fn signals_say_what_happened_and_nothing_else() {
    let (mut chain, mut market) = history();
    let (store, database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let child = child(&store).await;
    // Beside the one that was settled and rated 2: one that was sold, one that a ruling took back, one that is open.
    market.slot = chain.tip() + 1;
    let (sold, opened) = market.open_order("dave", &child, 8);
    let events = [
        opened,
        market.deliver_order(&sold),
        market.settle_order(&sold),
    ];
    chain.push_events(events);
    market.slot += 1;
    let (back, opened) = market.open_disputable("dave", &child, 9);
    let events = [
        opened,
        market.deliver_order(&back),
        market.dispute_order(&back, true),
        market.rule_dispute(&back, 100),
    ];
    chain.push_events(events);
    market.slot += 1;
    let (open, opened) = market.open_order("dave", &child, 10);
    chain.push_events([opened]);
    store.apply(&chain.decoded()).await.unwrap();
    assert_counted(&store).await;

    let client = Client::of(&database, None).await;
    let path = format!("/v1/listings/{child}/signals");
    let price = market.order(&open).price;
    let mut signals = client.get(&path).await;
    signals.as_object_mut().unwrap().remove("index");
    assert_eq!(
        signals,
        json!({
            "address": child.to_string(),
            "orders": 4,
            "sales": 2,
            "free_receipts": 0,
            "refunded": 1,
            "disputed": 1,
            "delivered": 2,
            "volume": [{"mint": MINT.to_string(), "amount": (2 * price).to_string()}],
            "success_rate": 0.6667,
            "dispute_rate": 0.25,
            "mean_delivery_seconds": 60,
            "rating": {"reviews": 1, "mean": 2.0, "estimate": 2.83, "low": 1.36, "high": 4.31},
            "trending": 6_559_334,
            "recent_sales": 2,
            "quality": {
                "grade": "C",
                "score": 528,
                "rating": 458,
                "completion": 571,
                "peace": 571,
                "delivery": 599,
            },
        })
    );
    // One of which nothing is known stands in the middle.
    let base: Vec<u8> = sqlx::query_scalar("SELECT address FROM listings WHERE name = 'base'")
        .fetch_one(store.pool())
        .await
        .unwrap();
    let base = bs58::encode(base).into_string();
    let signals = client.get(&format!("/v1/listings/{base}/signals")).await;
    assert_eq!(
        signals["quality"],
        json!({"grade": null, "score": 500, "rating": 500, "completion": 500, "peace": 500, "delivery": 500})
    );
    assert_eq!(signals["success_rate"], json!(null));
    assert_eq!(signals["trending"], 0);
    let path = format!("/v1/listings/{MINT}/signals");
    client.refused(&path, StatusCode::NOT_FOUND).await;
    let path = "/v1/listings/x/signals";
    client.refused(path, StatusCode::BAD_REQUEST).await;
}

/// The grade's formula, as docs/SEARCH.md has it.
fn quality(
    [
        reviews,
        rating_sum,
        sales,
        ended,
        disputed,
        delivered,
        seconds,
    ]: [i64; 7],
) -> i64 {
    let rating = 1_000 * (rating_sum + 15 - (reviews + 5)) / (4 * (reviews + 5));
    let completion = 1_000 * (sales + 2) / (ended + 4);
    let judged = ended.max(disputed);
    let peace = 1_000 * (judged - disputed + 2) / (judged + 4);
    let delivery = 1_000 * 86_400 * (delivered + 4) / (86_400 * (delivered + 8) + seconds);
    (4 * rating + 3 * completion + 2 * peace + delivery) / 10
}

/// The listing of [`history`] that was sold once.
async fn child(store: &Store) -> Pubkey {
    let child: Vec<u8> = sqlx::query_scalar("SELECT address FROM listings WHERE name = 'child'")
        .fetch_one(store.pool())
        .await
        .unwrap();
    Pubkey::try_from(child).unwrap()
}

#[tokio::test]
async fn what_is_settled_below_the_price_of_a_unit_is_no_sale_nor_given_back() {
    let (mut chain, mut market) = history();
    let (store, database) = store().await;
    store.apply(&chain.decoded()).await.unwrap();
    let child = child(&store).await;
    let client = Client::of(&database, None).await;
    let path = format!("/v1/listings/{child}/signals");
    let before = client.get(&path).await;

    market.slot = chain.tip() + 1;
    let (order, opened) = market.open_order("dave", &child, 8);
    let delivered = market.deliver_order(&order);
    let mut settled = market.settle_order(&order);
    let Event::OrderSettled(told) = &mut settled else {
        panic!("{settled:?}");
    };
    told.state.head.flags |= flag::BELOW_UNIT;
    chain.push_events([opened, delivered, settled]);
    store.apply(&chain.decoded()).await.unwrap();
    let after = client.get(&path).await;
    for same in ["sales", "refunded", "success_rate", "volume", "trending"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(after["orders"], before["orders"].as_u64().unwrap() + 1);
    assert_counted(&store).await;
}

#[tokio::test]
async fn the_grade_and_the_trend_are_those_of_the_documented_formulas() {
    let (store, _database) = store().await;
    store.apply(&history().0.decoded()).await.unwrap();
    let mut rng = StdRng::seed_from_u64(6);
    for _ in 0..200 {
        let largest = 10i64.pow(rng.random_range(0..7));
        let reviews = rng.random_range(0..largest);
        let rating_sum = reviews * rng.random_range(1..=5);
        let sales = reviews + rng.random_range(0..largest);
        let ended = sales + rng.random_range(0..largest);
        let disputed = rng.random_range(0..=ended + 3);
        let delivered = rng.random_range(0..=ended);
        let seconds = delivered * rng.random_range(0..1_000_000);
        let last = rng.random_range(0..30_000);
        let days: Vec<(i64, i64)> = (0..rng.random_range(0..100i64))
            .map(|back| (last - back, rng.random_range(1..=largest)))
            .collect();
        for statement in ["TRUNCATE market", "TRUNCATE market_days"] {
            sqlx::query(statement).execute(store.pool()).await.unwrap();
        }
        sqlx::query("UPDATE listings SET reviews = $1, rating_sum = $2 WHERE name = 'base'")
            .bind(reviews)
            .bind(rating_sum)
            .execute(store.pool())
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO market SELECT address, $1, $2, 0, $1, $1 - $2, $3, $4, $5 FROM listings WHERE name = 'base'",
        )
        .bind(ended)
        .bind(sales.max(1))
        .bind(disputed)
        .bind(delivered)
        .bind(seconds)
        .execute(store.pool())
        .await
        .unwrap();
        let (numbers, counts): (Vec<i64>, Vec<i64>) = days.iter().copied().unzip();
        sqlx::query(
            "INSERT INTO market_days SELECT l.address, d.day, d.sales
             FROM listings l, unnest($1::bigint[], $2::bigint[]) AS d (day, sales) WHERE l.name = 'base'",
        )
        .bind(numbers)
        .bind(counts)
        .execute(store.pool())
        .await
        .unwrap();
        let (found, trending): (i32, i64) = sqlx::query_as(
            "SELECT s.quality, s.trending FROM signals s JOIN listings l ON l.address = s.listing WHERE l.name = 'base'",
        )
        .fetch_one(store.pool())
        .await
        .unwrap();
        let facts = [
            reviews,
            rating_sum,
            sales.max(1),
            ended,
            disputed,
            delivered,
            seconds,
        ];
        assert_eq!(i64::from(found), quality(facts), "{facts:?}");
        assert!((0..=1_000).contains(&found), "{facts:?}");
        let weighed = days.iter().filter(|(day, _)| *day > last - 60);
        let weighed: f64 = weighed
            .map(|(day, sales)| *sales as f64 * 2f64.powf((*day - last) as f64 / 3.0))
            .sum();
        let expected = match days.is_empty() {
            true => 0,
            false => 1.0f64
                .max(1.0 + 1_000.0 * (last as f64 / 3.0 + weighed.log2()))
                .round() as i64,
        };
        assert!(
            (trending - expected).abs() <= 1,
            "{trending} for {expected}: {days:?}"
        );
    }
}
