//! I19: what strangers may ask costs them time, not the index.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;

use super::{lineage::lineage_of, served};
use crate::support::{
    Client, IN_TIME,
    node::Node,
    running::{frontier, run},
    store, until,
};

/// Many times what is answered and may wait at once.
const CLIENTS: usize = 400;
/// What a question may be told that the database, or the time for an answer, does not suffice for.
const LATER: [&str; 2] = ["the database does not answer", "the request took too long"];

/// The dearest questions there are, and wild ones.
fn questions(newest: &str) -> Vec<String> {
    let words = |word: &str, between: &str| {
        let all: Vec<String> = (0..40).map(|number| format!("{word}{number}")).collect();
        all.join(between)
    };
    let longest = "x".repeat(500);
    vec![
        format!("/v1/listings?count=exact&q={}", words("level-", "%20or%20")),
        format!("/v1/listings?sort=relevance&q={}", words("-n", "%20")),
        format!("/v1/listings?q={longest}"),
        format!("/v1/listings?name={}", "%F0%9F%A6%80".repeat(500)),
        format!("/v1/listings?tag={}", words("t", "&tag=")),
        format!("/v1/listings/{newest}/ancestors?depth=64"),
        format!("/v1/listings/{newest}/descendants?depth=64"),
        format!("/v1/listings?cursor={longest}"),
        "/v1/listings?limit=100&sort=name".to_owned(),
        "/v1/listings?facets=kind,license,tag,publisher,mode&facet_limit=500".to_owned(),
        format!("/v1/listings?{}", words("attr.a.gte=1&attr.b", "=x&")),
        "/v1/listings?min_slot=9000000000000000000".to_owned(),
        "/v1/events?limit=1000".to_owned(),
        "/v1/stats".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_in_a_flood_of_dear_questions_each_is_answered_and_indexing_goes_on() {
    let (chain, mut market, line) = lineage_of(201);
    let mut chain = chain.made_at(Utc::now().timestamp());
    let (store, database) = store().await;
    // Whose blocks' age counts.
    store.check_network([1; 32], true).await.unwrap();
    store.apply(&chain.decoded()).await.unwrap();
    let node = Node::start(chain.clone()).await;
    let running = run(&store, &node);
    let client = Client::of_running(&database, &running).await;
    let questions = questions(&line[200].to_string());
    let (over, flooding) = watch::channel(false);

    let flood = stream::iter(0..)
        .take_while(|_| std::future::ready(!*flooding.borrow()))
        .map(|number: usize| {
            let question = &questions[number % questions.len()];
            let (client, asked) = (&client, question.clone());
            async move {
                let answer = tokio::time::timeout(IN_TIME, client.response(&asked));
                let answer = answer
                    .await
                    .unwrap_or_else(|_| panic!("{asked} is not answered"));
                let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
                if !status.is_success() {
                    assert_eq!(kind, "application/problem+json", "{asked}");
                }
                let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
                (asked, status, body)
            }
        })
        .buffer_unordered(CLIENTS)
        .collect::<Vec<_>>();
    let indexing = async {
        // Nothing of this is fast, as two cores are all it may have.
        for probe in ["/readyz", "/healthz", "/v1/status"] {
            until(probe, async || {
                for _ in 0..30 {
                    market.slot = chain.tip() + 1;
                    chain.push_events([market.profile("alice", &format!("Alice {}", market.slot))]);
                }
                let grown = std::mem::take(&mut chain).made_at(Utc::now().timestamp());
                chain = grown.clone();
                node.edit(move |served| *served = grown);
                until("the chain is stored", async || {
                    frontier(&store).await >= Some(chain.tip())
                })
                .await;
                client.response(probe).await.status() == StatusCode::OK
            })
            .await;
        }
        over.send_replace(true);
    };
    let (answers, ()) = tokio::join!(flood, indexing);
    running.stop().await;

    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for (asked, status, body) in answers {
        *statuses.entry(status.as_u16()).or_default() += 1;
        // Only who asks for a slot that never comes is told that the index is behind.
        let later = status == StatusCode::SERVICE_UNAVAILABLE
            && LATER.iter().any(|words| body.to_string().contains(words));
        let expected = status.as_u16() < 500 || later || asked.contains("min_slot");
        assert!(expected, "{asked}: {status}: {body}");
    }
    println!("answers by status: {statuses:?}");
    for status in [200, 400, 429] {
        assert!(
            statuses.contains_key(&status),
            "{statuses:?}: this proved nothing"
        );
    }
}

#[tokio::test]
async fn i19_a_query_that_takes_too_long_is_refused() {
    let (client, database) = served(&lineage_of(2).0).await;
    let mut db = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql(
        "ALTER TABLE edges RENAME TO few;
         CREATE VIEW edges AS SELECT few.* FROM few, pg_sleep(600)",
    )
    .execute(&mut db)
    .await
    .unwrap();
    let blamed = client
        .refused("/v1/stats", StatusCode::UNPROCESSABLE_ENTITY)
        .await;
    assert_eq!(blamed, "query");
}

#[tokio::test]
async fn i19_a_search_or_a_walk_in_memory_that_takes_too_long_is_refused_as_a_query_is() {
    let (chain, _, line) = lineage_of(2);
    let (_, database) = served(&chain).await;
    let client = Client::hurried(&database).await;
    client.get("/v1/stats").await;
    let lineage = format!("/{}/ancestors", line[1]);
    for asked in ["?q=level", &lineage] {
        let path = format!("/v1/listings{asked}");
        let late = client.refused(&path, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(late.await, "query", "{path}");
    }
}

#[tokio::test]
async fn i19_whoever_meets_a_table_that_is_derived_again_is_told_to_come_back() {
    let (client, database) = served(&lineage_of(2).0).await;
    let mut db = PgConnection::connect(database.url()).await.unwrap();
    let mut deriving = db.begin().await.unwrap();
    sqlx::query("LOCK TABLE listings IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *deriving)
        .await
        .unwrap();
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(
        client.refused("/v1/listings", unavailable).await,
        Value::Null
    );
    deriving.rollback().await.unwrap();
    client.get("/v1/listings").await;
}

#[tokio::test]
async fn i19_a_forged_cursor_is_refused() {
    let (client, _database) = served(&lineage_of(3).0).await;
    for list in ["/v1/listings?limit=1&sort=name", "/v1/listings?limit=1"] {
        let page = client.get(list).await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let real = BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap();
        client.get(&format!("{list}&cursor={cursor}")).await;
        // Each of its bytes by turns, and one more.
        for place in 0..=real.len() {
            let mut forged = real.clone();
            match forged.get_mut(place) {
                Some(byte) => *byte ^= 1,
                None => forged.push(0),
            }
            let forged = BASE64_URL_SAFE_NO_PAD.encode(forged);
            let path = format!("{list}&cursor={forged}");
            let refused = client.refused(&path, StatusCode::BAD_REQUEST).await;
            assert_eq!(refused, "cursor", "byte {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_who_finds_no_place_among_the_listeners_is_told_to_come_back() {
    let (_store, database) = store().await;
    let client = Client::of(&database, None).await;
    let mut listening = Vec::new();
    let refused = loop {
        let answer = client.response("/v1/stream").await;
        if answer.status() != StatusCode::OK {
            break answer;
        }
        listening.push(answer);
        assert!(listening.len() < 1_000, "nobody is ever refused");
    };
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    // Whoever goes makes room.
    drop(listening);
    until("a place", async || {
        client.response("/v1/stream").await.status() == StatusCode::OK
    })
    .await;
}
