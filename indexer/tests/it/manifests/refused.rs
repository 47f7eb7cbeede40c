//! What is not fetched, or not taken.

use axum::{Router, http::header, response::Redirect, routing::get};
use pedigree_indexer::manifest::ContentStore;
use pedigree_sdk::manifest::MAX_BYTES;

use super::{MANIFEST, listed, serve, settled};
use crate::support::store;

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
