//! I17: a process that lost the writer's lock writes nothing any more, by whichever of its tasks.

use std::time::Duration;

use pedigree_indexer::{
    Config, Error, Service,
    api::Proxies,
    service::{ChainConfig, Feed},
    store::{StoreError, WriterLock},
};
use tokio_util::sync::CancellationToken;

use super::writer::cut_holder;
use crate::support::{
    histories::history,
    node::{Fault, Node},
    store,
};

const ENDS_WITHIN: Duration = Duration::from_secs(30);

fn config(database_url: &str, node: &Node) -> Config {
    Config {
        database_url: database_url.to_owned(),
        database_url_read: None,
        chain: Some(ChainConfig {
            rpc_url: node.url.clone(),
            feed: Feed::Polling,
            start_slot: None,
            witness_url: None,
            reconcile_every: Some(Duration::from_millis(100)),
        }),
        // Nothing but what writes: it ends when all of that has ended.
        http: None,
        content: None,
        stores: Vec::new(),
        trusted_proxies: Proxies::default(),
        statement_timeout: Duration::from_secs(3),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_repair_and_manifests_end_with_the_writers_lock() {
    let (direct, database) = store().await;
    let (chain, _) = history();
    let node = Node::start(chain).await;
    let shutdown = CancellationToken::new();
    let service = Service::start(config(database.url(), &node), shutdown.clone());
    let service = service.await.unwrap();
    // The connection that holds it is cut, and another process is faster.
    cut_holder(&direct).await;
    let _second = WriterLock::acquire(database.url()).await.unwrap();
    let ended = tokio::time::timeout(ENDS_WITHIN, service.join()).await;
    let ended = ended.expect("everything that writes ends");
    assert!(
        matches!(ended, Err(Error::Store(StoreError::SecondWriter))),
        "{ended:?}"
    );
    assert!(!shutdown.is_cancelled(), "the API is not asked to end");
}

#[tokio::test(flavor = "multi_thread")]
async fn i17_repair_and_manifests_end_with_a_halted_pipeline_which_gives_the_lock_up() {
    let (_direct, database) = store().await;
    let (chain, _) = history();
    let node = Node::start(chain).await;
    // A transaction version that this program cannot read.
    node.fail(|method, slot| (method == "getBlock" && slot == 13).then_some(Fault::Rpc(-32015)));
    let service = Service::start(config(database.url(), &node), CancellationToken::new());
    let service = service.await.unwrap();
    let ended = tokio::time::timeout(ENDS_WITHIN, service.join()).await;
    let ended = ended.expect("everything that writes ends");
    assert!(matches!(ended, Err(Error::Pipeline(_))), "{ended:?}");
    WriterLock::acquire(database.url()).await.unwrap();
}
