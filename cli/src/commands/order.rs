//! `pedigree order`.

mod open;

use anyhow::Result;
use clap::{Args, Subcommand};
use escrow::{constants::SEALED_KEY_LEN, state::Order};
use listing::state::Listing;
use pedigree_localnet::token::create_associated;
use pedigree_sdk::{instructions::escrow as instruction, pda::associated_token};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use super::{Target, values::hex_bytes};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what an order would cost and who would get it.
    Quote(open::Quote),
    /// Order a listing with its price as deposit, or take the receipt of a free one. The same
    /// again, with the same key, changes nothing.
    Open(open::Open),
    /// Deliver an order, by the listing's authority or operator.
    Deliver(Deliver),
    /// Settle a delivered order at once, by its buyer.
    Accept(Buyer),
    /// Settle a delivered order after its dispute window, by anyone.
    Settle(Anyone),
    /// Refund: everything by anyone once delivery is late, or any part by the seller.
    Refund(Refund),
    /// Pay parts that could not be paid when they fell due, by anyone.
    Withdraw(Anyone),
    /// Close a finished order's account and get its rent back.
    Close(Buyer),
    /// Print an order as the chain has it.
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Deliver {
    order: Pubkey,
    /// Hash of the content; that of the order unless given.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<32>)]
    content_hash: Option<[u8; 32]>,
    /// The content key, sealed for the order's delivery key.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<SEALED_KEY_LEN>)]
    sealed_key: Option<[u8; SEALED_KEY_LEN]>,
    #[arg(long, value_name = "FILE|NAME", default_value = "publisher")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Buyer {
    order: Pubkey,
    #[arg(long, value_name = "FILE|NAME", default_value = "buyer")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Anyone {
    order: Pubkey,
    /// Signs and pays the fee.
    #[arg(long, value_name = "FILE|NAME", default_value = "stranger")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Refund {
    order: Pubkey,
    /// Base units, by the seller; everything unless given.
    #[arg(long)]
    amount: Option<u64>,
    /// Signs and pays the fee.
    #[arg(long, value_name = "FILE|NAME", default_value = "stranger")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Show {
    order: Pubkey,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Quote(options) => open::quote(options).await,
        Command::Open(options) => open::open(options).await,
        Command::Deliver(options) => deliver(options).await,
        Command::Show(options) => {
            let session = options.target.session().await?;
            session.show::<Order>(&options.order).await
        }
        Command::Accept(Buyer {
            order,
            wallet,
            target,
        }) => crank(&target, &wallet, order, settle).await,
        Command::Settle(Anyone {
            order,
            wallet,
            target,
        }) => crank(&target, &wallet, order, settle).await,
        Command::Withdraw(Anyone {
            order,
            wallet,
            target,
        }) => {
            crank(&target, &wallet, order, |signer, address, order| {
                let (payee, buyer) = (
                    account(order, &order.payee),
                    account(order, &order.head.buyer),
                );
                vec![
                    create(signer, order, &order.payee),
                    create(signer, order, &order.head.buyer),
                    instruction::withdraw(signer, address, order, Some(payee), Some(buyer)),
                ]
            })
            .await
        }
        Command::Close(Buyer {
            order,
            wallet,
            target,
        }) => {
            crank(&target, &wallet, order, |signer, address, order| {
                vec![instruction::close_order(signer, address, order)]
            })
            .await
        }
        Command::Refund(options) => refund(options).await,
    }
}

async fn deliver(options: Deliver) -> Result<Value> {
    let session = options.target.session().await?;
    let order: Order = session.account(&options.order).await?;
    let wallet = session.wallet(&options.wallet)?;
    let deliver = instruction::deliver(
        &wallet.pubkey(),
        &order.head.listing,
        &options.order,
        options.content_hash.unwrap_or(order.content_hash),
        options.sealed_key.unwrap_or([0; SEALED_KEY_LEN]),
    );
    let sent = session.send(&[deliver], &[wallet]).await?;
    told(&session, sent, &options.order).await
}

fn settle(signer: &Pubkey, address: &Pubkey, order: &Order) -> Vec<Instruction> {
    let payee = account(order, &order.payee);
    vec![
        create(signer, order, &order.payee),
        instruction::settle(signer, address, order, &payee),
    ]
}

async fn refund(options: Refund) -> Result<Value> {
    let session = options.target.session().await?;
    let order: Order = session.account(&options.order).await?;
    let listing: Listing = session.account(&order.head.listing).await?;
    let wallet = session.wallet(&options.wallet)?;
    let signer = wallet.pubkey();
    let buyer = account(&order, &order.head.buyer);
    let by_seller = signer == listing.authority || signer == listing.operator;
    let refund = if by_seller || options.amount.is_some() {
        let (order_address, amount) = (&options.order, options.amount);
        instruction::refund_by_seller(&signer, order_address, &order, &buyer, amount)
    } else {
        instruction::refund(&signer, &options.order, &order, &buyer)
    };
    let instructions = [create(&signer, &order, &order.head.buyer), refund];
    let sent = session.send(&instructions, &[wallet]).await?;
    told(&session, sent, &options.order).await
}

async fn crank(
    target: &Target,
    wallet: &str,
    address: Pubkey,
    build: impl FnOnce(&Pubkey, &Pubkey, &Order) -> Vec<Instruction>,
) -> Result<Value> {
    let session = target.session().await?;
    let order: Order = session.account(&address).await?;
    let wallet = session.wallet(wallet)?;
    let instructions = build(&wallet.pubkey(), &address, &order);
    let sent = session.send(&instructions, &[wallet]).await?;
    told(&session, sent, &address).await
}

/// What the order is after the transaction.
async fn told(session: &Session, mut sent: Value, address: &Pubkey) -> Result<Value> {
    sent["address"] = json!(address.to_string());
    sent["order"] = match session.find::<Order>(address).await? {
        Some(_) => session.show::<Order>(address).await?,
        // It was closed.
        None => Value::Null,
    };
    Ok(sent)
}

/// The associated account of a party.
fn account(order: &Order, party: &Pubkey) -> Pubkey {
    associated_token(party, &order.mint, &order.token_program).0
}

fn create(signer: &Pubkey, order: &Order, party: &Pubkey) -> Instruction {
    create_associated(signer, party, &order.mint, &order.token_program)
}
