//! Manifests: from wherever a stranger says, to the listing, or to a status that says why not.

mod limits;
mod refused;
mod slow;

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use pedigree_indexer::{
    manifest::{self, ContentStore, Fetcher, ManifestStore, Timeouts},
    store::{PATIENCE, Store, manifests},
};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Chain, Client, IN_TIME, Market, market::New, names, store};

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

/// A worker that fetches from `stores` until it is stopped.
struct Worker {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Worker {
    fn start(store: &Store, stores: &[&str], timeouts: Timeouts) -> Self {
        let stores = stores
            .iter()
            .map(|text| ManifestStore::parse(text).unwrap())
            .collect();
        let shutdown = CancellationToken::new();
        let fetcher = Fetcher::with_timeouts(stores, timeouts).unwrap();
        let task = manifest::run(store.pool().clone(), fetcher, PATIENCE, shutdown.clone());
        Self {
            shutdown,
            task: tokio::spawn(task),
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

/// Waits until no listing's manifest is still to be looked at; their statuses by name.
async fn statuses(store: &Store) -> Vec<String> {
    let looked_at = async {
        loop {
            let statuses: Vec<String> =
                sqlx::query_scalar("SELECT manifest_status FROM listings ORDER BY name")
                    .fetch_all(store.pool())
                    .await
                    .unwrap();
            if statuses.iter().all(|status| status != "pending") {
                return statuses;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(IN_TIME, looked_at).await.unwrap()
}

/// Runs the worker until the only listing's manifest is looked at.
async fn settled(store: &Store, stores: &[&str]) -> String {
    let worker = Worker::start(store, stores, Timeouts::default());
    let status = statuses(store).await.remove(0);
    worker.stop().await;
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
