//! Manifests: from wherever a stranger says, to the listing, or to a status that says why not.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, http::header, response::Redirect, routing::get};
use futures_util::{StreamExt, stream};
use pedigree_indexer::{
    manifest::{self, ContentStore, Fetcher, ManifestStore, Timeouts},
    store::{
        Store,
        manifests::{self, Fetched, Status},
    },
};
use pedigree_sdk::manifest::MAX_BYTES;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
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
        let task = manifest::run(store.pool().clone(), fetcher, shutdown.clone());
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
    tokio::time::timeout(Duration::from_secs(20), looked_at)
        .await
        .unwrap()
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

/// Listings with these manifests, named by their places.
async fn listed_many(store: &Store, manifests: &[Vec<u8>]) {
    let mut market = Market::at(10);
    let mut chain = Chain::default();
    for (place, manifest) in manifests.iter().enumerate() {
        let (address, registered) = market.register(&New {
            key: &format!("model/{place}"),
            name: &place.to_string(),
            manifest,
            ..New::default()
        });
        chain.push_events([registered, market.activate(&address)]);
        market.slot += 1;
    }
    store.apply(&chain.decoded()).await.unwrap();
}

/// Letters that no compression makes shorter.
fn noise(length: usize) -> String {
    let blocks = (0u32..).map(|n| hex::encode(Sha256::digest(n.to_le_bytes())));
    let mut text: String = blocks.take(length / 64 + 1).collect();
    text.truncate(length);
    text
}

#[tokio::test]
async fn i21_texts_that_no_index_takes_are_refused_and_others_are_not_held_up() {
    let (store, _database) = store().await;
    let folder = tempfile::tempdir().unwrap();
    let content = ContentStore::new(folder.path());
    let manifests: Vec<Vec<u8>> = [
        json!({"tags": [noise(9_600)]}),
        json!({"tags": ["fine"]}),
        json!({"tags": vec!["x"; 101]}),
        json!({"attributes": {"n": 1e300}}),
        json!({"attributes": {"text": noise(40_000)}}),
        json!({"key": noise(600)}),
        // As much as is allowed.
        json!({
            "attributes": {"text": noise(31_000), "n": 1e59, "words": (0..300).collect::<Vec<_>>()},
            "description": noise(60_000).replace(['0', '7'], " "),
            "tags": (0..100).map(|n| format!("{n} {}", noise(96))).collect::<Vec<_>>(),
        }),
    ]
    .iter()
    .map(|value| {
        pedigree_sdk::manifest::canonical(value)
            .unwrap()
            .into_bytes()
    })
    .collect();
    for manifest in &manifests {
        content.put(manifest).unwrap();
    }
    listed_many(&store, &manifests).await;
    let folder = folder.path().to_str().unwrap();
    let worker = Worker::start(&store, &[folder], Timeouts::default());
    let found = statuses(&store).await;
    worker.stop().await;
    let refused = "refused";
    assert_eq!(
        found,
        [refused, "ok", refused, refused, refused, refused, "ok"]
    );
}

#[tokio::test]
async fn i21_one_that_the_database_cannot_take_is_refused_alone() {
    let (store, _database) = store().await;
    // Within no limits: as a program that knew other ones would have fetched them.
    let bytes: [&[u8]; 3] = [br#"{"tags":["a"]}"#, b"{}", br#"{"tags":["c"]}"#];
    listed_many(&store, &bytes.map(<[u8]>::to_vec)).await;
    let claimed = manifests::claim(store.pool(), 256, Duration::from_secs(60))
        .await
        .unwrap();
    let mut fetched: Vec<Fetched> = claimed
        .into_iter()
        .map(|wanted| Fetched {
            bytes: bytes
                .iter()
                .find(|bytes| Sha256::digest(bytes)[..] == wanted.hash[..])
                .map(|bytes| bytes.to_vec()),
            wanted,
            status: Status::Ok,
            error: None,
        })
        .collect();
    // A zero character is what Postgres takes in no text.
    let bad = fetched
        .iter_mut()
        .find(|one| one.bytes.as_deref() == Some(b"{}"))
        .unwrap();
    *bad = Fetched {
        bytes: None,
        status: Status::Unreachable,
        error: Some("\0".to_owned()),
        wanted: bad.wanted.clone(),
    };
    manifests::finish(store.pool(), &fetched).await.unwrap();
    assert_eq!(statuses(&store).await, ["ok", "refused", "ok"]);
}

#[tokio::test]
async fn i21_what_an_earlier_program_kept_over_todays_limits_holds_up_no_block() {
    let (store, database) = store().await;
    let manifest = format!(r#"{{"tags":["{}"]}}"#, noise(9_600)).into_bytes();
    sqlx::query("INSERT INTO manifest_contents (hash, bytes) VALUES ($1, $2)")
        .bind(Sha256::digest(&manifest).to_vec())
        .bind(&manifest)
        .execute(store.pool())
        .await
        .unwrap();
    listed_many(&store, &[manifest]).await;
    let item = Client::of(&database, None).await.get("/v1/listings").await["items"][0].clone();
    assert_eq!(item["tags"], json!([]));
}

#[tokio::test]
async fn i21_a_store_that_drips_is_cut_off_and_asked_again() {
    let drip = async || {
        let bytes = stream::iter(MANIFEST.chunks(1)).then(async |byte| {
            tokio::time::sleep(Duration::from_millis(20)).await;
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
        answer: Duration::from_millis(200),
        ..Timeouts::default()
    };
    let worker = Worker::start(&store, &[&format!("http://{address}/")], timeouts);
    assert_eq!(statuses(&store).await, ["unreachable"]);
    let (error, waits): (String, bool) =
        sqlx::query_as("SELECT error, next_attempt > now() + interval '5 s' FROM manifests")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert!(error.contains("200ms") && waits, "{error}");

    // Its time has come, and the store is well again.
    slow.store(false, Ordering::Relaxed);
    sqlx::query("UPDATE manifests SET next_attempt = now()")
        .execute(store.pool())
        .await
        .unwrap();
    let well = async {
        while statuses(&store).await != ["ok"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), well)
        .await
        .expect("it is asked again");
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
    worker.stop().await;
    let (attempts, leased): (i32, bool) =
        sqlx::query_as("SELECT attempts, next_attempt > now() FROM manifests")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!((attempts, leased), (1, true));
}
