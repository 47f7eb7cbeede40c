//! A node that serves a chain, the API over a database, and what both stand on.

pub mod histories;
pub mod node;
pub mod running;
pub mod searching;
pub mod verdicts;
pub mod yellowstone;

use std::time::Duration;

use axum::http::StatusCode;
use pedigree_indexer::{
    Metrics, Progress,
    api::{Api, Proxies},
    manifest::ContentStore,
    store::Store,
};
use pedigree_localnet::postgres::TestDatabase;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use running::Running;

pub use indexer_testkit::{Chain, Market, Story, chain, market};

/// Longer than whatever has to come takes on a slow machine that has other work: only what never comes takes so long.
pub const IN_TIME: Duration = Duration::from_secs(300);

/// Waits until something is so.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(IN_TIME, waiting).await;
    waited.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

/// A migrated database.
pub async fn store() -> (Store, TestDatabase) {
    let database = TestDatabase::create().await;
    let store = Store::connect(database.url()).await.unwrap();
    (store, database)
}

/// The API over a database, called over HTTP.
pub struct Client {
    base: String,
    client: reqwest::Client,
    api: Api,
}

impl Client {
    pub async fn of(database: &TestDatabase, content: Option<ContentStore>) -> Self {
        Self::told_by(database, Progress::default(), Metrics::default(), content).await
    }

    /// Of the process that indexes.
    pub async fn of_running(database: &TestDatabase, running: &Running) -> Self {
        let (progress, metrics) = (running.progress.clone(), running.metrics.clone());
        Self::told_by(database, progress, metrics, None).await
    }

    pub async fn told_by(
        database: &TestDatabase,
        progress: Progress,
        metrics: Metrics,
        content: Option<ContentStore>,
    ) -> Self {
        Self::reading(database.url(), progress, metrics, content).await
    }

    /// Of the database at this URL, which may be a replica.
    pub async fn reading(
        url: &str,
        progress: Progress,
        metrics: Metrics,
        content: Option<ContentStore>,
    ) -> Self {
        let api = Api::connect(
            url,
            Duration::from_secs(3),
            progress,
            metrics,
            content,
            CancellationToken::new(),
        );
        Self::calling(api.await.unwrap()).await
    }

    /// Of one that gives searches no time.
    pub async fn hurried(database: &TestDatabase) -> Self {
        let api = Api::connect(
            database.url(),
            // To Postgres, which counts milliseconds, any time at all.
            Duration::from_nanos(1),
            Progress::default(),
            Metrics::default(),
            None,
            CancellationToken::new(),
        );
        Self::calling(api.await.unwrap()).await
    }

    async fn calling(api: Api) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(api.clone().serve(listener, Proxies::default()));
        until("the listings are loaded", async || {
            api.searchable().is_some()
        })
        .await;
        Self {
            base,
            client: reqwest::Client::new(),
            api,
        }
    }

    /// Searches find from now on what is stored.
    pub async fn refresh(&self) {
        self.api.refresh().await.unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn response(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    pub async fn status_and_json(&self, path: &str) -> (StatusCode, Value) {
        let response = self.response(path).await;
        let status = response.status();
        let body = response.text().await.unwrap();
        let json =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"));
        (StatusCode::from_u16(status.as_u16()).unwrap(), json)
    }

    /// What a request that must succeed answers; a search finds what is stored by now.
    pub async fn get(&self, path: &str) -> Value {
        if path.starts_with("/v1/listings?") || path == "/v1/listings" {
            self.refresh().await;
        }
        let (status, json) = self.status_and_json(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {json}");
        json
    }

    /// The parameter that a refused request's problem names.
    pub async fn refused(&self, path: &str, status: StatusCode) -> Value {
        let response = self.response(path).await;
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
        let (found, json) = self.status_and_json(path).await;
        assert_eq!(found, status, "{path}: {json}");
        assert_eq!(json["status"], status.as_u16());
        json["parameter"].clone()
    }
}

/// The names of a page's items.
pub fn names(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}
