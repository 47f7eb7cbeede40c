//! Price terms, and the pools that they need.

use anyhow::Result;
use clap::Args;
use listing::state::Listing;
use pedigree_sdk::instructions::listing::{self as instruction, TermArgs};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::{Change, send};
use crate::commands::{royalty, values::Term, wallet::Signing};
use crate::session::Session;

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: Pubkey,
    /// mode=one_time,unit=copy,price=BASE_UNITS[,capacity=UNITS][,mint=ADDRESS][,period=SECONDS];
    /// all of them, at most four. In the settlement mint unless it names another. The period is how
    /// long a unit of a subscription or a lease lasts, and known for minute, hour, day, week, month
    /// and year.
    #[arg(long = "term", value_name = "TERM", required_unless_present = "free")]
    terms: Vec<Term>,
    /// Take all terms away: the listing is free.
    #[arg(long, conflicts_with = "terms")]
    free: bool,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let listing = wallet.session.account::<Listing>(&options.listing).await?;
    let terms = resolve(&wallet.session, &options.terms).await?;
    let mints: Vec<Pubkey> = terms.iter().map(|term| term.mint).collect();
    let mut instructions = vec![instruction::update_terms(
        wallet.address(),
        options.listing,
        terms,
    )];
    if listing.activated_slot != 0 {
        instructions
            .extend(royalty::missing_pools(&wallet, &options.listing, &listing, &mints).await?);
    }
    send(&wallet, &options.listing, &instructions).await
}

pub async fn activate(change: Change) -> Result<Value> {
    let wallet = change.signing.open("publisher").await?;
    let listing = wallet.session.account::<Listing>(&change.listing).await?;
    let mut instructions = vec![instruction::activate(wallet.address(), change.listing)];
    let pools =
        royalty::missing_pools(&wallet, &change.listing, &listing, &mints(&listing)).await?;
    instructions.extend(pools);
    send(&wallet, &change.listing, &instructions).await
}

/// The mints of a listing's terms.
pub fn mints(listing: &Listing) -> Vec<Pubkey> {
    let terms = listing.terms.iter().take(usize::from(listing.terms_len));
    terms.map(|term| term.mint).collect()
}

/// Terms as the program takes them, with the decimals that their mints say.
pub async fn resolve(session: &Session, terms: &[Term]) -> Result<Vec<TermArgs>> {
    let mut resolved = Vec::new();
    for term in terms {
        let mint = match term.mint {
            Some(mint) => mint,
            None => session.mint()?,
        };
        resolved.push(TermArgs {
            mode: term.mode,
            decimals: session.mint_at(&mint).await?.decimals,
            price: term.price,
            capacity: term.capacity,
            mint,
            unit: term.unit.clone(),
            period: term.period,
        });
    }
    Ok(resolved)
}
