//! `pedigree index serve`: the API alone.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use pedigree_indexer::{Metrics, Progress, api::Api, manifest::ContentStore};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use super::{run::STATEMENT_TIMEOUT, target::Deployment};
use crate::{output::Output, proxies::Trusted};

/// How long a clean stop may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Options {
    /// The index's database, or a replica of it; that of the deployment unless given.
    #[arg(
        long,
        value_name = "URL",
        env = "DATABASE_URL_READ",
        hide_env_values = true
    )]
    database_url_read: Option<String>,
    /// Listen here; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    http: SocketAddr,
    #[command(flatten)]
    trusted: Trusted,
    /// The manifests to serve: a folder laid out as a content store.
    #[arg(long, value_name = "DIR")]
    store: Option<std::path::PathBuf>,
    #[command(flatten)]
    deployment: Deployment,
}

pub async fn run(options: Options, output: Output) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let given = options.database_url_read.as_ref();
    let url = options
        .deployment
        .unless(given, "--database-url-read", |endpoints| endpoints.database)?;
    let listener = TcpListener::bind(options.http)
        .await
        .with_context(|| format!("cannot listen on {} (--http)", options.http))?;
    let http = format!("http://{}", listener.local_addr()?);
    let shutdown = CancellationToken::new();
    let api = Api::connect(
        &url,
        STATEMENT_TIMEOUT,
        Progress::default(),
        Metrics::default(),
        options.store.map(ContentStore::new),
        shutdown.clone(),
    )
    .await
    .context("--database-url-read: connecting to the index's database")?;
    let mut serving = tokio::spawn(api.clone().serve(listener, options.trusted.proxies()));
    let ready = async {
        api.loaded().await;
        match output {
            Output::Text => println!("ready {http}"),
            Output::Json => output.result(&json!({"ready": true, "http": http})),
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = ready => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    shutdown.cancel();
    let stopped = tokio::time::timeout(STOP_TIMEOUT, serving).await;
    stopped.with_context(|| format!("the API did not stop within {STOP_TIMEOUT:?}"))??;
    Ok(())
}
