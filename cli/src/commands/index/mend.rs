//! What puts an index right without reading the chain from its beginning.

use anyhow::Result;
use pedigree_indexer::{Metrics, pipeline::repair::Repairer};
use serde_json::{Value, json};

use super::target::{Network, Store};

pub async fn replay_dead_letters(store: &Store) -> Result<Value> {
    let (store, _lock) = store.open_to_write().await?;
    Ok(serde_json::to_value(store.replay_dead_letters().await?)?)
}

pub async fn rebuild(store: &Store) -> Result<Value> {
    let (store, _lock) = store.open_to_write().await?;
    store.rebuild().await?;
    Ok(json!({ "hash": hex::encode(store.table_hash().await?) }))
}

pub async fn reconcile(network: &Network) -> Result<Value> {
    let (source, store, _lock) = network.open_to_write().await?;
    let repairer = Repairer {
        source: &source,
        store: &store,
        metrics: &Metrics::default(),
    };
    let gaps = repairer.fill_gaps().await?;
    let accounts = repairer.reconcile().await?;
    Ok(json!({ "gaps": gaps, "accounts": accounts }))
}
