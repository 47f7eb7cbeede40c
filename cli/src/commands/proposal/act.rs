//! What is done about a proposal.

use anyhow::{Context, Result};
use clap::Args;
use dao::state::{Proposal, bond_state};
use pedigree_sdk::{
    instructions::dao::{self as instruction, fetch_action},
    pda,
    programs::TOKEN,
    send::Key,
};
use serde_json::{Value, json};

use super::{governance, proposal, send, shown};
use crate::commands::wallet::{Signing, with_sent};

/// Something that needs nothing but the proposal.
#[derive(Debug, Args)]
pub struct Act {
    /// Number of the proposal.
    number: u64,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Veto {
    /// Number of the proposal.
    number: u64,
    /// A guardian that signs; as many of them as have to.
    #[arg(long = "guardian", value_name = "NAME|FILE", required = true)]
    guardians: Vec<String>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn conclude(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    proposal(&wallet.session, act.number).await?;
    send(&wallet, act.number, &[instruction::conclude(act.number)]).await
}

pub async fn expire(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    proposal(&wallet.session, act.number).await?;
    send(&wallet, act.number, &[instruction::expire(act.number)]).await
}

pub async fn execute(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let proposal = proposal(&wallet.session, act.number).await?;
    let action = fetch_action(&wallet.session.rpc, &proposal).await?;
    let action = action.with_context(|| {
        let target = proposal.target;
        format!("what the proposal does to {target} is nothing that this program knows")
    })?;
    let execute =
        instruction::execute(&wallet.address(), act.number, &action, &proposal.rent_payer);
    send(&wallet, act.number, &[execute]).await
}

pub async fn veto(options: Veto) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let number = options.number;
    proposal(&wallet.session, number).await?;
    let guardians = options.guardians.iter();
    let guardians = guardians
        .map(|name| wallet.session.wallet(name))
        .collect::<Result<Vec<Key>>>()?;
    let keys: Vec<_> = guardians.iter().map(|guardian| guardian.pubkey()).collect();
    let veto = instruction::veto(number, &keys);
    let sent = wallet.send_with(&[veto], &guardians).await?;
    Ok(with_sent(shown(&wallet.session, number).await?, &sent))
}

pub async fn pay_deposit(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let proposal = proposal(&wallet.session, act.number).await?;
    let governance = governance(&wallet.session).await?;
    let owner = match proposal.deposit_state {
        bond_state::LOST => governance.authority,
        _ => proposal.proposer,
    };
    let (_, create) = wallet
        .token_account(&owner, &governance.mint, &TOKEN)
        .await?;
    let pay = instruction::pay_deposit(act.number, &owner, None);
    let instructions: Vec<_> = create.into_iter().chain([pay]).collect();
    send(&wallet, act.number, &instructions).await
}

pub async fn close(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let Proposal { rent_payer, .. } = proposal(&wallet.session, act.number).await?;
    let close = instruction::close_proposal(&wallet.address(), act.number, &rent_payer);
    let sent = wallet.send(&[close]).await?;
    let closed = json!({
        "closed": pda::proposal(act.number).0.to_string(),
        "rent_to": rent_payer.to_string(),
    });
    Ok(with_sent(closed, &sent))
}
