use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use listing::state::{Edge, Listing};
use pedigree_sdk::{instructions::listing as instruction, merkle::Tree, pda};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::commands::{
    values,
    wallet::{Signing, with_sent},
};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing that was made from the parent.
    listing: Pubkey,
    /// Address of the parent.
    #[arg(long, value_name = "ADDRESS")]
    parent: Pubkey,
    /// The training manifest: a content hash in hex on each line, in an order that stays. Its root goes on
    /// the chain for good.
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let (child, parent) = (options.listing, options.parent);
    wallet.session.account::<Listing>(&child).await?;
    let content_hash = wallet
        .session
        .account::<Listing>(&parent)
        .await?
        .content_hash;
    let read = || {
        let tree = Tree::new(read(&options.manifest)?)?;
        let proof = tree.proof(&content_hash);
        proof.with_context(|| {
            let hash = hex::encode(content_hash);
            format!("the content hash {hash} of {parent} is not in it")
        })
    };
    let proof = read().with_context(|| format!("manifest {}", options.manifest.display()))?;
    let prove = instruction::prove_edge(wallet.address(), child, parent, &proof);
    let sent = wallet.send(&[prove]).await?;
    let edge = pda::edge(&child, &parent).0;
    Ok(with_sent(wallet.session.show::<Edge>(&edge).await?, &sent))
}

/// The content hashes of a file; blank lines mean nothing.
fn read(file: &Path) -> Result<Vec<[u8; 32]>> {
    let text = fs::read_to_string(file)?;
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            values::hex(line).map_err(|error| anyhow!("line {}: {error}", index.saturating_add(1)))
        })
        .collect()
}
