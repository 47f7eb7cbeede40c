//! The API in a process of its own, so that its processor time and memory are told apart from those of who asks.

use std::{
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use pedigree_indexer::{Service, service::Feed};
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use crate::service;

const LOOK_EVERY: Duration = Duration::from_millis(100);
const READY_WITHIN: Duration = Duration::from_secs(300);

/// What such a process is told.
#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    database_url: String,
    /// Follow this network, too.
    #[arg(long, requires = "ws_url")]
    rpc_url: Option<String>,
    #[arg(long)]
    ws_url: Option<String>,
}

/// Serves until its standard input ends.
pub async fn run(options: Options) -> Result<()> {
    let feed = options.ws_url.map_or(Feed::Polling, Feed::WebSocket);
    let config = service::config(
        options.database_url,
        options.rpc_url.map(|rpc_url| (rpc_url, feed)),
    );
    let shutdown = CancellationToken::new();
    let service = Service::start(config, shutdown.clone()).await?;
    println!("{}", service.http().context("the API does not listen")?);
    let mut told = Vec::new();
    tokio::io::stdin().read_to_end(&mut told).await?;
    shutdown.cancel();
    Ok(service.join().await?)
}

/// A process that serves a database. It ends when this is dropped, or this process is gone.
pub struct Server {
    child: Child,
    _stdin: ChildStdin,
    pub base: String,
    /// From the start of the process until it answers searches.
    pub ready_seconds: f64,
}

impl Server {
    /// Starts it, and waits until it answers searches.
    pub async fn start(database_url: &str, network: Option<(&str, &str)>) -> Result<Self> {
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--database-url", database_url]);
        if let Some((rpc, ws)) = network {
            command.args(["--rpc-url", rpc, "--ws-url", ws]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().context("it has no standard input")?;
        let stdout = child.stdout.take().context("it has no standard output")?;
        let address = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line)?;
            anyhow::Ok(line.trim().to_owned())
        });
        let base = format!("http://{}", address.await??);
        let mut server = Self {
            child,
            _stdin: stdin,
            base,
            ready_seconds: 0.0,
        };
        let search = format!("{}/v1/listings?limit=1", server.base);
        while !reqwest::get(&search)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            if begun.elapsed() > READY_WITHIN || server.child.try_wait()?.is_some() {
                bail!(
                    "the API does not answer searches after {:?}",
                    begun.elapsed()
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        server.ready_seconds = begun.elapsed().as_secs_f64();
        Ok(server)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ours alone, and nothing of it is kept.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
