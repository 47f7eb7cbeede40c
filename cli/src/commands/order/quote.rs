use anyhow::{Result, anyhow};
use clap::Args;
use pedigree_sdk::{
    api,
    quote::{self, FetchQuoteError},
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::commands::Target;

/// What to buy.
#[derive(Clone, Debug, Args)]
pub struct Wanted {
    /// Address of the listing.
    #[arg(long, value_name = "ADDRESS")]
    pub listing: Pubkey,
    /// Index of the price term.
    #[arg(long, default_value_t = 0)]
    pub term: u8,
    /// Units to buy.
    #[arg(long, default_value_t = 1)]
    pub quantity: u64,
}

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let session = options.target.session().await?;
    let Wanted {
        listing,
        term,
        quantity,
    } = options.wanted;
    let quote = quote::fetch(&session.rpc, &listing, term, quantity).await;
    let quote = api::Quote::of(listing, &quote.map_err(named)?);
    Ok(serde_json::to_value(quote)?)
}

/// Prefixed with the name that the program has for it.
fn named(error: FetchQuoteError) -> anyhow::Error {
    let FetchQuoteError::Quote(refused) = &error else {
        return error.into();
    };
    let debug = format!("{refused:?}");
    let name = debug.split([' ', '(']).next().unwrap_or_default();
    anyhow!("{name}: {refused}")
}
