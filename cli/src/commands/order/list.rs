use anyhow::Result;
use clap::Args;
use pedigree_sdk::api::OrderFilter;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::commands::{Page, Target};

#[derive(Debug, Args)]
pub struct Options {
    /// Bought by this wallet or session.
    #[arg(long, value_name = "NAME|ADDRESS")]
    buyer: Option<String>,
    /// Of this wallet, what its sessions bought among them.
    #[arg(long, value_name = "NAME|ADDRESS")]
    owner: Option<String>,
    /// Sold by this key.
    #[arg(long, value_name = "NAME|ADDRESS")]
    seller: Option<String>,
    /// Of this listing.
    #[arg(long, value_name = "ADDRESS")]
    listing: Option<Pubkey>,
    /// funded, delivered, settled, …; any of several.
    #[arg(long)]
    state: Vec<String>,
    /// one_time, metered, subscription or lease; any of several.
    #[arg(long)]
    mode: Vec<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let target = &options.target;
    let filter = OrderFilter {
        buyer: target.address(options.buyer).await?,
        owner: target.address(options.owner).await?,
        seller: target.address(options.seller).await?,
        listing: options.listing,
        state: options.state,
        mode: options.mode,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.orders(&filter).await?))
}
