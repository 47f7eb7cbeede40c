use anyhow::{Result, anyhow};
use clap::Args;
use listing::state::Listing;
use pedigree_sdk::quote::{self, FetchQuoteError, Quote};
use serde_json::{Value, json};
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
    let state = session.account::<Listing>(&listing).await?;
    if state.terms_len == 0 {
        return Ok(json!({
            "listing": listing.to_string(),
            "version": state.version,
            "manifest_hash": hex::encode(state.manifest_hash),
            "mint": null,
            "price": "0",
            "quantity": quantity.to_string(),
            "total": "0",
        }));
    }
    let quote = quote::fetch(&session.rpc, &listing, term, quantity).await;
    Ok(json(&listing, &quote.map_err(named)?))
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

/// As the API gives it.
fn json(listing: &Pubkey, quote: &Quote) -> Value {
    let royalties = quote.shares.iter().map(|share| {
        json!({
            "index": share.index,
            "parent": share.parent.to_string(),
            "royalty_ppm": share.ppm,
            "amount": share.amount.to_string(),
            "up": share.up.to_string(),
            "paid": share.paid.to_string(),
        })
    });
    let known = quote.content_hash != [0; 32];
    let rent = quote.rent_order.saturating_add(quote.rent_vault);
    json!({
        "listing": listing.to_string(),
        "version": quote.version,
        "manifest_hash": hex::encode(quote.manifest_hash),
        "content_hash": known.then(|| hex::encode(quote.content_hash)),
        "generation": quote.generation,
        "term": quote.term,
        "mint": quote.mint.to_string(),
        "decimals": quote.decimals,
        "price": quote.price.to_string(),
        "quantity": quote.quantity.to_string(),
        "total": quote.total.to_string(),
        "fee_ppm": quote.fee_ppm,
        "fee": quote.fee.to_string(),
        "royalty_ppm": quote.royalty_ppm,
        "royalty": quote.royalty.to_string(),
        "royalties": royalties.collect::<Vec<_>>(),
        "net": quote.net.to_string(),
        "rent": {
            "order": quote.rent_order.to_string(),
            "vault": quote.rent_vault.to_string(),
            "total": rent.to_string(),
        },
    })
}
