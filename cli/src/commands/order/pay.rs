//! What ends an order or follows its end.

use anyhow::{Result, bail};
use common::receipt::flag;
use escrow::state::Order;
use pedigree_sdk::{error::about::order_state, instructions::escrow as instruction};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{Act, send};
use crate::commands::{reclaim::reclaim, wallet::Wallet};

pub async fn accept(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    if order.head.owner != wallet.address() {
        bail!(
            "order {} is {}: NotBuyer: only its owner, {}, accepts; anyone settles after the dispute window",
            act.order,
            order_state(&order),
            order.head.owner
        );
    }
    pay(&wallet, &act.order, &order, instruction::accept).await
}

pub async fn settle(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    pay(&wallet, &act.order, &order, instruction::settle).await
}

pub async fn end(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    pay(&wallet, &act.order, &order, instruction::end).await
}

/// Sends what pays the payee, and what is given back, among others.
async fn pay(
    wallet: &Wallet,
    address: &Pubkey,
    order: &Order,
    make: fn(&Pubkey, &Pubkey, &Order) -> Instruction,
) -> Result<Value> {
    let (_, create) = wallet
        .token_account(&order.payee, &order.mint, &order.token_program)
        .await?;
    let mut instructions: Vec<_> = create.into_iter().collect();
    instructions.extend(takes_refund(wallet, order).await?);
    instructions.push(make(&wallet.address(), address, order));
    send(wallet, address, &instructions).await
}

/// What makes the token account that takes what an order gives back, where it is missing and anybody can make it: the one
/// that paid, or, where a session's vault is gone, the owner's associated one.
pub async fn takes_refund(wallet: &Wallet, order: &Order) -> Result<Option<Instruction>> {
    let Order { source, mint, .. } = order;
    let by_session = order.head.flags & flag::SESSION != 0;
    let missing = wallet.session.missing(&[*source]).await?.contains(&true);
    if !missing {
        return Ok(None);
    }
    let (account, create) = wallet
        .token_account(&order.head.owner, mint, &order.token_program)
        .await?;
    Ok(create.filter(|_| by_session || account == *source))
}

pub async fn withdraw(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let address = act.order;
    let order = wallet.session.account::<Order>(&address).await?;
    let cranker = wallet.address();
    let owner = order.head.owner;
    let mut instructions: Vec<Instruction> = Vec::new();
    let mut own = None;
    let by_owner = cranker == owner;
    if order.refund_due > 0 && !by_owner {
        instructions.extend(takes_refund(&wallet, &order).await?);
    }
    // A party that cranks takes its part in its associated account, as what is not given back always goes there.
    for (is_due, party) in [
        (order.paid_due > 0, order.payee),
        (
            order.owner_bond_due > 0 || (by_owner && order.refund_due > 0),
            owner,
        ),
        (order.seller_bond_due > 0, order.seller),
    ] {
        if !is_due {
            continue;
        }
        let (account, create) = wallet
            .token_account(&party, &order.mint, &order.token_program)
            .await?;
        if cranker == party {
            own = Some(account);
        }
        instructions.extend(create.filter(|create| !instructions.contains(create)));
    }
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

pub async fn reclaim_rent(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    reclaim(&wallet, &act.order, &order.rent_payer).await
}
