use anyhow::Result;
use clap::Args;
use pedigree_sdk::verify;
use serde_json::Value;

use crate::commands::{Target, verdict};

#[derive(Debug, Args)]
pub struct Options {
    /// Wallet or address of the publisher.
    #[arg(value_name = "NAME|ADDRESS")]
    publisher: String,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let session = options.target.session().await?;
    let key = session.address(&options.publisher)?;
    let publisher = options.target.api()?.publisher(&key).await?;
    let mut shown = serde_json::to_value(&publisher)?;
    if let Some(profile) = &publisher.profile {
        let compared = verify::profile(&session.rpc, profile).await?;
        shown["profile"]["index"] = verdict(Ok(compared));
    }
    Ok(shown)
}
