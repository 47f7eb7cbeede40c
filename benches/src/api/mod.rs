//! Search and lineage at a million listings, over HTTP. Writes `target/bench/api.json`.

mod catalogue;
mod client;
mod deep;
mod exact;
pub mod flood;
mod indexes;
mod listings;
mod load;
mod market;
mod naive;
mod processor;
mod queries;
mod rows;
mod sample;
pub mod server;
mod vocabulary;
mod weights;

use std::{fs, fs::Permissions, os::unix::fs::PermissionsExt, time::Instant};

use anyhow::{Context, Result};
use clap::Args;
use pedigree_localnet::postgres::{Durability, Postgres};
use serde_json::{Value, json};

use crate::{indexer::machine, report};
use client::Measured;
use processor::Watch;
use queries::{Queries, Source};
use server::Server;

const CLIENTS: usize = 16;
/// Searches whose pages are followed.
const WALKS: usize = 24;

#[derive(Debug, Args)]
pub struct Options {
    /// Listings of set A.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    listings: usize,
    /// Listings of set B; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    nodes: usize,
    /// Requests of each kind; the rivals are asked a tenth of it.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    queries: usize,
    /// Random queries that are compared with a scan of all listings.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    exact: usize,
    /// Listings whose indexing is timed without requests, and as many under a flood of them; 0 for neither.
    #[arg(long, value_name = "N", default_value_t = 100)]
    flood: usize,
    /// Only these kinds, each by its name.
    #[arg(long, value_name = "KIND")]
    only: Vec<String>,
}

pub async fn run(options: Options) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    // Postgres's account has to enter it, too.
    fs::set_permissions(temporary.path(), Permissions::from_mode(0o711))?;
    let server = temporary.path().join("postgres");
    let postgres = Postgres::start(&server, Durability::Durable)?;
    let report = measure(&postgres, &options).await;
    postgres.stop();
    let report = report?;
    report::write("api.json", &report)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// What is measured, in the order in which it is.
#[derive(Default)]
struct Found {
    queries: Vec<Measured>,
    naive: Vec<Measured>,
}

async fn measure(postgres: &Postgres, options: &Options) -> Result<Value> {
    let load_before = machine::load();
    let begun = Instant::now();
    let mut found = Found::default();
    let deep = lineage(postgres, options, &mut found).await?;
    let mut listings = searches(postgres, options, &mut found).await?;
    let (exact, flood) = (listings["exact"].take(), listings["flood"].take());
    Ok(json!({
        "listings": listings["loaded"]["listings"],
        "edges": listings["loaded"]["edges"],
        "queries": found.queries,
        "naive": found.naive,
        "exact": exact,
        "flood": flood,
        "set_a": listings,
        "set_b": deep,
        "seconds": begun.elapsed().as_secs_f64(),
        "seed": listings::SEED,
        "weights": weights::WEIGHTS.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
        "machine": machine::facts(postgres).await?,
        "load": { "before": load_before, "after": machine::load() },
    }))
}

/// Set B first: it is gone before set A takes its place on the disk.
async fn lineage(postgres: &Postgres, options: &Options, found: &mut Found) -> Result<Value> {
    if options.nodes == 0 {
        return Ok(Value::Null);
    }
    let url = load::database(postgres, "lineage").await?;
    let loaded = deep::load(&url, options.nodes).await?;
    println!("set B: {loaded:?}");
    let server = Server::start(&url, None).await?;
    let watch = Watch::start(server.process());
    for queries in queries::of_lineage(options.nodes, options.queries) {
        found.ask(&server, "B", &queries, options).await?;
    }
    let busy = watch.stop();
    let memory = processor::memory(server.process());
    drop(server);
    naive::lineage(&url, "B", &naive::deep_roots(options), found).await?;
    postgres.drop_database("lineage").await?;
    Ok(json!({ "loaded": loaded, "busy": busy, "server_rss_bytes": memory.0 }))
}

async fn searches(postgres: &Postgres, options: &Options, found: &mut Found) -> Result<Value> {
    let url = load::database(postgres, "listings").await?;
    let (loaded, sample) = load::listings(&url, options.listings).await?;
    println!("set A: {loaded:?}");
    let server = Server::start(&url, None).await?;
    let ready_seconds = server.ready_seconds;
    println!("the API is ready after {ready_seconds} s");
    let mut all = queries::of_listings(&sample, options.queries)?;
    let source = Source::new(&sample);
    let walks = source.walks(WALKS).context("nothing to follow")?;
    all.extend(client::pages(&server.base, &walks, options.queries).await?);
    let watch = Watch::start(server.process());
    for queries in &all {
        found.ask(&server, "A", queries, options).await?;
    }
    let one = watch.stop();
    let watch = Watch::start(server.process());
    let mix = client::mix(&server.base, &all, CLIENTS, options.queries).await?;
    println!("{mix:?}");
    found.queries.push(mix);
    let sixteen = watch.stop();
    let (memory, peak) = processor::memory(server.process());
    let exact = exact::compare(&url, &server.base, &source, options.exact).await?;
    println!("{exact:?}");
    drop(server);
    naive::searches(&url, &sample, options, found).await?;
    let flood = match options.flood {
        0 => Value::Null,
        listings => flood::measure(&url, &all, listings).await?,
    };
    Ok(json!({
        "exact": exact,
        "flood": flood,
        "loaded": loaded,
        "ready_seconds": ready_seconds,
        "busy": { "one_client": one, "sixteen_clients": sixteen },
        "server_rss_bytes": memory,
        "server_rss_bytes_per_listing": memory / options.listings.max(1) as u64,
        "server_peak_rss_bytes": peak,
    }))
}

impl Found {
    async fn ask(
        &mut self,
        server: &Server,
        set: &'static str,
        queries: &Queries,
        options: &Options,
    ) -> Result<()> {
        if options.only.is_empty() || options.only.iter().any(|kind| kind == queries.kind) {
            let measured = client::one(&server.base, set, queries).await?;
            println!("{measured:?}");
            self.queries.push(measured);
        }
        Ok(())
    }
}
