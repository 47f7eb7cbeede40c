//! `make bench`: what the programs cost, and how fast, how late and how large the indexer is.

mod indexer;
mod programs;
mod report;

use clap::Parser;

/// Each command prints what it measured and writes it to a file in target/bench/.
#[derive(Debug, Parser)]
#[command(name = "pedigree-bench")]
enum Command {
    /// Compute units of every instruction, and the programs' sizes.
    Programs,
    /// Throughput, memory and latency of the indexer, beside what limits it and what it competes with.
    Indexer(indexer::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Programs => Ok(programs::run()?),
        Command::Indexer(options) => indexer::run(options).await,
    }
}
