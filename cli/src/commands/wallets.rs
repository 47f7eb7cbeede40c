//! The wallets that lie beside `endpoints.json`.

use anyhow::Result;
use clap::{Args, Subcommand};
use pedigree_sdk::{pda, programs::TOKEN};
use serde_json::{Value, json};

use super::Target;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// All of them: name, address, lamports, and base units of the settlement mint and of the reward token.
    List(List),
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    let Command::List(options) = command;
    let session = options.target.session().await?;
    let mint = session.mint()?;
    let program = session.mint_at(&mint).await?.token_program;
    let reward = pda::token().0;
    let mut items = Vec::new();
    for name in session.wallet_names() {
        let address = session.address(&name)?;
        let settlement = pda::associated_token(&address, &mint, &program).0;
        let rewards = pda::associated_token(&address, &reward, &TOKEN).0;
        items.push(json!({
            "name": name,
            "address": address.to_string(),
            "lamports": session.lamports(&address).await?,
            "balance": session.balance(&settlement).await?.to_string(),
            "reward_tokens": session.balance(&rewards).await?.to_string(),
        }));
    }
    Ok(json!({ "mint": mint.to_string(), "items": items }))
}
