//! `pedigree voucher`.

mod text;

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use escrow::state::{Config, Order};
use pedigree_sdk::{
    fetch, pda,
    voucher::{Voucher, VoucherError, redeem_all},
};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::{
    Target,
    wallet::{Signing, with_sent},
};
use crate::session::Session;

/// More fill a transaction.
const AT_ONCE: usize = 3;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign that so much of an order is owed so far, with the wallet that is its buyer key. Nothing
    /// is sent.
    Sign(Sign),
    /// Whether a voucher is good for its order as it is now, and what it would add.
    Check(Check),
    /// Redeem vouchers, at most three, as the order's seller or its listing's operator.
    Redeem(Redeem),
}

#[derive(Debug, Args)]
pub struct Sign {
    /// Address of the order.
    #[arg(long, value_name = "ADDRESS")]
    order: Pubkey,
    /// Greater than that of the voucher before.
    #[arg(long, value_name = "NUMBER")]
    sequence: u64,
    /// Everything that is owed so far, in base units.
    #[arg(long, value_name = "BASE_UNITS")]
    amount: u64,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Check {
    /// What `voucher sign` printed as JSON, or a file of it.
    #[arg(long, value_name = "FILE|JSON", value_parser = text::parse)]
    voucher: Voucher,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Redeem {
    /// What `voucher sign` printed as JSON, or a file of it; of one order each.
    #[arg(
        long = "voucher",
        value_name = "FILE|JSON",
        value_parser = text::parse,
        required = true,
        num_args = 1..
    )]
    vouchers: Vec<Voucher>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Sign(options) => sign(options).await,
        Command::Check(options) => check(options).await,
        Command::Redeem(options) => redeem(options).await,
    }
}

async fn sign(options: Sign) -> Result<Value> {
    let wallet = options.signing.open("buyer").await?;
    let session = &wallet.session;
    let genesis_hash = genesis_hash(session).await?;
    let order = session.account::<Order>(&options.order).await?;
    let mut voucher = Voucher {
        order: options.order,
        born_slot: order.head.born_slot,
        sequence: options.sequence,
        cumulative: options.amount,
        signature: [0; 64],
    };
    voucher.signature = wallet.sign(&voucher.message(&genesis_hash))?;
    Ok(text::show(&voucher))
}

async fn check(options: Check) -> Result<Value> {
    let session = options.target.session().await?;
    let voucher = options.voucher;
    let order = session.account::<Order>(&voucher.order).await?;
    let (genesis_hash, now) = (
        genesis_hash(&session).await?,
        fetch::time(&session.rpc).await?,
    );
    let adds = voucher.check(&order, &genesis_hash, now).map_err(named)?;
    let shown = session.show::<Order>(&voucher.order).await?;
    let mut checked = text::show(&voucher);
    checked["adds"] = json!(adds.to_string());
    // While something is pending, nothing more is redeemed.
    for field in ["earned", "pending", "matures_at", "ends_at"] {
        checked[field] = shown[field].clone();
    }
    Ok(checked)
}

async fn redeem(options: Redeem) -> Result<Value> {
    if options.vouchers.len() > AT_ONCE {
        bail!("at most {AT_ONCE} vouchers fit into a transaction (--voucher)");
    }
    let wallet = options.signing.open("publisher").await?;
    let session = &wallet.session;
    let genesis_hash = genesis_hash(session).await?;
    let mut vouchers = Vec::new();
    for voucher in options.vouchers {
        let order = session.account::<Order>(&voucher.order).await?;
        // The network refuses a wrong signature without saying whose.
        voucher
            .check_signature(&order, &genesis_hash)
            .map_err(named)?;
        let key = Pubkey::new_from_array(order.buyer_key);
        vouchers.push((voucher, order.head.listing, key));
    }
    // The sender adds no instruction: the one that carries the signatures stays the first.
    let instructions = redeem_all(&wallet.address(), &genesis_hash, &vouchers, 0);
    let sent = wallet.send(&instructions).await?;
    let mut redeemed = Vec::new();
    for (voucher, ..) in &vouchers {
        redeemed.push(session.show::<Order>(&voucher.order).await?);
    }
    Ok(with_sent(json!({ "redeemed": redeemed }), &sent))
}

async fn genesis_hash(session: &Session) -> Result<[u8; 32]> {
    let config = session.account::<Config>(&pda::escrow_config().0).await?;
    Ok(config.genesis_hash)
}

/// Prefixed with the name that the program has for it.
fn named(error: VoucherError) -> anyhow::Error {
    anyhow!("{}: {error}", error.name())
}
