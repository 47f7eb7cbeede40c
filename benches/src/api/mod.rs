//! Search and lineage at a million listings, over HTTP. Writes `target/bench/api.json`.

mod catalogue;
mod client;
mod deep;
mod exact;
pub mod flood;
mod goals;
mod indexes;
mod lag;
mod listings;
mod load;
mod market;
mod naive;
mod pages;
mod plain;
mod processor;
mod queries;
mod rows;
mod sample;
pub mod server;
mod source;
mod sql;
mod stages;
mod told;
mod vocabulary;
mod weights;

use std::{
    collections::BTreeMap, fs, fs::Permissions, os::unix::fs::PermissionsExt, time::Duration,
};

use anyhow::{Result, ensure};
use clap::Args;
use pedigree_localnet::postgres::{Durability, Postgres};
use serde_json::{Value, json};

use crate::{indexer::machine, report};
use client::Measured;
use plain::{Compared, Plain};
use processor::Watch;
use queries::Queries;
use server::Server;
use source::Source;
use stages::Stages;

const CLIENTS: usize = 16;

#[derive(Debug, Args)]
pub struct Options {
    /// Listings of set A.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    listings: usize,
    /// Listings of set B; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    nodes: usize,
    /// Requests of each kind; plain SQL is asked a tenth of it.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    queries: usize,
    /// Seconds after which no more requests of a kind are made.
    #[arg(long, value_name = "S", default_value_t = 15)]
    patience: u64,
    /// Seconds for all that plain SQL is asked of set A; of set B it has a sixth of it.
    #[arg(long, value_name = "S", default_value_t = 100)]
    naive: u64,
    /// Random queries that are compared with a scan of all listings; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    exact: usize,
    /// Listings whose indexing is timed without requests, and as many under a flood of them; 0 for neither.
    #[arg(long, value_name = "N", default_value_t = 100)]
    flood: usize,
    /// Requests that the flood makes at once.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    requests: usize,
    /// Only these kinds, each by its name.
    #[arg(long, value_name = "KIND")]
    only: Vec<String>,
}

impl Options {
    fn asks(&self, kind: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == kind)
    }
}

/// # Errors
/// Where something cannot be measured; and after the report is written where an answer was wrong or a bound was missed that
/// is none of speed.
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
    let faults = goals::faults(&report);
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}

/// What is measured, in the order in which it is.
#[derive(Default)]
struct Found {
    queries: Vec<Measured>,
    naive: Vec<Measured>,
    /// The API's answers against those of plain SQL.
    sql: Compared,
    stages: Stages,
}

async fn measure(postgres: &Postgres, options: &Options) -> Result<Value> {
    let load_before = machine::load();
    let mut found = Found::default();
    let deep = lineage(postgres, options, &mut found).await?;
    let mut listings = searches(postgres, options, &mut found).await?;
    found.stages.end();
    let goals = goals::of(&found.queries);
    eprintln!("{:<28} {:<20} {:>7} {:>10}", "kind", "", "goal", "measured");
    goals.iter().for_each(|goal| eprintln!("{goal}"));
    let (mut exact, flood) = (listings["exact"].take(), listings["flood"].take());
    exact["sql"] = json!(found.sql);
    Ok(json!({
        "listings": listings["loaded"]["listings"],
        "edges": listings["loaded"]["edges"],
        "queries": found.queries,
        "naive": found.naive,
        "exact": exact,
        "flood": flood,
        "goals": goals,
        "set_a": listings,
        "set_b": deep,
        "stages": found.stages.ended(),
        "seconds": found.stages.seconds(),
        "seed": listings::SEED,
        "weights": weights::WEIGHTS.iter().copied().collect::<BTreeMap<_, _>>(),
        "machine": machine::facts(postgres).await?,
        "load": { "before": load_before, "after": machine::load() },
    }))
}

/// Set B first: it is gone before set A takes its place on the disk.
async fn lineage(postgres: &Postgres, options: &Options, found: &mut Found) -> Result<Value> {
    if options.nodes == 0 {
        return Ok(Value::Null);
    }
    found.stages.begin("set B: load");
    let url = load::database(postgres, "lineage").await?;
    let loaded = deep::load(&url, options.nodes).await?;
    eprintln!("{loaded:?}");
    found.stages.begin("set B: start of the API");
    let server = Server::start(&url).await?;
    found.stages.begin("set B: queries of one client");
    let all = queries::of_lineage(options.nodes, options.queries);
    let watch = Watch::start(server.process());
    found.ask(&server, "B", &all, options).await?;
    let busy = watch.stop();
    let memory = processor::memory(server.process());
    found.stages.begin("set B: plain SQL");
    let mut plain = Plain::connect(&url, &server.base).await?;
    let budget = Duration::from_secs(options.naive) / 6;
    naive::measure(&mut plain, "B", &all, (options, budget), found).await?;
    drop((server, plain));
    postgres.drop_database("lineage").await?;
    Ok(json!({ "loaded": loaded, "busy": busy, "server_rss_bytes": memory.0 }))
}

async fn searches(postgres: &Postgres, options: &Options, found: &mut Found) -> Result<Value> {
    found.stages.begin("set A: load");
    let url = load::database(postgres, "listings").await?;
    let (loaded, sample) = load::listings(&url, options.listings).await?;
    eprintln!("{loaded:?}");
    found.stages.begin("set A: start of the API");
    let mut server = Server::start(&url).await?;
    let ready_seconds = server.ready_seconds;

    found
        .stages
        .begin("set A: making up queries, following pages");
    let source = Source::new(&sample);
    let mut all = queries::of_listings(&source, options.queries)?;
    all.extend(pages::of(&server.base, &source, options.queries).await?);
    found.stages.begin("set A: queries of one client");
    let watch = Watch::start(server.process());
    found.ask(&server, "A", &all, options).await?;
    let one = watch.stop();
    found.stages.begin("set A: queries of sixteen clients");
    let watch = Watch::start(server.process());
    // Half as many each as of a kind: some thousands of all.
    let each = options.queries.div_ceil(2);
    let mix = client::mix(&server.base, &all, CLIENTS, each).await?;
    eprintln!("{mix:?}");
    found.queries.push(mix);
    let sixteen = watch.stop();
    let (memory, peak) = processor::memory(server.process());

    found
        .stages
        .begin("set A: exactness; indexes for plain SQL");
    // Neither is timed, and the second leaves a core to the first.
    let (exact, plain_bytes) = tokio::try_join!(
        exact::compare(&url, &server.base, &source, options.exact),
        naive::prepare(&url)
    )?;
    eprintln!("{exact:?}");
    found.stages.begin("set A: plain SQL");
    let mut plain = Plain::connect(&url, &server.base).await?;
    let budget = Duration::from_secs(options.naive);
    naive::measure(&mut plain, "A", &all, (options, budget), found).await?;
    found.stages.begin("set A: random queries in plain SQL");
    exact::in_sql(&mut plain, &source, options.exact, &mut found.sql).await?;
    eprintln!("{:?}", found.sql);
    drop(plain);
    naive::clear(&url).await?;
    let flood = match options.flood {
        0 => Value::Null,
        listings => {
            found.stages.begin("set A: indexing, idle and flooded");
            let size = lag::Size {
                listings,
                requests: options.requests,
            };
            lag::measure(&url, &mut server, &all, size).await?
        }
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
        "plain_sql_index_bytes": plain_bytes,
        "lineage_roots": source.roots,
    }))
}

impl Found {
    /// One client asks for all kinds, one after another.
    async fn ask(
        &mut self,
        server: &Server,
        set: &'static str,
        all: &[Queries],
        options: &Options,
    ) -> Result<()> {
        let patience = Duration::from_secs(options.patience);
        for queries in all.iter().filter(|queries| options.asks(queries.kind)) {
            let measured = client::one(&server.base, set, queries, patience).await?;
            eprintln!("{measured:?}");
            self.queries.push(measured);
        }
        Ok(())
    }
}
