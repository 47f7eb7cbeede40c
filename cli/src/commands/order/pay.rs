//! What ends an order or follows its end.

use anyhow::{Result, bail};
use escrow::state::Order;
use pedigree_sdk::instructions::escrow as instruction;
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::Act;
use crate::commands::wallet::{Wallet, with_sent};

/// Sends, and gives the order as it is afterwards.
pub async fn send(wallet: &Wallet, order: &Pubkey, instructions: &[Instruction]) -> Result<Value> {
    let sent = wallet.send(instructions).await?;
    Ok(with_sent(wallet.session.show::<Order>(order).await?, &sent))
}

pub async fn accept(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    if order.head.buyer != wallet.address() {
        bail!(
            "NotBuyer: only the buyer {} accepts; anyone settles after the dispute window",
            order.head.buyer
        );
    }
    pay(&wallet, &act.order, &order).await
}

pub async fn settle(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    pay(&wallet, &act.order, &order).await
}

async fn pay(wallet: &Wallet, address: &Pubkey, order: &Order) -> Result<Value> {
    let (_, create) = wallet
        .token_account(&order.payee, &order.mint, &order.token_program)
        .await?;
    let settle = instruction::settle(&wallet.address(), address, order);
    let instructions: Vec<_> = create.into_iter().chain([settle]).collect();
    send(wallet, address, &instructions).await
}

pub async fn withdraw(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let address = act.order;
    let order = wallet.session.account::<Order>(&address).await?;
    let cranker = wallet.address();
    // The payee's associated account is made where it is missing; the buyer, cranking, takes its part in its own.
    let wants = order.paid_due > 0 || cranker == order.head.buyer;
    let owner = if cranker == order.head.buyer {
        cranker
    } else {
        order.payee
    };
    let (account, create) = wallet
        .token_account(&owner, &order.mint, &order.token_program)
        .await?;
    let mut instructions: Vec<Instruction> = create.filter(|_| wants).into_iter().collect();
    let own = (cranker == owner).then_some(account);
    instructions.push(instruction::withdraw(&cranker, &address, &order, own));
    send(&wallet, &address, &instructions).await
}

pub async fn close(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    let close = instruction::close_order(&wallet.address(), &act.order, &order);
    let sent = wallet.send(&[close]).await?;
    Ok(json!({
        "closed": act.order.to_string(),
        "rent_to": order.rent_payer.to_string(),
        "signature": sent.signature.to_string(),
        "slot": sent.slot,
    }))
}
