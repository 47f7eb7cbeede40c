use anyhow::Result;
use clap::Args;
use escrow::state::Order;
use pedigree_sdk::{
    api::{Api, ApiError},
    verify,
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::commands::{Target, verdict};

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
    let served = async {
        let api = Api::new(&session.endpoints.http)?;
        api.order(&options.order).await
    };
    let served: Result<_, ApiError> = served.await;
    let served = match served {
        Ok(served) => Ok(verify::order(&session.rpc, &served).await?),
        Err(error) => Err(error),
    };
    shown["index"] = verdict(served);
    Ok(shown)
}
