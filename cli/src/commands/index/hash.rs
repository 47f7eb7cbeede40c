use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use pedigree_indexer::store::Store;
use serde_json::{Value, json};

use super::run::endpoints;

#[derive(Debug, Args)]
pub struct Options {
    /// The index's database; that of the deployment unless given.
    #[arg(long, value_name = "URL", required_unless_present = "endpoints")]
    database_url: Option<String>,
    /// The file that `pedigree up` writes.
    #[arg(long, value_name = "FILE")]
    endpoints: Option<PathBuf>,
}

pub async fn run(options: Options) -> Result<Value> {
    let endpoints = endpoints(options.endpoints.as_deref())?;
    let database_url = options
        .database_url
        .or(endpoints.map(|endpoints| endpoints.database));
    let store = Store::connect(&database_url.unwrap_or_default()).await?;
    let frontier = store.frontier().await?;
    Ok(json!({
        "hash": hex::encode(store.table_hash().await?),
        "slot": frontier.map(|frontier| frontier.slot),
    }))
}
