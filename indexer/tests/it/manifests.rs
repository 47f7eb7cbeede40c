//! Manifests: from wherever a stranger says, to the listing, or to a status that says why not.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, http::header, response::Redirect, routing::get};
use pedigree_indexer::{
    manifest::{self, ContentStore, Fetcher, ManifestStore},
    store::{Store, manifests},
};
use pedigree_sdk::manifest::MAX_BYTES;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::{Chain, Client, Market, market::New, names, store};

/// One listing whose manifest is `bytes`, said to be at `uri`.
async fn listed(store: &Store, bytes: &[u8], uri: &str) {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (address, registered) = market.register(&New {
        name: "m",
        manifest: bytes,
        uri,
        ..New::default()
    });
    chain.push_events([registered, market.activate(&address)]);
    store.apply(&chain.decoded()).await.unwrap();
}

/// Runs the worker until the listing's manifest is looked at.
async fn settled(store: &Store, stores: &[&str]) -> String {
    let stores = stores
        .iter()
        .map(|text| ManifestStore::parse(text).unwrap())
        .collect();
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(manifest::run(
        store.pool().clone(),
        Fetcher::new(stores).unwrap(),
        shutdown.clone(),
    ));
    let status = async {
        loop {
            let status: String = sqlx::query_scalar("SELECT manifest_status FROM listings")
                .fetch_one(store.pool())
                .await
                .unwrap();
            if status != "pending" {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let status = tokio::time::timeout(Duration::from_secs(20), status)
        .await
        .unwrap();
    shutdown.cancel();
    worker.await.unwrap();
    status
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

const MANIFEST: &[u8] =
    br#"{"attributes":{"n_parameters":7000000000},"description":"A tiny model","key":"model/a","source":"hf:x/a","tags":["text","chat"]}"#;

#[tokio::test]
async fn a_manifest_in_a_folder_becomes_searchable_facts() {
    let (store, database) = store().await;
    let folder = tempfile::tempdir().unwrap();
    let content = ContentStore::new(folder.path());
    content.put(MANIFEST).unwrap();
    listed(&store, MANIFEST, "cas:sha256").await;
    let client = Client::of(&database, Some(content)).await;
    let before = &client.get("/v1/listings").await["items"][0];
    assert_eq!(
        (
            &before["manifest_status"],
            &before["summary"],
            &before["key"]
        ),
        (&"pending".into(), &Value::Null, &before["key_hash"])
    );
    assert_eq!(names(&client.get("/v1/listings?q=tiny").await), [""; 0]);

    assert_eq!(
        settled(&store, &[folder.path().to_str().unwrap()]).await,
        "ok"
    );
    let after = client.get("/v1/listings?q=tiny&tag=chat&tag=text").await;
    let item = &after["items"][0];
    assert_eq!(item["summary"], "A tiny model");
    assert_eq!(
        item["key"], "model/a",
        "proven by its hash in the listing's address"
    );
    assert_eq!(item["attributes"]["n_parameters"], 7_000_000_000_u64);
    assert_eq!(item["source"], "hf:x/a");
    assert_eq!(names(&client.get("/v1/listings?key=model/a").await), ["m"]);
    assert_eq!(names(&client.get("/v1/listings?q=7000000000").await), ["m"]);

    let hash = item["manifest_hash"].as_str().unwrap();
    let response = client.response(&format!("/v1/manifests/{hash}")).await;
    assert!(
        response.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert_eq!(&response.bytes().await.unwrap()[..], MANIFEST);
}

#[tokio::test]
async fn a_version_that_is_not_fetched_yet_shows_none_of_the_old_facts() {
    let (store, database) = store().await;
    let folder = tempfile::tempdir().unwrap();
    ContentStore::new(folder.path()).put(MANIFEST).unwrap();
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    let (address, registered) = market.register(&New {
        manifest: MANIFEST,
        ..New::default()
    });
    chain.push_events([registered, market.activate(&address)]);
    store.apply(&chain.decoded()).await.unwrap();
    assert_eq!(
        settled(&store, &[folder.path().to_str().unwrap()]).await,
        "ok"
    );
    market.slot += 1;
    chain.push_events([market.publish(&address, b"{\"tags\":[]}", "cas:sha256")]);
    store.apply(&chain.decoded()).await.unwrap();
    let client = Client::of(&database, None).await;
    let item = client.get("/v1/listings").await["items"][0].clone();
    assert_eq!(
        (&item["manifest_status"], &item["tags"]),
        (&"pending".into(), &Value::Array(Vec::new()))
    );
    // Back to a text that is known already: nothing to fetch.
    market.slot += 1;
    chain.push_events([market.publish(&address, MANIFEST, "cas:sha256:elsewhere")]);
    store.apply(&chain.decoded()).await.unwrap();
    assert_eq!(
        client.get("/v1/listings").await["items"][0]["manifest_status"],
        "ok"
    );
}

#[tokio::test]
async fn i1_what_a_killed_worker_had_claimed_is_fetched_by_the_next_at_once() {
    let (store, _database) = store().await;
    let folder = tempfile::tempdir().unwrap();
    ContentStore::new(folder.path()).put(MANIFEST).unwrap();
    listed(&store, MANIFEST, "cas:sha256").await;
    let an_hour = Duration::from_secs(3600);
    let claimed = manifests::claim(store.pool(), 256, an_hour).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        settled(&store, &[folder.path().to_str().unwrap()]).await,
        "ok"
    );
}

#[tokio::test]
async fn i21_bytes_that_hash_to_something_else_are_a_mismatch() {
    let (store, _database) = store().await;
    let address = serve(Router::new().fallback(async || "{}")).await;
    listed(&store, MANIFEST, &format!("http://{address}/m")).await;
    assert_eq!(
        settled(&store, &[&format!("http://{address}/")]).await,
        "mismatch"
    );
}

#[tokio::test]
async fn i21_a_uri_outside_the_listed_stores_is_refused_unasked() {
    for uri in [
        "http://127.0.0.1:1/m",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ipfs://x",
        "nonsense",
        "",
    ] {
        let (store, _database) = store().await;
        listed(&store, MANIFEST, uri).await;
        assert_eq!(
            settled(&store, &["http://127.0.0.1:2/manifests/"]).await,
            "refused",
            "{uri}"
        );
    }
}

#[tokio::test]
async fn i21_a_prefix_is_not_left_by_dots_or_another_user() {
    let address =
        serve(Router::new().fallback(async || String::from_utf8(MANIFEST.to_vec()).unwrap())).await;
    for uri in [
        format!("http://{address}/m/../secret"),
        format!("http://{address}/m/%2e%2e/secret"),
        format!("http://{address}@127.0.0.1:1/m/x"),
    ] {
        let (store, _database) = store().await;
        listed(&store, MANIFEST, &uri).await;
        assert_eq!(
            settled(&store, &[&format!("http://{address}/m/")]).await,
            "refused",
            "{uri}"
        );
    }
}

#[tokio::test]
async fn i21_redirects_and_packed_answers_are_refused() {
    let router = Router::new()
        .route(
            "/redirect",
            get(async || Redirect::temporary("http://127.0.0.1:1/")),
        )
        .route(
            "/packed",
            get(async || ([(header::CONTENT_ENCODING, "gzip")], MANIFEST)),
        );
    let address = serve(router).await;
    for path in ["redirect", "packed"] {
        let (store, _database) = store().await;
        listed(&store, MANIFEST, &format!("http://{address}/{path}")).await;
        assert_eq!(
            settled(&store, &[&format!("http://{address}/")]).await,
            "refused",
            "{path}"
        );
    }
}

#[tokio::test]
async fn i21_what_is_too_large_is_cut_off() {
    let (store, _database) = store().await;
    let big = vec![b' '; MAX_BYTES + 1];
    let answer = big.clone();
    let address = serve(Router::new().fallback(async move || answer.clone())).await;
    listed(&store, &big, &format!("http://{address}/m")).await;
    assert_eq!(
        settled(&store, &[&format!("http://{address}/")]).await,
        "too_large"
    );
}

#[tokio::test]
async fn i21_a_deep_or_uncanonical_document_with_the_right_hash_is_refused() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
    for refused in [&deep, "{\"b\":1,\"a\":2}", "{ }", "[]", "no JSON"] {
        let (store, _database) = store().await;
        let folder = tempfile::tempdir().unwrap();
        ContentStore::new(folder.path())
            .put(refused.as_bytes())
            .unwrap();
        listed(&store, refused.as_bytes(), "cas:sha256").await;
        assert_eq!(
            settled(&store, &[folder.path().to_str().unwrap()]).await,
            "refused",
            "{refused:.20}"
        );
    }
}

#[tokio::test]
async fn i21_a_silent_store_holds_nothing_up_and_is_asked_again() {
    let (store, _database) = store().await;
    let address =
        serve(Router::new().fallback(async || std::future::pending::<String>().await)).await;
    listed(&store, MANIFEST, &format!("http://{address}/m")).await;
    let stores = vec![ManifestStore::parse(&format!("http://{address}/")).unwrap()];
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(manifest::run(
        store.pool().clone(),
        Fetcher::new(stores).unwrap(),
        shutdown.clone(),
    ));
    tokio::time::sleep(Duration::from_millis(500)).await;
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
    tokio::time::timeout(Duration::from_secs(2), stored)
        .await
        .expect("the pipeline does not wait")
        .unwrap();
    shutdown.cancel();
    worker.await.unwrap();
    let (attempts, leased): (i32, bool) =
        sqlx::query_as("SELECT attempts, next_attempt > now() FROM manifests")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!((attempts, leased), (1, true));
}
