//! Pushed blocks end in the tables of a clean run, whatever becomes of the stream.

use std::time::Duration;

use pedigree_indexer::{
    Config, Service,
    api::Status,
    decode::{BlockError, decode},
    pipeline::PipelineError,
    service::{ChainConfig, Feed},
    source::{
        Block, InnerInstructions, LoadedAddresses, RpcSource, SourceError, Version,
        yellowstone::{self, PushError, YellowstoneSource, extract},
    },
    store::Store,
};
use pedigree_localnet::postgres::TestDatabase;
use pedigree_sdk::programs;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use yellowstone_grpc_proto::geyser::{SubscribeUpdateBlock, subscribe_update::UpdateOneof};

use crate::{
    faults::{figure, long_history},
    forks::other_history,
    pipeline::{Running, clean_hash, run_source},
    store::history,
    support::{
        Chain, Market,
        chain::{LISTING_INDEX, base58, instruction, to_json, transaction},
        market::New,
        node::Node,
        store,
        yellowstone::{Yellowstone, message},
    },
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
        let node = Node::start(until(chain, slot)).await;
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
        let chain = until(chain, slot);
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
        let frontier = self.store.frontier().await.unwrap();
        frontier.is_some_and(|frontier| frontier.slot >= slot)
    }

    async fn in_time(&self, waiting: impl Future<Output = ()>) {
        let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        waited.unwrap_or_else(|_| panic!("{:?}", self.running.progress.snapshot()));
    }

    async fn figure(&self, name: &str) -> u64 {
        let status = Status::read(self.store.pool(), &Default::default(), Default::default()).await;
        let text = self.running.metrics.text(&status.unwrap());
        figure(&text, &format!("pedigree_yellowstone_{name}_total"))
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

fn until(chain: &Chain, slot: u64) -> Chain {
    let mut part = chain.clone();
    part.blocks.retain(|(found, _)| *found <= slot);
    part
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

/// How a push goes wrong.
fn broken(rng: &mut StdRng, mut block: SubscribeUpdateBlock) -> SubscribeUpdateBlock {
    let last = block.transactions.last_mut().unwrap();
    match rng.random_range(0..9) {
        0 => {
            block.transactions.pop();
        }
        1 => block.transactions.clear(),
        2 => last.index = 0,
        3 => last.meta = None,
        4 => last.transaction = None,
        5 => last.meta.as_mut().unwrap().inner_instructions_none = true,
        6 => block.blockhash.truncate(20),
        7 => block.parent_blockhash.clear(),
        // Of a future that nothing leads to.
        _ => {
            block.slot += 1_000;
            block.parent_slot += 1_000;
        }
    }
    block
}

#[tokio::test]
async fn duplicates_holes_disorder_and_parts_of_blocks_end_in_the_tables_of_a_clean_run() {
    let chain = long_history(150);
    let mut rng = StdRng::seed_from_u64(3);
    let followed = Followed::start(&chain, 12, PATIENT).await;
    let mut late = Vec::new();
    for (slot, block) in &chain.blocks {
        let whole = message(*slot, block);
        let push = |block| followed.server.send(UpdateOneof::Block(block));
        match rng.random_range(0..10) {
            0 => {}
            1 => late.push(whole),
            2 => push(broken(&mut rng, whole)),
            3 => {
                push(broken(&mut rng, whole.clone()));
                push(whole);
            }
            4 => {
                push(whole.clone());
                push(whole);
            }
            _ => push(whole),
        }
        if rng.random_bool(0.2) {
            late.shuffle(&mut rng);
            late.drain(..).for_each(push);
        }
        if rng.random_bool(0.02) {
            followed.server.end(None);
        }
        // The node is a little behind.
        followed.node_has(&chain, slot.saturating_sub(2).max(12));
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..20))).await;
    }
    followed.node_has(&chain, chain.tip());
    followed.stored(chain.tip()).await;
    let taken = followed.figure("blocks").await;
    let refused = followed.figure("refused_blocks").await;
    println!("taken {taken}, refused {refused}");
    assert!(taken > 0 && refused > 0, "this proved nothing");
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn i9_random_forks_of_the_stream_end_in_the_tables_of_a_clean_run() {
    let mut rng = StdRng::seed_from_u64(19);
    let mut chain = Chain::default();
    let mut market = Market::at(10);
    chain.push_events([market.profile("alice", "Alice")]);
    let followed = Followed::start(&chain, 10, PATIENT).await;
    // Markets at each slot, so that a fork goes on from the state at its beginning.
    let mut states = vec![(chain.tip(), market.clone())];
    for round in 0..40 {
        if rng.random_bool(0.4) {
            let back = rng.random_range(0..states.len().min(5));
            states.truncate(states.len() - back);
            let (slot, state) = states.last().unwrap().clone();
            market = state;
            chain = chain.fork_after(slot, &format!("round {round}"));
        }
        let mut new = Vec::new();
        for _ in 0..rng.random_range(1..4) {
            market.slot = chain.tip() + rng.random_range(1..3);
            let renamed = market.profile("alice", &format!("Alice {round}"));
            let (listing, registered) = market.register(&New {
                key: &format!("model/{round}"),
                name: &format!("name {round}"),
                ..New::default()
            });
            let events = [registered, renamed, market.activate(&listing)];
            let name = format!("{round} at {} of {}", market.slot, chain.fork);
            new.push(chain.push_at(market.slot, vec![transaction(&name, events)]));
            states.push((chain.tip(), market.clone()));
        }
        let (_, newest) = chain.blocks.split_at(chain.blocks.len() - new.len());
        let mut newest = newest.to_vec();
        if rng.random_bool(0.2) {
            newest.shuffle(&mut rng);
        }
        for (slot, block) in &newest {
            followed.server.push(*slot, block);
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..30))).await;
        followed.node_has(&chain, chain.tip());
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..30))).await;
    }
    // A fork that is shorter than what was read is seen once it has grown past it.
    for _ in 0..30 {
        let slot = chain.push(Vec::new());
        followed.server.push(slot, &chain.blocks.last().unwrap().1);
    }
    followed.node_has(&chain, chain.tip());
    followed.stored(chain.tip()).await;
    let orphans: i64 = sqlx::query_scalar("SELECT count(*) FROM orphan_blocks")
        .fetch_one(followed.store.pool())
        .await
        .unwrap();
    let taken = followed.figure("blocks").await;
    println!("taken {taken}, orphans {orphans}");
    assert!(taken > 0 && orphans > 0, "this proved nothing");
    followed.ends_as(&chain).await;
}

#[tokio::test]
async fn i9_a_fork_that_only_the_server_saw_is_undone_once_another_is_final() {
    let (first, _) = history();
    let second = other_history();
    let followed = Followed::start(&first, 13, PATIENT).await;
    followed.stored_from_stream(&first, 12, first.tip()).await;
    followed.node_has(&second, 16);
    followed.node.finalize(16);
    let undone = async {
        while followed.store.frontier().await.unwrap().unwrap().slot != 16 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    followed.in_time(undone).await;
    followed.node_has(&second, second.tip());
    followed.ends_as(&second).await;
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
async fn i7_a_transaction_of_an_unknown_version_is_left_to_the_node_and_halts() {
    let (mut chain, mut market) = history();
    let mut unknown = transaction("new", [market.profile("alice", "Al")]);
    unknown.version = Version::Number(2);
    let slot = chain.push(vec![unknown]);
    let (_, block) = chain.blocks.last().unwrap();
    assert_eq!(
        extract(message(slot, block)),
        Err(PushError::UnknownForm { slot, index: 0 })
    );
    let followed = Followed::start(&chain, slot - 1, PATIENT).await;
    followed.stored_from_stream(&chain, 12, slot - 1).await;
    followed.server.push(slot, block);
    followed.node_has(&chain, slot);
    let (error, _) = followed.running.halted().await;
    let unknown = BlockError::UnknownVersion { slot, tx_index: 0 };
    assert!(
        matches!(&error, PipelineError::Source(SourceError::Block(found)) if *found == unknown),
        "{error}"
    );
}

#[test]
fn a_pushed_block_and_its_json_are_decoded_to_the_same() {
    let mut market = Market::at(10);
    let mut events = || {
        [
            market.profile("alice", "Alice"),
            market.register(&New::default()).1,
        ]
    };
    let plain = transaction("plain", events());
    let mut failed = transaction("failed", events());
    failed.meta.as_mut().unwrap().err = Some(json!({"InstructionError": [0, {"Custom": 1}]}));
    let mut several = transaction("several", events());
    several.version = Version::Number(1);
    let meta = several.meta.as_mut().unwrap();
    meta.log_messages.truncated = true;
    meta.inner_instructions
        .as_mut()
        .unwrap()
        .push(InnerInstructions {
            index: 3,
            instructions: vec![
                instruction(3, events()[0].encode()),
                instruction(LISTING_INDEX, events()[0].encode()),
                // No event, and one that cannot be read.
                instruction(LISTING_INDEX, vec![1, 2, 3]),
                instruction(LISTING_INDEX, events()[0].encode()[..60].to_vec()),
            ],
        });
    let mut loaded = transaction("loaded", []);
    loaded.version = Version::Number(0);
    loaded.transaction.message.account_keys.truncate(1);
    let meta = loaded.meta.as_mut().unwrap();
    meta.loaded_addresses = Some(LoadedAddresses {
        writable: vec![base58([5; 32]).into()],
        readonly: vec![programs::LISTING.to_string().into()],
    });
    let groups = meta.inner_instructions.as_mut().unwrap();
    groups[0]
        .instructions
        .push(instruction(2, events()[0].encode()));
    let mut chain = Chain::default();
    let slot = chain.push(vec![plain, failed, several, loaded]);
    let (_, block) = &chain.blocks[0];
    let from_json: Block = serde_json::from_value(to_json(block)).unwrap();
    let expected = decode(slot, &from_json).unwrap();
    assert_eq!((expected.events.len(), expected.dead_letters.len()), (6, 1));
    assert_eq!(expected.truncated_logs, 1);
    let mut pushed = message(slot, block);
    // In any order: they are numbered.
    pushed.transactions.reverse();
    assert_eq!(
        pedigree_indexer::decode::read(extract(pushed).unwrap()),
        expected
    );
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
        let stored = async {
            while service.store().frontier().await.unwrap().map(|f| f.slot) != Some(chain.tip()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), stored)
            .await
            .unwrap();
        let hash = service.store().table_hash().await.unwrap();
        shutdown.cancel();
        service.join().await.unwrap();
        assert_eq!(hash, clean_hash(&chain).await);
    }
}
