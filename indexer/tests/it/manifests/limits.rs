//! What no index or no database takes.

use std::time::Duration;

use pedigree_indexer::{
    manifest::{ContentStore, Timeouts},
    store::{
        Store,
        manifests::{self, Fetched, Status},
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Worker, statuses};
use crate::support::{Chain, Client, Market, market::New, store};

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
