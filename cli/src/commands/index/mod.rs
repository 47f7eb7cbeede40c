//! `pedigree index`.

mod hash;
mod run;

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::Target;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// How far the index is, and whether something is wrong with it.
    Status(Target),
    /// Run the indexer alone until Ctrl-C or SIGTERM; prints `ready` once it has what the chain had
    /// at its start.
    Run(Box<run::Options>),
    /// One hash over every row that the chain determines: equal chains, equal hashes.
    Hash(hash::Options),
}

pub async fn run(command: Command, output: Output) -> Result<Option<Value>> {
    match command {
        Command::Status(target) => Ok(Some(target.api()?.get(&["v1", "status"], &[]).await?)),
        Command::Run(options) => run::run(*options, output).await.map(|()| None),
        Command::Hash(options) => hash::run(options).await.map(Some),
    }
}
