use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use pedigree_indexer::{pipeline::record::record, source};
use serde_json::{Value, json};

use super::target::{Network, check_first};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// What `getBlock` answers, a line for each block.
    Json,
    /// What our programs emitted, and the links between blocks; some ten times smaller.
    Binary,
}

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    network: Network,
    /// First slot.
    #[arg(long, value_name = "SLOT")]
    from: u64,
    /// Last slot; the newest final one where that is earlier.
    #[arg(long, value_name = "SLOT")]
    to: u64,
    #[arg(long, value_enum, default_value = "binary")]
    format: Format,
    /// Where to write it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub async fn run(options: Options) -> Result<Value> {
    let Options { from, to, file, .. } = &options;
    if from > to {
        bail!("--from: slot {from} is after --to {to}");
    }
    let format = match options.format {
        Format::Json => source::Format::Json,
        Format::Binary => source::Format::Binary,
    };
    let source = options.network.source()?;
    check_first(&source, *from).await?;
    let recorded = record(&source, *from, *to, file, format).await?;
    Ok(json!({
        "file": file,
        "blocks": recorded.blocks,
        "events": recorded.events,
        "from": recorded.range.map(|(first, _)| first),
        "to": recorded.range.map(|(_, last)| last),
    }))
}
