//! How late indexing is while ten thousand requests are made at once, and while none is: from the moment at which the chain
//! tells of a block until its listing is in the tables, until searches are of that block or a later one, as `/v1/status` or any
//! search tells, and until the first answer of a search is, which in a flood has waited for its turn.
//!
//! The flood comes from a process of its own, at a lower priority than all else here: on a real network it does not come
//! from the index's own processors. The figures say so (`generator_nice`).

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio_util::task::AbortOnDropHandle;

use super::{
    flood::{Answers, CLIENTS},
    processor::{self, Watch},
    queries::Queries,
    server::{self, Server},
    told::Told,
    weights::WEIGHTS,
};
use crate::indexer::visible::{Embedded, Eye, Listed, Spread};

/// How much lower the flood's priority is.
const NICE: &str = "10";
/// Pause of those who ask all the time how far searches are.
const ASK_EVERY: Duration = Duration::from_millis(4);
/// How often connections are counted.
const COUNT_EVERY: Duration = Duration::from_millis(500);

/// Lags in milliseconds from when the chain told of a block.
#[derive(Clone, Copy, Debug, Serialize)]
struct Lag {
    tables: Spread,
    search: Spread,
    answers: Spread,
}

/// How many listings are indexed either way, and how many requests are made at once.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub listings: usize,
    pub requests: usize,
}

/// Indexes an embedded network's blocks into the database of a server that answers the while, idle and flooded.
pub async fn measure(url: &str, server: &mut Server, all: &[Queries], size: Size) -> Result<Value> {
    let paths = tempfile::NamedTempFile::new()?;
    fs::write(paths.path(), mixed(all).join("\n"))?;
    // The listings loaded are of no block; those of the network begin with its first.
    PgConnection::connect(url)
        .await?
        .execute("DELETE FROM cursor")
        .await?;
    let embedded = Embedded::start().await?;
    server.follow(embedded.urls()).await?;
    let mut lister = embedded.lister(Eye::of_database(url).await?);
    let asking = Asking::start(&server.base);
    let listed = lister.listed(size.listings).await?;
    let idle = Lag::of(&listed, &asking.told())?;
    eprintln!("indexing without requests: {idle:?}");

    let watch = Watch::start(server.process());
    let connections = Connections::start(server)?;
    let mut flood = start(&server.base, paths.path(), size.requests)?;
    let told = flood.stdout.take().context("it has no standard output")?;
    let told = tokio::task::spawn_blocking(move || swell(told)).await??;
    let listed = lister.listed(size.listings).await?;
    let busy = watch.stop();
    let generator = processor::seconds(flood.id());
    let peak = connections.peak();
    // Its end is what it waits for.
    drop(flood.stdin.take());
    let answers = tokio::task::spawn_blocking(move || answers(told)).await??;
    flood.wait()?;
    let mut told = asking.told();
    told.searches.merge(answers.told);
    let flooded = Lag::of(&listed, &told)?;
    eprintln!("indexing under {} requests: {flooded:?}", size.requests);
    drop(lister);
    embedded.stop()?;

    let bound = 2.0 * idle.search.p99 + 500.0;
    let documented = |status: &u16| [200, 429, 503].contains(status);
    Ok(json!({
        "requests_at_once": size.requests,
        "clients": CLIENTS,
        "connections_peak": peak,
        "listings": size.listings,
        "idle_lag_ms": idle.search,
        "flooded_lag_ms": flooded.search,
        "bound_ms": bound,
        "within": flooded.search.p99 <= bound,
        "lags_ms": { "idle": idle, "flooded": flooded },
        "answers": {
            "statuses": answers.statuses,
            "lost": answers.lost,
            "per_s": answers.statuses.values().sum::<u64>() as f64 / answers.seconds,
            "seconds": answers.seconds,
        },
        "only_200_429_503": answers.statuses.keys().all(documented),
        "generator_nice": NICE,
        "busy": { "server": busy.server, "machine": busy.machine, "generator_seconds": generator },
    }))
}

impl Lag {
    fn of(listed: &[Listed], telling: &Telling) -> Result<Self> {
        let after = |told: &Told| {
            let lag = |listed: &Listed| {
                let at = told.reached(listed.slot);
                let at = at.context("nobody was told of a block")?;
                // What told of the block may come later than the block itself.
                anyhow::Ok(at.duration_since(listed.notified_at).unwrap_or_default())
            };
            let lags = listed.iter().map(lag).collect::<Result<_>>()?;
            anyhow::Ok(Spread::of(lags))
        };
        let stored = listed.iter().map(|listed| listed.stored_after);
        let mut either = telling.searches.clone();
        either.merge(telling.statuses.clone());
        Ok(Self {
            tables: Spread::of(stored.collect()),
            search: after(&either)?,
            answers: after(&telling.searches)?,
        })
    }
}

/// What answers told so far.
#[derive(Clone, Debug, Default)]
struct Telling {
    searches: Told,
    statuses: Told,
}

/// Who searches and asks for the status all the time, either one request after another; what is refused tells nothing.
struct Asking {
    telling: Arc<Mutex<Telling>>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

impl Asking {
    fn start(base: &str) -> Self {
        let telling = Arc::<Mutex<Telling>>::default();
        let ask = |path: &str, see: fn(&mut Telling, &[u8], SystemTime)| {
            let (url, telling) = (format!("{base}{path}"), telling.clone());
            AbortOnDropHandle::new(tokio::spawn(async move {
                let client = reqwest::Client::new();
                loop {
                    if let Ok(answer) = client.get(&url).send().await
                        && answer.status().is_success()
                        && let Ok(body) = answer.bytes().await
                    {
                        let at = SystemTime::now();
                        let mut telling = telling.lock().unwrap_or_else(PoisonError::into_inner);
                        see(&mut telling, &body, at);
                    }
                    tokio::time::sleep(ASK_EVERY).await;
                }
            }))
        };
        let searching = ask("/v1/listings?limit=1", |telling, body, at| {
            telling.searches.see(body, at);
        });
        let status = ask("/v1/status", |telling, body, at| {
            let status: Value = serde_json::from_slice(body).unwrap_or_default();
            if let Some(slot) = status["slot"].as_u64() {
                telling.statuses.reach(slot, at);
            }
        });
        Self {
            telling,
            _tasks: [searching, status],
        }
    }

    fn told(&self) -> Telling {
        let telling = self.telling.lock();
        telling.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts connections to a server all the time.
struct Connections {
    peak: Arc<AtomicUsize>,
    _counting: AbortOnDropHandle<()>,
}

impl Connections {
    fn start(server: &Server) -> Result<Self> {
        let port = server.port()?;
        let peak = Arc::<AtomicUsize>::default();
        let counted = peak.clone();
        let counting = tokio::spawn(async move {
            loop {
                let now = tokio::task::spawn_blocking(move || server::connections(port)).await;
                counted.fetch_max(now.unwrap_or_default(), Ordering::Relaxed);
                tokio::time::sleep(COUNT_EVERY).await;
            }
        });
        Ok(Self {
            peak,
            _counting: AbortOnDropHandle::new(counting),
        })
    }

    fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }
}

/// Waits until all requests were answered once.
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

fn start(base: &str, paths: &Path, requests: usize) -> Result<Child> {
    let mut command = server::with_all_files("nice");
    command.args(["-n", NICE]).arg(std::env::current_exe()?);
    command.args([
        "flood",
        "--base",
        base,
        "--requests",
        &requests.to_string(),
        "--paths",
    ]);
    command.arg(paths);
    let flood = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    flood.context("starting the flood")
}

/// Paths in the proportions of the mix.
fn mixed(all: &[Queries]) -> Vec<&str> {
    let mut mixed = Vec::new();
    for (kind, weight) in WEIGHTS {
        if let Some(queries) = all.iter().find(|queries| queries.kind == kind) {
            let paths = queries.asks.iter().map(|ask| &ask.path[..]);
            mixed.extend(paths.take(weight as usize));
        }
    }
    mixed
}
