//! `pedigree index run`: pipeline and manifest worker, and the API where one is asked for.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Args;
use pedigree_indexer::{
    Config, Service,
    manifest::{ContentStore, ManifestStore},
    service::{ChainConfig, Feed},
};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::target::Deployment;
#[cfg(feature = "yellowstone")]
use super::yellowstone;
use crate::{endpoints::Endpoints, output::Output, proxies::Trusted, session::manifests_folder};

/// Longest query of the API.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a clean stop may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often progress is looked at before it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub struct Options {
    /// The network to follow; that of the deployment unless given.
    #[arg(long, value_name = "URL")]
    rpc_url: Option<String>,
    /// The same network's WebSocket; without one, new blocks are found by polling.
    #[arg(long, value_name = "URL")]
    ws_url: Option<String>,
    #[cfg(feature = "yellowstone")]
    #[command(flatten)]
    yellowstone: yellowstone::Options,
    /// Where to index it, that of the deployment unless given; one writer at a time.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Where the API reads, such as a replica of that database; the same unless given.
    #[arg(
        long,
        value_name = "URL",
        env = "DATABASE_URL_READ",
        hide_env_values = true
    )]
    database_url_read: Option<String>,
    /// Serve the API here; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<SocketAddr>,
    #[command(flatten)]
    trusted: Trusted,
    #[command(flatten)]
    deployment: Deployment,
    /// A second node, which has to name the same blocks: where the two disagree for seconds,
    /// indexing stops.
    #[arg(long, value_name = "URL")]
    witness_url: Option<String>,
    /// Seconds between two comparisons of every account with the network's; 0 for none.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    reconcile_every: u64,
    /// Where an empty database begins; the node's first block unless given.
    #[arg(long, value_name = "SLOT")]
    start_slot: Option<u64>,
    /// Fetch manifests from here too: a folder laid out as a content store, or a prefix of URLs.
    #[arg(long = "store", value_name = "DIR|URL", value_parser = ManifestStore::parse)]
    stores: Vec<ManifestStore>,
}

pub async fn run(options: Options, output: Output) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let config = config(options)?;
    let shutdown = CancellationToken::new();
    let service = tokio::select! {
        service = Box::pin(Service::start(config, shutdown.clone())) => service?,
        // It waits for a node that does not answer.
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = follow(&service, output) => outcome,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    shutdown.cancel();
    let stopped = tokio::time::timeout(STOP_TIMEOUT, service.join()).await;
    outcome?;
    stopped.with_context(|| format!("the indexer did not stop within {STOP_TIMEOUT:?}"))??;
    Ok(())
}

fn config(options: Options) -> Result<Config> {
    let deployment = options.deployment;
    let (rpc, database) = (options.rpc_url.as_ref(), options.database_url.as_ref());
    let rpc_url = deployment.unless(rpc, "--rpc-url", |endpoints| endpoints.rpc)?;
    let database_url =
        deployment.unless(database, "--database-url", |endpoints| endpoints.database)?;
    // Another network's WebSocket would only wake it for nothing.
    let ws_url = match (options.ws_url, rpc) {
        (None, None) => Some(Endpoints::read(deployment.file())?.ws),
        (given, _) => given,
    };
    let serves_it = deployment.is_named() || rpc.is_none() || database.is_none();
    let content = serves_it.then(|| ContentStore::new(manifests_folder(deployment.file())));
    let mut stores = options.stores;
    stores.extend(content.clone().map(ManifestStore::Folder));
    let feed = ws_url.map_or(Feed::Polling, Feed::WebSocket);
    #[cfg(feature = "yellowstone")]
    let feed = options.yellowstone.feed().unwrap_or(feed);
    Ok(Config {
        database_url,
        database_url_read: options.database_url_read,
        chain: Some(ChainConfig {
            rpc_url,
            feed,
            start_slot: options.start_slot,
            witness_url: options.witness_url,
            reconcile_every: Some(Duration::from_secs(options.reconcile_every))
                .filter(|every| !every.is_zero()),
        }),
        http: options.http,
        content,
        stores,
        trusted_proxies: options.trusted.proxies(),
        statement_timeout: STATEMENT_TIMEOUT,
    })
}

/// Says when it is ready, and ends when indexing halts.
async fn follow(service: &Service, output: Output) -> Result<()> {
    let mut ready = false;
    loop {
        if let Some(alarm) = service.indexing().alarm {
            bail!("the indexer has halted: {alarm}");
        }
        // The pipeline waits for a database that is away, and tells of it.
        let frontier = service.store().frontier().await.ok().flatten();
        let slot = frontier.map(|frontier| frontier.slot);
        let found = slot.is_some_and(|slot| service.finds(slot)) || slot.is_none();
        if !ready && found && slot >= service.tip_at_start() {
            ready = true;
            let http = service.http().map(|address| format!("http://{address}"));
            match output {
                Output::Text => println!(
                    "ready{}",
                    http.map(|http| format!(" {http}")).unwrap_or_default()
                ),
                Output::Json => output.result(&json!({"ready": true, "slot": slot, "http": http})),
            }
        }
        tokio::time::sleep(if ready { STOP_TIMEOUT / 10 } else { LOOK_EVERY }).await;
    }
}
