//! What puts an index right without reading the chain from its beginning.

use std::sync::Arc;

use anyhow::{Context, Result};
use pedigree_indexer::{
    Metrics, Progress,
    pipeline::{Pipeline, PipelineError, ROOM, repair::Repairer},
    source::{Finality, Persistent, RpcSource, Source, Wake},
    store::{Store as Database, StoreError},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::target::{Network, Store};

/// How often the node is caught up with before it is given up.
const ATTEMPTS: u32 = 5;

pub async fn replay_dead_letters(store: &Store) -> Result<Value> {
    let (store, _lock) = store.open_to_write().await?;
    Ok(serde_json::to_value(store.replay_dead_letters().await?)?)
}

pub async fn rebuild(store: &Store) -> Result<Value> {
    let (store, _lock) = store.open_to_write().await?;
    store.rebuild().await?;
    while store.spread_taint().await? {}
    Ok(json!({ "hash": hex::encode(store.table_hash().await?) }))
}

pub async fn reconcile(network: &Network) -> Result<Value> {
    let (source, store, _lock) = match network.open_to_write().await {
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::SecondWriter)) => {
            return Err(error).context(
                "a running `pedigree up` or `pedigree index run` compares accounts by itself, every ten minutes unless                  --reconcile-every says otherwise: wait for that, or do it here once that has stopped",
            );
        }
        opened => opened?,
    };
    let repairer = Repairer {
        source: &source,
        witness: None,
        store: &store,
        metrics: &Metrics::default(),
    };
    // No other writer runs, so that nobody else brings the index up to the node; and the node goes on meanwhile.
    let mut attempts = 0;
    let accounts = loop {
        catch_up(&source, &store).await?;
        attempts += 1;
        match repairer.reconcile().await {
            Err(PipelineError::Behind { .. }) if attempts < ATTEMPTS => continue,
            ended => break ended?,
        }
    };
    let gaps = repairer.fill_gaps().await?;
    Ok(json!({ "gaps": gaps, "accounts": accounts }))
}

/// Indexes what the node has by now.
async fn catch_up(source: &Persistent<RpcSource>, store: &Database) -> Result<()> {
    let (shutdown, metrics) = (CancellationToken::new(), Metrics::default());
    let pipeline = Pipeline {
        source: Arc::new(source.clone()),
        store: store.clone(),
        progress: Progress::default(),
        wake: Wake::start(None, metrics.clone(), shutdown.clone()),
        metrics,
        start_slot: None,
        until: Some(source.tip(Finality::Confirmed).await?),
        raw_only: false,
        room: ROOM,
    };
    Ok(pipeline.run(shutdown).await?)
}
