//! Sends what concerns orders. Most refusals are of the state that an order is in, so that an error says which it is.

use anyhow::{Error, Result};
use escrow::state::Order;
use pedigree_sdk::{
    names::{MODE, ORDER_STATE},
    send::Sent,
};
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    commands::wallet::{Wallet, with_sent},
    session::Session,
};

/// Sends, and gives the order as it is afterwards.
pub async fn send(wallet: &Wallet, order: &Pubkey, instructions: &[Instruction]) -> Result<Value> {
    let sent = submit(wallet, &[*order], instructions).await?;
    Ok(with_sent(wallet.session.show::<Order>(order).await?, &sent))
}

/// Sends; an error names the orders' states.
pub async fn submit(
    wallet: &Wallet,
    orders: &[Pubkey],
    instructions: &[Instruction],
) -> Result<Sent> {
    match wallet.send(instructions).await {
        Ok(sent) => Ok(sent),
        Err(error) => Err(named(&wallet.session, orders, error).await),
    }
}

async fn named(session: &Session, orders: &[Pubkey], error: Error) -> Error {
    let mut states = Vec::new();
    for address in orders {
        // What the error says counts, whether or not this can be found out.
        if let Ok(Some(order)) = session.find::<Order>(address).await {
            states.push(format!("order {address} is {}", state(&order)));
        }
    }
    match states.is_empty() {
        true => error,
        false => error.context(states.join(", ")),
    }
}

/// What an order is like, in a word or two, such as `delivered (one_time)`.
pub fn state(order: &Order) -> String {
    let state = ORDER_STATE.name(order.head.state).unwrap_or("unknown");
    let mode = MODE.name(order.head.mode).unwrap_or("unknown");
    format!("{state} ({mode})")
}
