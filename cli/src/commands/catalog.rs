//! `pedigree catalog`.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use clap::{Args, Subcommand};
use pedigree_localnet::network::Network;
use pedigree_sdk::send::Sender;
use serde_json::Value;

use super::Target;
use crate::{
    catalog,
    import::{Importer, progress_bar},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a catalogue on the network; again, only what is new or changed.
    Import(Import),
}

#[derive(Debug, Args)]
pub struct Import {
    /// One JSON object a line, parents before children.
    file: PathBuf,
    /// List at most the first N assets.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Pays fees and rent.
    #[arg(long, value_name = "FILE|NAME", default_value = "deployer")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    let Command::Import(options) = command;
    // Nothing is listed from a file that does not parse.
    let assets = catalog::read(&options.file, options.limit)?;
    let session = options.target.session().await?;
    let importer = Importer {
        sender: Arc::new(Sender::new(session.rpc.clone(), Network::send_options())),
        payer: session.wallet(&options.wallet)?,
        seed: session.seed()?,
        mint: session.mint()?,
        manifests: session.manifests(),
    };
    let bar = progress_bar();
    let report = importer.run(&assets, &bar).await;
    bar.finish_and_clear();
    Ok(serde_json::to_value(report?)?)
}
