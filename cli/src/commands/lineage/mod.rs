//! `pedigree lineage`.

mod tree;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;

use self::tree::Direction;
use super::Target;
use crate::output::Output;

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

/// Prints text itself; what it returns is the whole answer.
pub async fn run(command: Command, output: Output) -> Result<Option<Value>> {
    let (direction, options) = match command {
        Command::Ancestors(options) => (Direction::Ancestors, options),
        Command::Descendants(options) => (Direction::Descendants, options),
    };
    let path = ["v1", "listings", &options.listing, direction.name()];
    let mut query = vec![("depth".into(), options.depth.to_string())];
    query.extend(
        options
            .min_slot
            .map(|slot| ("min_slot".into(), slot.to_string())),
    );
    let api = options.target.api()?;
    match output {
        Output::Json => Ok(Some(api.get(&path, &query).await?)),
        Output::Text => {
            output.lines(&tree::text(&api.get(&path, &query).await?, direction));
            Ok(None)
        }
    }
}
