//! `pedigree lineage`.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::Target;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// What a listing was made from.
    Ancestors(Options),
    /// What was made from a listing.
    Descendants(Options),
}

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: String,
    /// Levels to follow, at most 64.
    #[arg(long, default_value_t = 8)]
    depth: u32,
    /// Wait, for 2 seconds at most, until the index has read this slot: that of a transaction of one's own.
    #[arg(long, value_name = "SLOT")]
    min_slot: Option<u64>,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    let (direction, options) = match command {
        Command::Ancestors(options) => ("ancestors", options),
        Command::Descendants(options) => ("descendants", options),
    };
    let path = ["v1", "listings", &options.listing, direction];
    let mut query = vec![("depth".into(), options.depth.to_string())];
    query.extend(
        options
            .min_slot
            .map(|slot| ("min_slot".into(), slot.to_string())),
    );
    Ok(options.target.api()?.get(&path, &query).await?)
}
