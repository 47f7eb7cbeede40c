//! `/readyz` says 503 while something keeps the index behind its chain, whatever hangs, and 200 again afterwards.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use chrono::Utc;
use pedigree_indexer::store::Store;
use pedigree_localnet::{
    link::{Link, Mode},
    postgres::TestDatabase,
};
use sqlx::{Connection, PgConnection};

use crate::support::{
    Chain, Client, IN_TIME,
    node::{Fault, Node},
    running::{Running, clean_hash, run},
    store,
};

/// More slots than the index may be behind.
const FAR: u64 = 200;
/// How often the chain grows while it is waited for readiness: one that stands still is not ready for long.
const GROWS_EVERY: Duration = Duration::from_secs(5);

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
        Self {
            chain,
            node,
            client: Client::of_running(&database, &running).await,
            running,
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
    async fn says(&mut self, words: &str) {
        let mut last = String::new();
        let told = async {
            let mut grown = Instant::now();
            loop {
                if words.is_empty() && grown.elapsed() > GROWS_EVERY {
                    self.grow(1);
                    grown = Instant::now();
                }
                let answer = self.client.response("/readyz").await;
                let ready = answer.status() == StatusCode::OK;
                last = answer.text().await.unwrap();
                if ready == words.is_empty() && last.contains(words) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let told = tokio::time::timeout(IN_TIME, told).await;
        told.unwrap_or_else(|_| panic!("not told {words:?}: {last}"));
    }

    async fn figure(&self, name: &str) -> u64 {
        let text = self.client.response("/metrics").await.text().await.unwrap();
        let name = format!("pedigree_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}"))
            .parse()
            .unwrap()
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
    assert!(watched.figure("lag_slots").await >= FAR);
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
    assert!(watched.figure("lag_seconds").await >= 600);
    watched.grow(1);
    watched.says("").await;
    watched.end().await;
}
