//! Votes on proposals.

use anyhow::Result;
use clap::Args;
use dao::state::Vote;
use pedigree_sdk::{instructions::dao as instruction, pda};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::proposal;
use crate::commands::{
    values,
    wallet::{Signing, with_sent},
};

#[derive(Debug, Args)]
pub struct Cast {
    /// Number of the proposal.
    number: u64,
    /// Address of the position that votes.
    #[arg(long, value_name = "ADDRESS")]
    position: Pubkey,
    /// yes, no, or abstain, which counts for the quorum alone.
    #[arg(long, value_parser = values::vote)]
    choice: u8,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Close {
    /// Number of the proposal.
    number: u64,
    /// Address of the position that voted.
    #[arg(long, value_name = "ADDRESS")]
    position: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

pub async fn cast(options: Cast) -> Result<Value> {
    vote(options, instruction::cast).await
}

pub async fn change(options: Cast) -> Result<Value> {
    vote(options, instruction::change_vote).await
}

type Make = fn(&Pubkey, &Pubkey, u64, u8) -> Instruction;

async fn vote(options: Cast, make: Make) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let (number, position) = (options.number, options.position);
    proposal(&wallet.session, number).await?;
    let vote = make(&wallet.address(), &position, number, options.choice);
    let sent = wallet.send(&[vote]).await?;
    let address = pda::vote(&pda::proposal(number).0, &position).0;
    let shown = wallet.session.show::<Vote>(&address).await?;
    Ok(with_sent(shown, &sent))
}

pub async fn close(options: Close) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let (number, position) = (options.number, options.position);
    let address = pda::vote(&pda::proposal(number).0, &position).0;
    let vote = wallet.session.account::<Vote>(&address).await?;
    let close = instruction::close_vote(&wallet.address(), &vote.owner, &position, number);
    let sent = wallet.send(&[close]).await?;
    let closed = json!({
        "closed": address.to_string(),
        "rent_to": vote.owner.to_string(),
    });
    Ok(with_sent(closed, &sent))
}
