//! The whole service against the embedded network.

use std::time::Duration;

use pedigree_indexer::{
    Config, Error, Service, State,
    api::Proxies,
    service::{ChainConfig, Feed},
    store::StoreError,
};
use pedigree_localnet::{network::Network, postgres::TestDatabase};
use solana_keypair::Keypair;
use tokio_util::sync::CancellationToken;

use crate::support::until;

fn config(network: &Network, database: &TestDatabase) -> Config {
    Config {
        database_url: database.url().to_owned(),
        database_url_read: None,
        chain: Some(ChainConfig {
            rpc_url: network.rpc_url().to_owned(),
            feed: Feed::WebSocket(network.ws_url().to_owned()),
            start_slot: None,
            witness_url: None,
            reconcile_every: None,
        }),
        http: Some("127.0.0.1:0".parse().unwrap()),
        content: None,
        stores: Vec::new(),
        trusted_proxies: Proxies::default(),
        statement_timeout: Duration::from_secs(3),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_network_is_followed_across_a_restart_and_another_one_is_refused() {
    let network = Network::start(&Keypair::new(), Vec::new(), 1_000_000_000)
        .await
        .unwrap();
    let database = TestDatabase::create().await;
    let mut reached = 0;
    for _ in 0..2 {
        let shutdown = CancellationToken::new();
        let service = Service::start(config(&network, &database), shutdown.clone())
            .await
            .unwrap();
        let readyz = format!("http://{}/readyz", service.http().unwrap());
        until("the network is followed", async || {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let status = service.status().await.unwrap();
            let ready = reqwest::get(&readyz).await.unwrap().status();
            println!("{ready}: {status:?}");
            status.slot > Some(reached + 60)
                && status.finalized_slot > Some(reached)
                && status.indexing.state == State::Running
                && ready == 200
        })
        .await;
        let status = service.status().await.unwrap();
        reached = status.slot.unwrap();
        assert_eq!(status.indexing.rent_per_byte, Some(6_960));
        let holes: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM blocks b WHERE NOT EXISTS (SELECT FROM blocks p WHERE p.slot = b.parent_slot)",
        )
        .fetch_one(service.store().pool())
        .await
        .unwrap();
        assert_eq!(holes, 1, "only the first block has no parent here");
        shutdown.cancel();
        service.join().await.unwrap();
    }
    network.stop().unwrap();
    // The genesis hash of the embedded network depends on the second of its start.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let other = Network::start(&Keypair::new(), Vec::new(), 1_000_000_000)
        .await
        .unwrap();
    let refused = Service::start(config(&other, &database), CancellationToken::new()).await;
    assert!(
        matches!(refused, Err(Error::Store(StoreError::OtherNetwork { .. }))),
        "{refused:?}"
    );
    other.stop().unwrap();
}
