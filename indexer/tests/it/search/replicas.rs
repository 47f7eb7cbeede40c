//! Searches on a streaming replica, and on one that took its server's place.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use axum::http::StatusCode;
use pedigree_indexer::{Metrics, Progress, store::Store};
use pedigree_localnet::{
    link::Server,
    postgres::{Durability, Postgres},
};
use pedigree_search::{Filter, Request};
use sqlx::{Executor, postgres::PgPoolOptions};
use tempfile::TempDir;

use crate::support::{Client, IN_TIME, histories::history, names, searching::Searching, until};

/// A server with a replica, and an index's store on it.
struct Servers {
    store: Store,
    primary: Postgres,
    replica: Postgres,
    _folders: [TempDir; 2],
}

impl Servers {
    async fn start() -> Self {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let primary = Postgres::start(folders[0].path(), Durability::Followed).unwrap();
        let url = primary.create_database("index").await.unwrap();
        let store = Store::connect(&url).await.unwrap();
        let replica = primary.start_replica(folders[1].path()).unwrap();
        Self {
            store,
            primary,
            replica,
            _folders: folders,
        }
    }
}

async fn tell(server: &Postgres, sql: &'static str) {
    let pool = PgPoolOptions::new().connect(&server.url("index")).await;
    let pool = pool.unwrap();
    pool.execute(sql).await.unwrap();
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_on_a_replica_follow_what_is_written_and_wait_for_a_slot() {
    let servers = Servers::start().await;
    let blocks = history().0.decoded();
    servers.store.apply(&blocks[..4]).await.unwrap();
    let url = servers.replica.url("index");
    let client = Client::reading(&url, Progress::default(), Metrics::default(), None).await;
    let found = client.get("/v1/listings?name=child&min_slot=13").await;
    assert_eq!(names(&found), ["child"]);

    tell(&servers.replica, "SELECT pg_wal_replay_pause()").await;
    servers.store.apply(&blocks[4..]).await.unwrap();
    let (late, unavailable) = ("/v1/listings?min_slot=18", StatusCode::SERVICE_UNAVAILABLE);
    client.refused(late, unavailable).await;
    assert_eq!(client.get("/v1/listings").await["index"]["slot"], 13);
    let (waited, ()) = tokio::join!(
        client.status_and_json(late),
        tell(&servers.replica, "SELECT pg_wal_replay_resume()")
    );
    assert_eq!(waited.0, StatusCode::OK, "{}", waited.1);
    assert_eq!(waited.1["index"]["slot"], 18);
    let publisher = client.get("/v1/listings?name=child").await;
    assert_eq!(publisher["items"][0]["publisher_name"], "Alice Ltd");
    servers.store.pool().close().await;
    servers.replica.stop();
    servers.primary.stop();
}

/// Lets a name mean another server from now on.
fn point(name: &Path, server: &Postgres) {
    let Server::Unix(socket) = server.server() else {
        unreachable!("it has no port");
    };
    let next = name.with_extension("next");
    symlink(socket.parent().unwrap(), &next).unwrap();
    std::fs::rename(next, name).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_took_its_servers_place_is_another_history_at_once() {
    let servers = Servers::start().await;
    servers.store.apply(&history().0.decoded()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let name: PathBuf = folder.path().join("server");
    point(&name, &servers.primary);
    let url = format!(
        "postgres://pedigree@localhost/index?host={}",
        name.display()
    );
    let pool = PgPoolOptions::new().connect(&url).await.unwrap();
    let searching = Searching::start(&pool).await;
    let count = async |name: &str| {
        let filter = Filter {
            name: Some(name.to_owned()),
            ..Filter::default()
        };
        let request = Request {
            filter,
            ..Request::default()
        };
        // Nothing while it loads.
        let found = searching
            .search
            .ask(IN_TIME, move |index| index.search(&request));
        found.await.map_or(0, |(answer, _)| answer.total)
    };
    let replica = PgPoolOptions::new()
        .connect(&servers.replica.url("index"))
        .await
        .unwrap();
    until("the replica has all", async || {
        let slot: Option<i64> = sqlx::query_scalar("SELECT slot FROM cursor")
            .fetch_optional(&replica)
            .await
            .unwrap();
        slot == Some(18)
    })
    .await;
    tell(&servers.replica, "ALTER SYSTEM SET primary_conninfo = ''").await;
    tell(&servers.replica, "SELECT pg_reload_conf()").await;
    until("it is cut off", async || {
        let receivers: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_wal_receiver")
            .fetch_one(&replica)
            .await
            .unwrap();
        receivers == 0
    })
    .await;
    replica.close().await;
    tell(
        &servers.primary,
        "UPDATE listings SET name = 'lost' WHERE name = 'base'",
    )
    .await;
    searching.search.refresh().await.unwrap();
    assert_eq!(count("lost").await, 1);

    servers.store.pool().close().await;
    servers.primary.crash();
    servers.replica.promote().await.unwrap();
    // Gives out the lost one's number again.
    tell(
        &servers.replica,
        "UPDATE listings SET name = 'kept' WHERE name = 'child'",
    )
    .await;
    point(&name, &servers.replica);
    until("it has the new history", async || count("kept").await == 1).await;
    assert_eq!(count("lost").await, 0);
    let store = Store::connect(&servers.replica.url("index")).await.unwrap();
    searching.assert_followed(&store, "promoted").await;
    pool.close().await;
    store.pool().close().await;
    servers.replica.stop();
}
