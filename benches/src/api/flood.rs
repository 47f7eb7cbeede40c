//! How late indexing is while ten thousand requests are made at once, and while none is.
//!
//! The flood comes from a process of its own, at a lower priority than all else here: on a real network it does not come
//! from the index's own processors.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::{io::AsyncReadExt, sync::watch, task::JoinSet};

use super::{
    processor::{self, Watch},
    queries::Queries,
    server::Server,
    weights::WEIGHTS,
};
use crate::indexer::visible::{Embedded, Eye};

/// Requests at once.
const REQUESTS: usize = 10_000;
/// Addresses that they come from.
const CLIENTS: u8 = 20;
/// How much lower the flood's priority is.
const NICE: &str = "10";
/// How often is looked whether all of them have begun.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a flood is told.
#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    base: String,
    #[arg(long)]
    requests: usize,
    /// One path a line.
    #[arg(long)]
    paths: PathBuf,
}

/// What became of its requests.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Answers {
    /// By status; 0 where the connection was refused or lost.
    statuses: BTreeMap<u16, u64>,
    seconds: f64,
}

/// Asks until its standard input ends. Prints a line once all requests have begun, and at the end what became of them.
pub async fn run(options: Options) -> Result<()> {
    let paths = fs::read_to_string(&options.paths)?;
    let paths: Arc<Vec<String>> = Arc::new(paths.lines().map(str::to_owned).collect());
    let clients: Vec<reqwest::Client> = (0..CLIENTS)
        .map(|number| {
            let address = IpAddr::from(Ipv4Addr::new(127, 0, 1, number.saturating_add(1)));
            reqwest::Client::builder().local_address(address).build()
        })
        .collect::<Result<_, _>>()?;
    let (over, flooding) = watch::channel(false);
    let asking = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..options.requests {
        let (client, base) = (
            clients[number % clients.len()].clone(),
            options.base.clone(),
        );
        let (paths, flooding, asking) = (paths.clone(), flooding.clone(), asking.clone());
        running.spawn(async move {
            let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
            let mut next = number;
            asking.fetch_add(1, Ordering::Relaxed);
            while !*flooding.borrow() {
                let path = &paths[next % paths.len()];
                next += 7;
                let status = match client.get(format!("{base}{path}")).send().await {
                    Ok(answer) => {
                        let status = answer.status().as_u16();
                        // Read, so that the connection may be used again.
                        answer.bytes().await.map_or(0, |_| status)
                    }
                    Err(_) => 0,
                };
                *statuses.entry(status).or_default() += 1;
            }
            statuses
        });
    }
    while asking.load(Ordering::Relaxed) < options.requests {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    println!("all requests have begun");
    let mut told = Vec::new();
    tokio::io::stdin().read_to_end(&mut told).await?;
    over.send_replace(true);
    let mut answers = Answers {
        seconds: begun.elapsed().as_secs_f64(),
        ..Answers::default()
    };
    while let Some(ended) = running.join_next().await {
        for (status, count) in ended? {
            *answers.statuses.entry(status).or_default() += count;
        }
    }
    println!("{}", serde_json::to_string(&answers)?);
    Ok(())
}

/// Indexes an embedded network's blocks into set A's database, whose API answers the while, idle and flooded.
pub async fn measure(url: &str, all: &[Queries], listings: usize) -> Result<Value> {
    let paths = tempfile::NamedTempFile::new()?;
    fs::write(paths.path(), mixed(all).join("\n"))?;
    // The listings loaded are of no block; those of the network begin with its first.
    PgConnection::connect(url)
        .await?
        .execute("DELETE FROM cursor")
        .await?;
    let embedded = Embedded::start().await?;
    let server = Server::start(url, Some(embedded.urls())).await?;
    let mut lister = embedded.lister(Eye::of_database(url).await?);
    let idle = lister.lag(listings).await?;
    println!("indexing without requests: {idle:?}");
    let watch = Watch::start(server.process());
    let mut flood = start(&server.base, paths.path())?;
    let told = flood.stdout.take().context("it has no standard output")?;
    let told = tokio::task::spawn_blocking(move || swell(told)).await??;
    let flooded = lister.lag(listings).await?;
    println!("indexing under {REQUESTS} requests: {flooded:?}");
    let busy = watch.stop();
    let generator = processor::seconds(flood.id());
    // Its end is what it waits for.
    drop(flood.stdin.take());
    let answers = tokio::task::spawn_blocking(move || answers(told)).await??;
    flood.wait()?;
    drop(server);
    embedded.stop()?;
    let excess = answers
        .statuses
        .keys()
        .all(|status| [200, 429, 503].contains(status));
    Ok(json!({
        "requests_at_once": REQUESTS,
        "listings": listings,
        "idle_lag_ms": idle,
        "flooded_lag_ms": flooded,
        "bound_ms": 2.0 * idle.p99 + 500.0,
        "within": flooded.p99 <= 2.0 * idle.p99 + 500.0,
        "answers": answers,
        "only_200_429_503": excess,
        "busy": { "server": busy.server, "machine": busy.machine, "generator_seconds": generator },
    }))
}

/// Waits until all requests have begun.
fn swell(told: ChildStdout) -> Result<BufReader<ChildStdout>> {
    let mut told = BufReader::new(told);
    told.read_line(&mut String::new())?;
    Ok(told)
}

fn answers(mut told: BufReader<ChildStdout>) -> Result<Answers> {
    let mut text = String::new();
    told.read_to_string(&mut text)?;
    serde_json::from_str(&text).context("reading what became of the flood")
}

fn start(base: &str, paths: &Path) -> Result<Child> {
    let mut command = Command::new("nice");
    command.args(["-n", NICE]).arg(std::env::current_exe()?);
    command.args([
        "flood",
        "--base",
        base,
        "--requests",
        &REQUESTS.to_string(),
        "--paths",
    ]);
    command.arg(paths);
    let flood = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    flood.context("starting the flood")
}

/// Paths in the proportions of the mix.
fn mixed(all: &[Queries]) -> Vec<String> {
    let mut mixed = Vec::new();
    for (kind, weight) in WEIGHTS {
        if let Some(queries) = all.iter().find(|queries| queries.kind == kind) {
            mixed.extend(queries.paths.iter().take(weight as usize).cloned());
        }
    }
    mixed
}
