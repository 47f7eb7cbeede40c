//! How a proposal comes into being.

use anyhow::Result;
use clap::{Args, Subcommand};
use pedigree_sdk::instructions::dao::{self as instruction, Action};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::{actions, governance, send, unchanged, upgrade};
use crate::commands::{
    values,
    wallet::{Signing, Wallet},
};

/// What is proposed. Settings are replaced whole: those that are not given stay what they are when it is proposed.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replace escrow's settings, its fee among them.
    UpdateEscrow(Proposed<actions::Escrow>),
    /// Replace listing's settings.
    UpdateListing(Proposed<actions::Listing>),
    /// Replace reward's settings.
    UpdateReward(Proposed<actions::Reward>),
    /// Replace the court's settings; a dispute that is open keeps those that it began with.
    UpdateDao(Proposed<actions::Court>),
    /// Replace how proposals are voted on.
    UpdateGovernance(Proposed<actions::Voting>),
    /// Allow orders in a mint.
    AllowMint(Proposed<actions::Allow>),
    /// Change how much may be deposited in a mint, or stop new orders in it.
    UpdateMint(Proposed<actions::Mint>),
    /// Set what a fee in a mint credits.
    SetRate(Proposed<actions::Rate>),
    /// Mark a publisher's profile as verified, or as not.
    Verify(Proposed<actions::Verify>),
    /// Set what an edge owes that a ruling adds.
    SetDefaultRoyalty(Proposed<actions::DefaultRoyalty>),
    /// Stop a listing's new orders and top-ups.
    Suspend(Proposed<actions::Suspend>),
    /// Restore a suspended listing: its authority may resume it then.
    Restore(Proposed<actions::Suspend>),
    /// Pay out of the treasury, at most a quarter of what it holds.
    Transfer(Proposed<actions::Transfer>),
    /// Replace the guardians, who veto and pause; they cannot veto this.
    SetGuardians(Proposed<actions::Guardians>),
    /// Replace a program's code by what a buffer holds.
    Upgrade(Proposed<upgrade::Upgrade>),
}

/// An action, and who proposes it.
#[derive(Debug, Args)]
pub struct Proposed<A: Args> {
    #[command(flatten)]
    action: A,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct By {
    /// Address of the position that proposes it; its owner pays the deposit.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "decree")]
    position: Option<Pubkey>,
    /// As the steward, without vote and deposit.
    #[arg(long, conflicts_with = "position")]
    decree: bool,
    /// SHA-256 of the text that says why, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    text_hash: Option<[u8; 32]>,
    #[command(flatten)]
    signing: Signing,
}

impl By {
    async fn open(&self) -> Result<Wallet> {
        let part = match self.decree {
            true => "authority",
            false => "publisher",
        };
        self.signing.open(part).await
    }

    async fn propose(self, wallet: &Wallet, action: &Action) -> Result<Value> {
        let number = governance(&wallet.session).await?.proposals;
        let number = number.saturating_add(1);
        let (own, text) = (wallet.address(), self.text_hash.unwrap_or_default());
        let propose = match self.position {
            Some(position) => {
                let source = wallet.reward_tokens().await?;
                instruction::propose(&own, &own, &position, &source, number, action, text)
            }
            None => instruction::decree(&own, &own, number, action, text),
        };
        send(wallet, number, &[propose]).await
    }
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::UpdateEscrow(proposed) => make(proposed, actions::escrow).await,
        Command::UpdateListing(proposed) => make(proposed, actions::listing).await,
        Command::UpdateReward(proposed) => make(proposed, actions::reward).await,
        Command::UpdateDao(proposed) => make(proposed, actions::court).await,
        Command::UpdateGovernance(proposed) => make(proposed, actions::voting).await,
        Command::AllowMint(proposed) => make(proposed, actions::allow).await,
        Command::UpdateMint(proposed) => make(proposed, actions::mint).await,
        Command::SetRate(proposed) => make(proposed, actions::rate).await,
        Command::Verify(proposed) => make(proposed, actions::verify).await,
        Command::SetDefaultRoyalty(proposed) => make(proposed, actions::default_royalty).await,
        Command::Suspend(proposed) => make(proposed, actions::suspend).await,
        Command::Restore(proposed) => make(proposed, actions::restore).await,
        Command::Transfer(proposed) => make(proposed, actions::transfer).await,
        Command::SetGuardians(proposed) => make(proposed, actions::guardians).await,
        Command::Upgrade(proposed) => make(proposed, upgrade::upgrade).await,
    }
}

async fn make<A: Args>(
    proposed: Proposed<A>,
    read: impl AsyncFnOnce(A, &Wallet) -> Result<Action>,
) -> Result<Value> {
    let Proposed { action, by } = proposed;
    let wallet = by.open().await?;
    let action = read(action, &wallet).await?;
    unchanged::refuse(&wallet.session, &action).await?;
    by.propose(&wallet, &action).await
}
