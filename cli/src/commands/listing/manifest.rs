//! Manifests of listings: canonical, and where an index finds them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use listing::state::Listing;
use pedigree_indexer::manifest::check;
use pedigree_sdk::{
    instructions::listing::{self as instruction, VersionArgs},
    manifest::{CONTENT_ADDRESSED, MAX_BYTES, ManifestError, canonical},
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::send;
use crate::{
    commands::{values, wallet::Signing},
    session::Session,
};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: Pubkey,
    /// JSON file; it is brought into its canonical form.
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// Where the manifest is served; the content store of this deployment unless given.
    #[arg(long)]
    uri: Option<String>,
    /// SHA-256 of the content itself, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    content_hash: Option<[u8; 32]>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    wallet.session.account::<Listing>(&options.listing).await?;
    let (manifest_hash, uri) = keep(&wallet.session, &options.manifest, options.uri)?;
    let args = VersionArgs {
        manifest_hash,
        content_hash: options.content_hash,
        uri,
    };
    let publish = instruction::publish_version(wallet.address(), options.listing, args);
    send(&wallet, &options.listing, &[publish]).await
}

/// Reads a manifest and keeps it where this deployment's index looks, before a listing names it.
/// Its hash and URI.
pub fn keep(session: &Session, file: &Path, uri: Option<String>) -> Result<([u8; 32], String)> {
    let read = || -> Result<String> {
        let value: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        let text = canonical(&value)?;
        check(&value).map_err(|reason| anyhow!("no index would take it: {reason}"))?;
        match text.len() {
            found if found > MAX_BYTES => bail!(ManifestError::TooLarge { found }),
            _ => Ok(text),
        }
    };
    let text = read().with_context(|| format!("manifest {}", file.display()))?;
    let store = session.manifests();
    let hash = store.put(text.as_bytes());
    let hash = hash.with_context(|| store.folder().display().to_string())?;
    Ok((hash, uri.unwrap_or_else(|| CONTENT_ADDRESSED.to_owned())))
}
