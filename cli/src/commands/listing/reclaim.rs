use std::iter;

use anyhow::{Context, Result};
use clap::Args;
use listing::state::PoolLedger;
use pedigree_sdk::{
    accounts::{self, EntityKind},
    fetch,
    instructions::listing as instruction,
};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::{
    commands::{
        reclaim::taken_from,
        wallet::{Signing, Wallet, with_sent},
    },
    session::Session,
};

#[derive(Debug, Args)]
pub struct Options {
    /// Addresses of listings, edges, royalty tables, reviews, grants, profiles, or of ledgers, each with its
    /// pool.
    #[arg(required = true, value_name = "ADDRESS")]
    accounts: Vec<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let mut reclaimed = Vec::new();
    for account in &options.accounts {
        reclaimed.push(reclaim(&wallet, account).await?);
    }
    Ok(json!({ "reclaimed": reclaimed }))
}

async fn reclaim(wallet: &Wallet, account: &Pubkey) -> Result<Value> {
    let Found { rent_payer, pool } = find(&wallet.session, account).await?;
    let instruction = instruction::reclaim_excess(*account, rent_payer, pool);
    let held_by: Vec<_> = iter::once(*account)
        .chain(pool.map(|(pool, _)| pool))
        .collect();
    let (lamports, sent) = taken_from(wallet, &held_by, instruction).await?;
    let reclaimed = json!({
        "account": account.to_string(),
        "rent_payer": rent_payer.to_string(),
        "lamports": lamports.to_string(),
    });
    Ok(with_sent(reclaimed, &sent))
}

/// Who gets the lamports, and the token account and program of a ledger's pool.
struct Found {
    rent_payer: Pubkey,
    pool: Option<(Pubkey, Pubkey)>,
}

async fn find(session: &Session, account: &Pubkey) -> Result<Found> {
    let found = fetch::raw(&session.rpc, account).await?;
    let (owner, data) = found.with_context(|| {
        format!("there is no account of a program at {account} on this network")
    })?;
    let kind = accounts::identify(&owner, &data)?;
    let fields = accounts::json(kind, &data)?;
    let rent_payer = fields["rent_payer"]
        .as_str()
        .with_context(|| format!("{account} is a {kind}, which does not say who paid its rent"))?
        .parse()?;
    let pool = match kind {
        EntityKind::PoolLedger => {
            let ledger: PoolLedger = accounts::from_bytes(&data)?;
            Some((ledger.pool, ledger.token_program))
        }
        _ => None,
    };
    Ok(Found { rent_payer, pool })
}
