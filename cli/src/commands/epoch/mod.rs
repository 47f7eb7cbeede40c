//! `pedigree epoch`.

mod claim;
mod fees;
mod over;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use pedigree_sdk::{
    api::{Api, EpochFilter},
    fetch, pda, verify,
};
use reward::{
    math,
    state::{Config, Epoch},
};
use serde_json::{Value, json};

use super::{Page, Target, compared, order, wallet::Signing};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Credit a settled order's fee to its publisher and its owner in the epoch of now, as anyone, once. Opens that
    /// epoch where nobody has.
    Record(order::Act),
    /// Open the epoch of now, as anyone: fees are recorded in it until it is over.
    Open(Alone),
    /// Finish the epochs that are over, in the order in which they were opened, as anyone: from then on their points are
    /// claimed.
    Finish(Alone),
    /// Mint what points of finished epochs bring, to their owner.
    Claim(claim::Options),
    /// Let roll on what of an epoch nobody claimed in time, as anyone.
    Expire(over::Expire),
    /// Close the account of points that nobody claimed in time, as anyone: its rent goes to who paid it.
    ClosePoints(over::ClosePoints),
    /// An epoch as the chain has it, and whether the index agrees.
    Show(Show),
    /// Epochs in the index, newest first.
    List(List),
}

/// Something that needs nothing but a wallet.
#[derive(Debug, Args)]
pub struct Alone {
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Number of the epoch; that of now unless given.
    epoch: Option<u32>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct List {
    /// open, finished or expired; any of several.
    #[arg(long)]
    status: Vec<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Record(act) => fees::record(act).await,
        Command::Open(alone) => fees::open(alone).await,
        Command::Finish(alone) => over::finish(alone).await,
        Command::Claim(options) => claim::run(options).await,
        Command::Expire(options) => over::expire(options).await,
        Command::ClosePoints(options) => over::close_points(options).await,
        Command::Show(options) => show(options).await,
        Command::List(options) => list(options).await,
    }
}

async fn show(options: Show) -> Result<Value> {
    let session = options.target.session().await?;
    let number = match options.epoch {
        Some(number) => number,
        None => now(&session).await?,
    };
    let mut shown = shown(&session, number).await?;
    let serve = async |api: Api| api.epoch(number).await;
    shown["index"] = compared(&session, serve, verify::epoch).await?;
    Ok(shown)
}

async fn list(options: List) -> Result<Value> {
    let filter = EpochFilter {
        status: options.status,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.epochs(&filter).await?))
}

/// Number of the epoch of now, by the network's clock.
async fn now(session: &Session) -> Result<u32> {
    let config = session.account::<Config>(&pda::reward_config().0).await?;
    let time = fetch::time(&session.rpc).await?;
    math::epoch_at(config.starts_at, config.epoch_length, time)
        .context("the first epoch has not begun")
}

/// An epoch that somebody opened.
async fn opened(session: &Session, number: u32) -> Result<Epoch> {
    let found = session.find(&pda::epoch(number).0).await?;
    found.with_context(|| format!("nobody has opened epoch {number} on this network"))
}

/// An epoch by the names of the API, in which its number is `epoch`: `index` says whether the index agrees.
async fn shown(session: &Session, number: u32) -> Result<Value> {
    opened(session, number).await?;
    let mut shown = session.show::<Epoch>(&pda::epoch(number).0).await?;
    shown["epoch"] = shown["index"].take();
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("index");
    }
    Ok(shown)
}
