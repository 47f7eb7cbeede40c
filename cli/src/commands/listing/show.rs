use anyhow::Result;
use clap::Args;
use listing::state::Listing;
use pedigree_sdk::{api::Api, verify};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::commands::{Target, compared};

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
    let serve = async |api: Api| Ok(api.listing(&options.listing).await?.listing);
    shown["index"] = compared(&session, serve, verify::listing).await?;
    Ok(shown)
}
