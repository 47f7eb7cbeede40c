//! `pedigree stake`.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use pedigree_sdk::{
    api::PositionFilter, instructions::reward as instruction, pda, programs::TOKEN,
};
use reward::state::Position;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::{
    Page, Target,
    wallet::{Signing, Wallet, with_sent},
};

/// Positions looked at for an id that is free.
const IDS: u64 = 1_000;
/// Accounts asked for at once.
const AT_ONCE: u64 = 100;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lock tokens: after seven days they vote, and until then an attestation may risk them already.
    Lock(Lock),
    /// Ask for a position back: it votes no more, and may be withdrawn when it has cooled.
    Unlock(Act),
    /// Take a position back that has cooled.
    Withdraw(Withdraw),
    /// A position as the chain has it.
    Show(Show),
    /// Positions in the index, newest first.
    List(List),
}

#[derive(Debug, Args)]
pub struct Lock {
    /// Base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    amount: u64,
    /// Number of the position among the wallet's own; the first that is free unless given.
    #[arg(long)]
    id: Option<u64>,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Act {
    /// Address of the position.
    position: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// Address of the position.
    position: Pubkey,
    /// Token account that takes it; the owner's associated one unless given.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Address of the position.
    position: Pubkey,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct List {
    /// Of this wallet.
    #[arg(long, value_name = "ADDRESS")]
    owner: Option<Pubkey>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Lock(options) => lock(options).await,
        Command::Unlock(act) => unlock(act).await,
        Command::Withdraw(options) => withdraw(options).await,
        Command::Show(options) => {
            let session = options.target.session().await?;
            session.show::<Position>(&options.position).await
        }
        Command::List(options) => list(options).await,
    }
}

async fn list(options: List) -> Result<Value> {
    let filter = PositionFilter {
        owner: options.owner,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.positions(&filter).await?))
}

async fn lock(options: Lock) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let owner = wallet.address();
    let id = match options.id {
        Some(id) => id,
        None => free_id(&wallet).await?,
    };
    let source = wallet.reward_tokens().await?;
    let lock = instruction::lock(&owner, &owner, &source, id, options.amount);
    let sent = wallet.send(&[lock]).await?;
    let position = pda::position(&owner, id).0;
    Ok(with_sent(
        wallet.session.show::<Position>(&position).await?,
        &sent,
    ))
}

/// The first number under which the wallet has no position.
async fn free_id(wallet: &Wallet) -> Result<u64> {
    let owner = wallet.address();
    let mut from = 0u64;
    while from < IDS {
        let to = from.saturating_add(AT_ONCE);
        let places: Vec<Pubkey> = (from..to).map(|id| pda::position(&owner, id).0).collect();
        let missing = wallet.session.missing(&places).await?;
        if let Some((id, _)) = (from..to).zip(missing).find(|(_, missing)| *missing) {
            return Ok(id);
        }
        from = to;
    }
    None.with_context(|| format!("the first {IDS} positions are all taken: name one with --id"))
}

/// A position of the wallet's own.
pub async fn owned(wallet: &Wallet, address: &Pubkey) -> Result<Position> {
    let position = wallet.session.account::<Position>(address).await?;
    let (owner, signer) = (position.owner, wallet.address());
    if owner != signer {
        bail!("NotOwner: position {address} is {owner}'s, and {signer} signs");
    }
    Ok(position)
}

async fn unlock(act: Act) -> Result<Value> {
    let wallet = act.signing.open("publisher").await?;
    let position = owned(&wallet, &act.position).await?;
    let unlock = instruction::request_unlock(&wallet.address(), position.id);
    let sent = wallet.send(&[unlock]).await?;
    Ok(with_sent(
        wallet.session.show::<Position>(&act.position).await?,
        &sent,
    ))
}

async fn withdraw(options: Withdraw) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let position = owned(&wallet, &options.position).await?;
    let owner = wallet.address();
    let (destination, create) = match options.to {
        Some(to) => (to, None),
        None => {
            let mint = pda::token().0;
            wallet.token_account(&owner, &mint, &TOKEN).await?
        }
    };
    let rent_payer = &position.rent_payer;
    let withdraw = instruction::withdraw_position(&owner, position.id, &destination, rent_payer);
    let instructions: Vec<_> = create.into_iter().chain([withdraw]).collect();
    let sent = wallet.send(&instructions).await?;
    let withdrawn = json!({
        "closed": options.position.to_string(),
        "amount": position.amount.to_string(),
        "to": destination.to_string(),
        "rent_to": rent_payer.to_string(),
    });
    Ok(with_sent(withdrawn, &sent))
}
