//! `pedigree royalty`.

mod forward;
mod pools;
mod show;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use listing::state::Listing;
use pedigree_sdk::{instructions::listing as instruction, pda};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::wallet::{Signing, Wallet};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// A listing's royalty table, its pools, those of before a ruling included, and what of them may be
    /// forwarded.
    Show(show::Options),
    /// Send every parent its share of a listing's pools, those of before a ruling included, as anyone;
    /// accounts that are missing are made by the wallet.
    Forward(forward::Options),
    /// Make a listing's pool for a mint.
    OpenPool(OpenPool),
}

#[derive(Debug, Args)]
pub struct OpenPool {
    /// Address of the listing.
    listing: Pubkey,
    /// The settlement mint unless given.
    #[arg(long, value_name = "ADDRESS")]
    mint: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Show(options) => show::run(options).await,
        Command::Forward(options) => forward::run(options).await,
        Command::OpenPool(options) => open_pool(options).await,
    }
}

async fn open_pool(options: OpenPool) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let session = &wallet.session;
    let address = options.listing;
    let listing = session.account::<Listing>(&address).await?;
    let mint = match options.mint {
        Some(mint) => mint,
        None => session.mint()?,
    };
    if listing.royalty_parents == 0 {
        bail!("NoRoyalties: the listing owes no royalties, so it needs no pool");
    }
    let missing = missing_pools(&wallet, &address, &listing, &[mint]).await?;
    let mut opened = json!({
        "pool": pda::pool(&address, listing.generation, &mint).0.to_string(),
        "ledger": pda::ledger(&address, listing.generation, &mint).0.to_string(),
        "already_open": missing.is_empty(),
    });
    if !missing.is_empty() {
        let sent = wallet.send(&missing).await?;
        opened["signature"] = json!(sent.signature.to_string());
        opened["slot"] = json!(sent.slot);
    }
    Ok(opened)
}

/// What makes a listing's pools for these mints, where it owes royalties and has none yet.
pub async fn missing_pools(
    wallet: &Wallet,
    address: &Pubkey,
    listing: &Listing,
    mints: &[Pubkey],
) -> Result<Vec<Instruction>> {
    if listing.royalty_parents == 0 {
        return Ok(Vec::new());
    }
    let mut mints = mints.to_vec();
    mints.sort_unstable();
    mints.dedup();
    let generation = listing.generation;
    let ledgers: Vec<Pubkey> = mints
        .iter()
        .map(|mint| pda::ledger(address, generation, mint).0)
        .collect();
    let missing = wallet.session.missing(&ledgers).await?;
    let mut instructions = Vec::new();
    for (mint, _) in mints
        .into_iter()
        .zip(missing)
        .filter(|(_, missing)| *missing)
    {
        let token_program = wallet.session.mint_at(&mint).await?.token_program;
        let payer = wallet.address();
        instructions.push(instruction::open_pool(
            payer,
            *address,
            generation,
            mint,
            token_program,
        ));
    }
    Ok(instructions)
}
