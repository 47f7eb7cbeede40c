//! Pushed blocks end in the tables of a clean run, whatever becomes of the stream.

mod disorder;
mod messages;

use std::time::Duration;

use pedigree_indexer::{
    Config, Service,
    api::Proxies,
    service::{ChainConfig, Feed},
    source::{
        RpcSource,
        yellowstone::{self, YellowstoneSource},
    },
    store::{Store, manifests},
};
use pedigree_localnet::postgres::TestDatabase;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Chain, IN_TIME,
    histories::{history, long_history},
    node::Node,
    running::{Running, clean_hash, figure, frontier, run_source},
    store, until,
    yellowstone::Yellowstone,
};

/// An indexer between a node and a server.
struct Followed {
    node: Node,
    server: Yellowstone,
    store: Store,
    _database: TestDatabase,
    running: Running,
}

impl Followed {
    /// With a node that has the chain up to a slot.
    async fn start(chain: &Chain, slot: u64, silence: Duration) -> Self {
        let node = Node::start(chain.until(slot)).await;
        let server = Yellowstone::start(None).await;
        let (store, database) = store().await;
        let config = yellowstone::Config {
            silence,
            ..yellowstone::Config::new(&server.url, None)
        };
        let rpc = RpcSource::new(&node.url).unwrap();
        let running = run_source(&store, None, |wake, metrics, shutdown| {
            YellowstoneSource::start(rpc, config, wake, metrics, shutdown).unwrap()
        });
        server.opened(1).await;
        Self {
            node,
            server,
            store,
            _database: database,
            running,
        }
    }

    fn node_has(&self, chain: &Chain, slot: u64) {
        let chain = chain.until(slot);
        self.node.edit(move |held| *held = chain);
    }

    /// Pushes the blocks from one slot to another, again and again, until the last is stored. That the node does not
    /// have it proves that it came from the stream.
    async fn stored_from_stream(&self, chain: &Chain, from: u64, to: u64) {
        let pushing = async {
            while !self.has(to).await {
                for (slot, block) in &chain.blocks {
                    if (from..=to).contains(slot) {
                        self.server.push(*slot, block);
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        self.in_time(pushing).await;
    }

    async fn stored(&self, slot: u64) {
        let waiting = async {
            while !self.has(slot).await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        self.in_time(waiting).await;
    }

    async fn has(&self, slot: u64) -> bool {
        frontier(&self.store).await >= Some(slot)
    }

    async fn in_time(&self, waiting: impl Future<Output = ()>) {
        let waited = tokio::time::timeout(IN_TIME, waiting).await;
        waited.unwrap_or_else(|_| panic!("{:?}", self.running.progress.snapshot()));
    }

    async fn figure(&self, name: &str) -> u64 {
        let name = format!("pedigree_yellowstone_{name}_total");
        figure(&self.store, &self.running.metrics, &name).await
    }

    /// Stops, with the tables of a clean run over `chain`.
    async fn ends_as(self, chain: &Chain) {
        self.stored(chain.tip()).await;
        self.running.stop().await;
        assert_eq!(
            self.store.table_hash().await.unwrap(),
            clean_hash(chain).await
        );
    }
}

const PATIENT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn pushed_blocks_are_stored_while_the_node_has_none_of_them() {
    let (chain, _) = history();
    let followed = Followed::start(&chain, 12, PATIENT).await;
    followed.server.ping().await;
    followed.stored_from_stream(&chain, 12, chain.tip()).await;
    assert_eq!(followed.figure("reconnects").await, 0);
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn what_is_missed_while_a_stream_is_down_comes_from_the_node_and_then_the_stream_goes_on() {
    let chain = long_history(60);
    let followed = Followed::start(&chain, 12, PATIENT).await;
    let errors = [
        None,
        Some(tonic::Status::unavailable("restarting")),
        Some(tonic::Status::resource_exhausted("too slow")),
    ];
    let mut slot = 12;
    for (round, error) in errors.into_iter().enumerate() {
        followed.stored_from_stream(&chain, slot, slot + 5).await;
        followed.server.end(error);
        slot += 10;
        followed.node_has(&chain, slot);
        followed.stored(slot).await;
        followed.server.opened(round + 2).await;
    }
    followed.stored_from_stream(&chain, slot, chain.tip()).await;
    assert!(followed.figure("reconnects").await >= 3);
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn a_stream_that_hangs_is_passed_by_the_node_and_made_anew() {
    let chain = long_history(30);
    let followed = Followed::start(&chain, 12, Duration::from_secs(1)).await;
    followed.stored_from_stream(&chain, 12, 16).await;
    // It stays open and answers pings.
    followed.server.ping().await;
    followed.node_has(&chain, 20);
    followed.stored(20).await;
    followed.server.opened(2).await;
    followed.stored_from_stream(&chain, 20, chain.tip()).await;
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn nothing_is_taken_from_a_server_of_another_network() {
    let (chain, _) = history();
    let mut other = chain.fork_after(9, "another network");
    for _ in 0..9 {
        other.push(Vec::new());
    }
    let followed = Followed::start(&chain, 12, PATIENT).await;
    for (slot, block) in &other.blocks {
        followed.server.push(*slot, block);
    }
    followed.server.opened(2).await;
    followed.node_has(&chain, chain.tip());
    followed.stored(chain.tip()).await;
    assert_eq!(followed.figure("blocks").await, 0);
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn the_service_follows_a_server_that_asks_for_a_token_and_a_witness() {
    const TOKEN: &str = "open sesame";
    let (chain, _) = history();
    let node = Node::start(chain.clone()).await;
    let witness = Node::start(chain.clone()).await;
    let server = Yellowstone::start(Some(TOKEN)).await;
    for token in [None, Some(TOKEN.parse().unwrap())] {
        let database = TestDatabase::create().await;
        let authorized = token.is_some();
        let config = Config {
            database_url: database.url().to_owned(),
            database_url_read: None,
            chain: Some(ChainConfig {
                rpc_url: node.url.clone(),
                feed: Feed::Yellowstone(yellowstone::Config::new(&server.url, token)),
                start_slot: None,
                witness_url: Some(witness.url.clone()),
                reconcile_every: None,
            }),
            http: None,
            content: None,
            stores: Vec::new(),
            trusted_proxies: Proxies::default(),
            statement_timeout: Duration::from_secs(3),
        };
        assert!(!format!("{config:?}").contains(TOKEN));
        let shutdown = CancellationToken::new();
        let service = Service::start(config, shutdown.clone()).await.unwrap();
        if authorized {
            server.opened(1).await;
        } else {
            server.refused().await;
        }
        until("the chain is stored", async || {
            frontier(service.store()).await == Some(chain.tip())
        })
        .await;
        let store = service.store().clone();
        shutdown.cancel();
        service.join().await.unwrap();
        // The worker for manifests may have refused some by now: no store is named here.
        manifests::reconsider(store.pool()).await.unwrap();
        assert_eq!(store.table_hash().await.unwrap(), clean_hash(&chain).await);
    }
}
