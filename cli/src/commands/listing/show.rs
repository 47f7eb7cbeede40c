use anyhow::Result;
use clap::Args;
use listing::state::Listing;
use pedigree_sdk::{
    api::{Api, ApiError},
    verify,
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::commands::{Target, verdict};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: Pubkey,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let session = options.target.session().await?;
    let mut shown = session.show::<Listing>(&options.listing).await?;
    let served = async {
        let api = Api::new(&session.endpoints.http)?;
        Ok::<_, ApiError>(api.listing(&options.listing).await?.listing)
    };
    let served = match served.await {
        Ok(served) => Ok(verify::listing(&session.rpc, &served).await?),
        Err(error) => Err(error),
    };
    shown["index"] = verdict(served);
    Ok(shown)
}
