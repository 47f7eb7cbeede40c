//! What follows the end of an epoch, and the end of the time to claim it.

use anyhow::{Result, bail};
use clap::Args;
use pedigree_sdk::{
    fetch, instructions::reward as instruction, pda, render::rfc3339, send::pack::pack,
};
use reward::state::{Emission, Epoch, Points};
use serde_json::{Value, json};

use super::{Alone, opened, shown};
use crate::{
    commands::wallet::{Signing, with_sent},
    session::Session,
};

/// Finishes every epoch that is over.
pub async fn finish(alone: Alone) -> Result<Value> {
    let wallet = alone.signing.open("stranger").await?;
    let session = &wallet.session;
    let unfinished = unfinished(session).await?;
    let time = fetch::time(&session.rpc).await?;
    let over: Vec<u32> = unfinished
        .iter()
        .take_while(|epoch| epoch.ends_at <= time)
        .map(|epoch| epoch.index)
        .collect();
    match unfinished.first() {
        None => bail!("no epoch is open: `pedigree epoch record` opens the one of now"),
        Some(Epoch { index, ends_at, .. }) if over.is_empty() => bail!(
            "EpochNotOver: epoch {index} lasts until {}: finish it from then on",
            rfc3339(*ends_at)
        ),
        Some(_) => {}
    }
    let finishes = over
        .iter()
        .map(|number| vec![instruction::finish_epoch(*number)]);
    let mut signatures = Vec::new();
    for transaction in pack(finishes, &wallet.address()) {
        signatures.push(wallet.send(&transaction).await?.signature.to_string());
    }
    let mut finished = Vec::new();
    for number in over {
        finished.push(shown(session, number).await?);
    }
    Ok(json!({"finished": finished, "signatures": signatures}))
}

/// Epochs that were opened and not finished, the oldest first.
pub async fn unfinished(session: &Session) -> Result<Vec<Epoch>> {
    let emission = session.account::<Emission>(&pda::emission().0).await?;
    let mut epochs = Vec::new();
    // Each names the one that was opened before it, by one more than its index.
    let mut next = emission.last_opened;
    while next > emission.last_finished {
        let epoch = opened(session, next.saturating_sub(1)).await?;
        next = epoch.previous;
        epochs.push(epoch);
    }
    epochs.reverse();
    Ok(epochs)
}

#[derive(Debug, Args)]
pub struct Expire {
    /// Number of the epoch.
    epoch: u32,
    #[command(flatten)]
    signing: Signing,
}

pub async fn expire(options: Expire) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let number = options.epoch;
    opened(&wallet.session, number).await?;
    let sent = wallet.send(&[instruction::expire_epoch(number)]).await?;
    Ok(with_sent(shown(&wallet.session, number).await?, &sent))
}

#[derive(Debug, Args)]
pub struct ClosePoints {
    /// Number of the epoch.
    epoch: u32,
    /// Whose points they are.
    #[arg(long, value_name = "NAME|ADDRESS")]
    owner: String,
    #[command(flatten)]
    signing: Signing,
}

pub async fn close_points(options: ClosePoints) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let number = options.epoch;
    let owner = wallet.session.address(&options.owner)?;
    let address = pda::points(&owner, number).0;
    let points = wallet.session.account::<Points>(&address).await?;
    let close = instruction::close_points(&wallet.address(), &owner, number, &points.rent_payer);
    let sent = wallet.send(&[close]).await?;
    let closed = json!({
        "closed": address.to_string(),
        "points": points.points.to_string(),
        "rent_to": points.rent_payer.to_string(),
    });
    Ok(with_sent(closed, &sent))
}
