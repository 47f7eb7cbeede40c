//! Stores that take their time.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use futures_util::{StreamExt, stream};
use pedigree_indexer::manifest::Timeouts;

use super::{MANIFEST, Worker, listed, serve, statuses};
use crate::support::{Chain, Market, market::New, store, until};

#[tokio::test]
async fn i21_a_store_that_drips_is_cut_off_and_asked_again() {
    let drip = async || {
        let bytes = stream::iter(MANIFEST.chunks(1)).then(async |byte| {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok::<_, Infallible>(byte)
        });
        Body::from_stream(bytes)
    };
    let slow = Arc::new(AtomicBool::new(true));
    let asked = slow.clone();
    let address = serve(Router::new().fallback(async move || {
        if asked.load(Ordering::Relaxed) {
            drip().await
        } else {
            Body::from(MANIFEST)
        }
    }))
    .await;
    let (store, _database) = store().await;
    listed(&store, MANIFEST, &format!("http://{address}/m")).await;
    let timeouts = Timeouts {
        answer: Duration::from_secs(2),
        ..Timeouts::default()
    };
    let worker = Worker::start(&store, &[&format!("http://{address}/")], timeouts);
    assert_eq!(statuses(&store).await, ["unreachable"]);
    let (error, waits): (String, bool) =
        sqlx::query_as("SELECT error, next_attempt > now() + interval '5 s' FROM manifests")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert!(error.contains("2s") && waits, "{error}");

    // Its time has come, and the store is well again.
    slow.store(false, Ordering::Relaxed);
    until("it is asked again", async || {
        sqlx::query("UPDATE manifests SET next_attempt = now()")
            .execute(store.pool())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        statuses(&store).await == ["ok"]
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn i21_a_silent_store_holds_nothing_up_and_is_asked_again() {
    let (store, _database) = store().await;
    let address =
        serve(Router::new().fallback(async || std::future::pending::<String>().await)).await;
    listed(&store, MANIFEST, &format!("http://{address}/m")).await;
    let worker = Worker::start(
        &store,
        &[&format!("http://{address}/")],
        Timeouts::default(),
    );
    let claims = async || {
        sqlx::query_as::<_, (i32, bool)>(
            "SELECT attempts, coalesce(next_attempt > now(), false) FROM manifests",
        )
        .fetch_one(store.pool())
        .await
        .unwrap()
    };
    until("it is fetched", async || claims().await.0 == 1).await;
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    let (address, registered) = market.register(&New {
        name: "m",
        manifest: MANIFEST,
        uri: &format!("http://{address}/m"),
        ..New::default()
    });
    chain.push_events([registered, market.activate(&address)]);
    market.slot += 1;
    chain.push_events([market.pause(&address)]);
    let blocks = chain.decoded();
    let stored = store.apply(&blocks);
    tokio::time::timeout(Duration::from_secs(8), stored)
        .await
        .expect("the pipeline does not wait")
        .unwrap();
    worker.stop().await;
    assert_eq!(claims().await, (1, true));
}
