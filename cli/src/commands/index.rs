//! `pedigree index`.

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::Target;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// How far the index is, and whether something is wrong with it.
    Status(Target),
}

pub async fn run(command: Command) -> Result<Value> {
    let Command::Status(target) = command;
    Ok(target.api()?.get(&["v1", "status"], &[]).await?)
}
