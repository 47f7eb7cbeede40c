use anyhow::{Context, Result, bail};
use clap::Args;
use common::receipt::mode;
use escrow::{constants::MAX_HEARTBEATS, state::Order};
use pedigree_sdk::{error::about::order_state, fetch, instructions::escrow as instruction};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::commands::wallet::{Signing, with_sent};

#[derive(Debug, Args)]
pub struct Options {
    /// Authorise the next interval of these leases, at most 20: the wallet is their buyer key.
    #[arg(
        long,
        value_name = "ORDER",
        num_args = 1..,
        required_unless_present = "confirm",
        conflicts_with = "confirm"
    )]
    authorise: Vec<Pubkey>,
    /// Confirm the last interval of these leases of one listing, at most 20: the wallet is the
    /// listing's authority or operator, or the orders' seller.
    #[arg(long, value_name = "ORDER", num_args = 1..)]
    confirm: Vec<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let Options {
        authorise,
        confirm,
        signing,
    } = options;
    let leases = [&authorise[..], &confirm[..]].concat();
    if leases.len() > MAX_HEARTBEATS {
        bail!(
            "BatchOutOfBounds: {} leases, at most {MAX_HEARTBEATS} go at once",
            leases.len()
        );
    }
    let first = leases.first().context("no lease is named")?;
    let by_buyer = confirm.is_empty();
    let part = if by_buyer { "buyer" } else { "publisher" };
    let wallet = signing.open(part).await?;
    let (session, signer) = (&wallet.session, wallet.address());
    let listing = session.account::<Order>(first).await?.head.listing;
    let orders = fetch::many::<Order>(&session.rpc, &leases).await?;
    for (address, order) in leases.iter().zip(&orders) {
        let order = order.as_ref();
        let order = order.with_context(|| format!("there is no order at {address}"))?;
        if order.head.mode != mode::LEASE {
            bail!(
                "NotLease: order {address} is {}, and only a lease takes heartbeats",
                order_state(order)
            );
        }
    }
    let heartbeat = if by_buyer {
        instruction::authorise(&signer, &leases)
    } else {
        instruction::confirm(&signer, &listing, &leases)
    };
    let sent = wallet.send(&[heartbeat]).await?;
    let mut shown = Vec::new();
    for lease in &leases {
        shown.push(session.show::<Order>(lease).await?);
    }
    Ok(with_sent(json!({ "leases": shown }), &sent))
}
