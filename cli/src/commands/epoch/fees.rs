//! How fees become points.

use anyhow::{Result, bail};
use escrow::state::Order;
use pedigree_sdk::{
    instructions::{escrow as on_escrow, reward as instruction},
    pda,
    render::rfc3339,
};
use reward::{
    math,
    state::{Config, Epoch, Rate},
};
use serde_json::{Value, json};

use super::{Alone, now, shown};
use crate::commands::{order, wallet::with_sent};

pub async fn open(alone: Alone) -> Result<Value> {
    let wallet = alone.signing.open("stranger").await?;
    let session = &wallet.session;
    let number = now(session).await?;
    if let Some(open) = session.find::<Epoch>(&pda::epoch(number).0).await? {
        let ends_at = rfc3339(open.ends_at);
        bail!("epoch {number} is open already, until {ends_at}: fees are recorded in it");
    }
    let open = instruction::open_epoch(&wallet.address(), number);
    let sent = wallet.send(&[open]).await?;
    Ok(with_sent(shown(session, number).await?, &sent))
}

/// Credits an order's fee, and says to whom and how much.
pub async fn record(act: order::Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let (session, payer, address) = (&wallet.session, wallet.address(), act.order);
    let order = session.account::<Order>(&address).await?;
    if order.head.owner == order.payee {
        let payee = order.payee;
        bail!("SelfDealt: {payee} bought of itself: such a fee credits nobody");
    }
    let mint = order.mint;
    let Some(rate) = session.find::<Rate>(&pda::rate(&mint).0).await? else {
        bail!("NothingToCredit: fees in mint {mint} credit nothing: no rate was set for it");
    };
    let config = session.account::<Config>(&pda::reward_config().0).await?;
    let credit = math::credit(order.fee_paid, rate.rate);
    let (publisher, buyer) = credit
        .and_then(|credit| math::split(credit, config.buyer_share_ppm))
        .unwrap_or_default();

    let number = now(session).await?;
    let opens = session.missing(&[pda::epoch(number).0]).await?;
    let open = opens
        .contains(&true)
        .then(|| instruction::open_epoch(&payer, number));
    let record = on_escrow::record_fees(&payer, &address, &order, number);
    let instructions: Vec<_> = open.into_iter().chain([record]).collect();
    let sent = wallet.send(&instructions).await?;
    let recorded = json!({
        "order": address.to_string(),
        "fee": order.fee_paid.to_string(),
        "epoch": number,
        "opened": instructions.len() > 1,
        "credited": [
            {"owner": order.payee.to_string(), "points": publisher.to_string()},
            {"owner": order.head.owner.to_string(), "points": buyer.to_string()},
        ],
    });
    Ok(with_sent(recorded, &sent))
}
