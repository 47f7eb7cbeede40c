//! `pedigree dispute`.

use anyhow::Result;
use clap::{Args, Subcommand};
use escrow::state::Order;
use pedigree_sdk::instructions::escrow as instruction;
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    order::{Act, send},
    values,
    wallet::Signing,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Contest what may be contested of an order now, as its owner or its seller, with a bond. The
    /// owner's takes the place of the seller's.
    Open(Open),
    /// Give up what is contested, as the seller to the buyer, as the owner to the seller; who opened the
    /// dispute itself loses the bond.
    Concede(Act),
    /// Carry out the final ruling, as anyone.
    Apply(Act),
    /// End a dispute that was not ruled on in time, as anyone: the seller gets what is contested.
    Lapse(Act),
}

#[derive(Debug, Args)]
pub struct Open {
    /// Address of the order.
    order: Pubkey,
    /// SHA-256 of the evidence, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    evidence: [u8; 32],
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Open(options) => open(options).await,
        Command::Concede(act) => concede(act).await,
        Command::Apply(act) => by_number(act, instruction::apply_ruling).await,
        Command::Lapse(act) => by_number(act, instruction::lapse_dispute).await,
    }
}

async fn open(options: Open) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let (address, opener) = (options.order, wallet.address());
    let order = wallet.session.account::<Order>(&address).await?;
    let (source, create) = wallet
        .token_account(&opener, &order.mint, &order.token_program)
        .await?;
    let open = instruction::open_dispute(&opener, &address, &order, &source, options.evidence);
    let instructions: Vec<_> = create.into_iter().chain([open]).collect();
    send(&wallet, &address, &instructions).await
}

async fn concede(act: Act) -> Result<Value> {
    let wallet = act.signing.open("publisher").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    let concede = instruction::concede(&wallet.address(), &act.order, &order);
    send(&wallet, &act.order, &[concede]).await
}

/// What anyone does about an order's last dispute.
async fn by_number(act: Act, make: fn(&Pubkey, &Pubkey, u16) -> Instruction) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    let decide = make(&wallet.address(), &act.order, order.disputes);
    send(&wallet, &act.order, &[decide]).await
}
