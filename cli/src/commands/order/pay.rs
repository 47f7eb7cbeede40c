//! What ends an order or follows its end.

use anyhow::{Result, bail};
use escrow::state::{Order, bond_to};
use pedigree_sdk::instructions::escrow as instruction;
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    Act,
    submit::{send, state, submit},
};
use crate::commands::wallet::Wallet;

pub async fn accept(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    if order.head.owner != wallet.address() {
        bail!(
            "order {} is {}: NotBuyer: only its owner, {}, accepts; anyone settles after the dispute window",
            act.order,
            state(&order),
            order.head.owner
        );
    }
    pay(&wallet, &act.order, &order, instruction::settle).await
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

/// Sends what pays the payee among others.
async fn pay(
    wallet: &Wallet,
    address: &Pubkey,
    order: &Order,
    make: fn(&Pubkey, &Pubkey, &Order) -> Instruction,
) -> Result<Value> {
    let (_, create) = wallet
        .token_account(&order.payee, &order.mint, &order.token_program)
        .await?;
    let paying = make(&wallet.address(), address, order);
    let instructions: Vec<_> = create.into_iter().chain([paying]).collect();
    send(wallet, address, &instructions).await
}

pub async fn withdraw(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let address = act.order;
    let order = wallet.session.account::<Order>(&address).await?;
    let cranker = wallet.address();
    let mut instructions = Vec::new();
    let mut own = None;
    // A dispute's bond goes with what goes back.
    let bond = order.bond_to == bond_to::OWNER && order.bond_due() > 0;
    let parts = [
        (order.paid_due > 0, order.payee, None),
        (
            order.refund_due > 0 || bond,
            order.head.owner,
            Some(order.source),
        ),
    ];
    for (is_due, owner, only) in parts {
        if !is_due {
            continue;
        }
        // A party that cranks takes its part in its associated account; for others that is made again where it is the
        // one that they are paid in.
        let (account, create) = wallet
            .token_account(&owner, &order.mint, &order.token_program)
            .await?;
        if cranker == owner {
            own = Some(account);
        }
        if cranker == owner || only.is_none_or(|only| only == account) {
            instructions.extend(create);
        }
    }
    instructions.push(instruction::withdraw(&cranker, &address, &order, own));
    send(&wallet, &address, &instructions).await
}

pub async fn close(act: Act) -> Result<Value> {
    let wallet = act.signing.open("buyer").await?;
    let order = wallet.session.account::<Order>(&act.order).await?;
    let close = instruction::close_order(&wallet.address(), &act.order, &order);
    let sent = submit(&wallet, &[act.order], &[close]).await?;
    Ok(json!({
        "closed": act.order.to_string(),
        "rent_to": order.rent_payer.to_string(),
        "signature": sent.signature.to_string(),
        "slot": sent.slot,
    }))
}
