use anyhow::Result;
use clap::Args;
use listing::state::Profile;
use pedigree_sdk::{instructions::listing as instruction, pda};
use serde_json::Value;

use crate::commands::wallet::{Signing, with_sent};

#[derive(Debug, Args)]
pub struct Options {
    /// What the publisher calls itself; not empty, 96 bytes at most.
    #[arg(long)]
    name: String,
    /// Where more is said of it, 128 bytes at most; none unless given, whatever it was before.
    #[arg(long, default_value = "", hide_default_value = true)]
    uri: String,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let publisher = wallet.address();
    let change = instruction::set_profile(publisher, publisher, &options.name, &options.uri);
    let sent = wallet.send(&[change]).await?;
    let profile = pda::profile(&publisher).0;
    Ok(with_sent(
        wallet.session.show::<Profile>(&profile).await?,
        &sent,
    ))
}
