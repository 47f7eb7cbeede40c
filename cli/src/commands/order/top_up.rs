use anyhow::Result;
use clap::Args;
use escrow::state::Order;
use pedigree_sdk::{instructions::escrow as instruction, pda};
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::send;
use crate::commands::wallet::Signing;

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the order.
    order: Pubkey,
    /// How much more, in base units.
    #[arg(long, value_name = "BASE_UNITS")]
    amount: u64,
    /// The session that bought it, which pays: the wallet is its key.
    #[arg(long, value_name = "ADDRESS")]
    session: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let (address, payer) = (options.order, wallet.address());
    let order = wallet.session.account::<Order>(&address).await?;
    let (source, create) = match &options.session {
        Some(session) => (pda::vault(session, &order.token_program), None),
        None => {
            wallet
                .token_account(&payer, &order.mint, &order.token_program)
                .await?
        }
    };
    let (session, amount) = (options.session, options.amount);
    let mut instructions: Vec<Instruction> = create.into_iter().collect();
    instructions.push(instruction::top_up(
        &payer, &address, &order, &source, session, amount,
    ));
    send(&wallet, &address, &instructions).await
}
