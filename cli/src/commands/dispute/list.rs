use anyhow::Result;
use clap::Args;
use pedigree_sdk::api::DisputeFilter;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::commands::{Page, Target};

#[derive(Debug, Args)]
pub struct Options {
    /// About this order, listing or edge, which has an address where it is missing too.
    #[arg(long, value_name = "ADDRESS")]
    subject: Option<Pubkey>,
    /// Complained by this wallet.
    #[arg(long, value_name = "ADDRESS")]
    opener: Option<Pubkey>,
    /// order, version, false_edge or missing_edge; any of several.
    #[arg(long)]
    case: Vec<String>,
    /// open, final or undecided; any of several.
    #[arg(long)]
    status: Vec<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let filter = DisputeFilter {
        subject: options.subject,
        opener: options.opener,
        case: options.case,
        status: options.status,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.disputes(&filter).await?))
}
