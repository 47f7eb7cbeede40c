//! `/readyz` says 503 while something keeps the index behind its chain, whatever hangs, and 200 again afterwards.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::Utc;
use pedigree_indexer::{api::Api, store::Store};
use pedigree_localnet::{
    link::{Link, Mode},
    postgres::TestDatabase,
};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::support::{
    Chain, Client,
    node::{Fault, Node},
    running::{Running, clean_hash, run},
    store,
};

/// More slots than the index may be behind.
const FAR: u64 = 200;
const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// An index, the chain that it follows, and whoever asks whether it is ready.
struct Watched {
    chain: Chain,
    node: Node,
    running: Running,
    client: Client,
    store: Store,
    database: TestDatabase,
}

impl Watched {
    /// Follows a chain whose newest block was made so many seconds ago. `store` writes to `database`.
    async fn start(age: i64, store: Store, database: TestDatabase) -> Self {
        store.check_network([1; 32], true).await.unwrap();
        let mut chain = Chain::default();
        for _ in 0..3 {
            chain.push(Vec::new());
        }
        let chain = chain.made_at(Utc::now().timestamp() - age);
        let node = Node::start(chain.clone()).await;
        let running = run(&store, &node);
        let api = Api::connect(
            database.url(),
            Duration::from_secs(3),
            running.progress.clone(),
            running.metrics.clone(),
            None,
            CancellationToken::new(),
        );
        Self {
            chain,
            node,
            running,
            client: Client::serve(api.await.unwrap().router()).await,
            store,
            database,
        }
    }

    /// The chain goes on by so many blocks, all made by now.
    fn grow(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.chain.push(Vec::new());
        }
        self.chain = std::mem::take(&mut self.chain).made_at(Utc::now().timestamp());
        let told = self.chain.clone();
        self.node.edit(|chain| *chain = told);
    }

    /// Waits until `/readyz` answers 503 and says all of `words`, or 200 where there are none.
    async fn says(&self, words: &str) {
        let mut last = String::new();
        let told = async {
            loop {
                let answer = self.client.response("/readyz").await;
                let ready = answer.status() == StatusCode::OK;
                last = answer.text().await.unwrap();
                if ready == words.is_empty() && last.contains(words) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let told = tokio::time::timeout(TOLD_WITHIN, told).await;
        told.unwrap_or_else(|_| panic!("not told {words:?}: {last}"));
    }

    async fn end(self) {
        self.running.reach(&self.store, self.chain.tip()).await;
        let hash = self.store.table_hash().await.unwrap();
        assert_eq!(hash, clean_hash(&self.chain).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_falls_behind_its_chain_is_not_ready_until_it_has_caught_up() {
    let (store, database) = store().await;
    let mut watched = Watched::start(1, store, database).await;
    watched.says("").await;
    let stuck = watched.chain.tip() + 1;
    watched.node.fail(move |method, slot| {
        (method == "getBlock" && slot == stuck).then_some(Fault::Rpc(-32009))
    });
    watched.grow(FAR);
    watched.says("slots behind").await;
    watched.node.fail(|_, _| None);
    watched.says("").await;
    watched.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_an_index_whose_store_hangs_is_not_ready_until_it_goes_on() {
    let (store, database) = store().await;
    let mut watched = Watched::start(1, store, database).await;
    watched.says("").await;
    // Whoever stores waits for this one; readers do not.
    let mut other = PgConnection::connect(watched.database.url()).await.unwrap();
    let mut hanging = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE cursor IN EXCLUSIVE MODE")
        .execute(&mut *hanging)
        .await
        .unwrap();
    watched.grow(FAR);
    watched.says("slots behind").await;
    hanging.rollback().await.unwrap();
    watched.says("").await;
    watched.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_whose_database_connections_hang_is_not_ready_until_they_go_on() {
    let (_, database) = store().await;
    let link = Link::open(database.server().server()).await.unwrap();
    let store = Store::connect(&database.url_over(&link)).await.unwrap();
    let mut watched = Watched::start(1, store, database).await;
    watched.says("").await;
    link.set(Mode::Hung);
    watched.grow(FAR);
    watched.says("slots behind").await;
    link.set(Mode::Whole);
    watched.says("").await;
    watched.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_whose_node_stands_still_is_not_ready_until_it_goes_on() {
    let (store, database) = store().await;
    // Everything that the node has is stored.
    let mut watched = Watched::start(600, store, database).await;
    watched.says("behind its network").await;
    watched.grow(1);
    watched.says("").await;
    watched.end().await;
}
