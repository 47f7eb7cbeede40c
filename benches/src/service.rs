//! The indexer as measurements run it.

use std::time::Duration;

use pedigree_indexer::{
    Config,
    api::Proxies,
    service::{ChainConfig, Feed},
};

/// Serves a database on a free port, and follows a network where one is given: its node, and how it tells of blocks.
pub fn config(database_url: String, network: Option<(String, Feed)>) -> Config {
    Config {
        database_url,
        database_url_read: None,
        chain: network.map(|(rpc_url, feed)| ChainConfig {
            rpc_url,
            feed,
            start_slot: None,
            witness_url: None,
            reconcile_every: None,
        }),
        http: Some(([127, 0, 0, 1], 0).into()),
        content: None,
        stores: Vec::new(),
        trusted_proxies: Proxies::default(),
        statement_timeout: Duration::from_secs(5),
    }
}
