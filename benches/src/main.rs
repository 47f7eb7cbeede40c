//! `make bench`: what the programs cost, how fast, how late and how large the indexer is, and what answers of the API take.

mod api;
mod indexer;
mod programs;
mod report;
mod service;

use clap::Parser;

/// Each command prints what it measured and writes it to a file in target/bench/.
#[derive(Debug, Parser)]
#[command(name = "pedigree-bench")]
enum Command {
    /// Compute units of every instruction, and the programs' sizes.
    Programs,
    /// Throughput, memory and latency of the indexer, beside what limits it and what it competes with.
    Indexer(indexer::Options),
    /// Search and lineage over HTTP at a million listings, beside plain SQL over the same rows.
    Api(api::Options),
    /// Serves a database until its standard input ends: what `api` asks.
    #[command(hide = true)]
    Serve(api::server::Options),
    /// Asks as much as it can until its standard input ends: what `api` floods with.
    #[command(hide = true)]
    Flood(api::flood::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Programs => Ok(programs::run()?),
        Command::Indexer(options) => indexer::run(options).await,
        Command::Api(options) => api::run(options).await,
        Command::Serve(options) => api::server::run(options).await,
        Command::Flood(options) => api::flood::run(options).await,
    }
}
