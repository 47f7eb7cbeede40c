use anyhow::Result;
use clap::Args;
use escrow::state::Order;
use pedigree_sdk::{api::Api, verify};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::commands::{Target, compared};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the order.
    order: Pubkey,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let session = options.target.session().await?;
    let mut shown = session.show::<Order>(&options.order).await?;
    let serve = async |api: Api| api.order(&options.order).await;
    shown["index"] = compared(&session, serve, verify::order).await?;
    Ok(shown)
}
