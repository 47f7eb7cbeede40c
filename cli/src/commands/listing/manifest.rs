//! Manifests of listings: canonical, and where an index finds them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use common::text;
use listing::state::Listing;
use pedigree_indexer::manifest::check;
use pedigree_sdk::{
    instructions::listing::{self as instruction, VersionArgs},
    manifest::{CONTENT_ADDRESSED, MAX_BYTES, ManifestError, canonical},
    names::KIND,
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use super::{
    send,
    unread::{Registered, warnings},
};
use crate::{
    commands::{values, wallet::Signing},
    session::Session,
};

/// All that an index reads of one.
pub const FORM: &str = r#"A manifest with all that the index reads; none of it has to be there:
  {
    "key": "my-model",
    "description": "What it is. Without a description the index reads `summary`.",
    "source": "https://example.org/my-model",
    "tags": ["text", "small"],
    "attributes": {"layers": 12, "languages": ["de", "en"], "quantised": false}
  }
`key` is the registered one: the index knows only its hash and shows that otherwise. Names of attributes are 1 to 40 of a-z, 0-9
and _, or `search --attr` cannot ask for them. Kind, name and licence are those registered, whatever a manifest says."#;

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
    let listing = wallet.session.account::<Listing>(&options.listing).await?;
    let registered = Registered {
        key: listing.key,
        kind: KIND.name(listing.kind).unwrap_or_default(),
        name: text::read(&listing.name),
        license: text::read(&listing.license),
    };
    let (manifest_hash, uri) = keep(&wallet.session, &options.manifest, options.uri, &registered)?;
    let args = VersionArgs {
        manifest_hash,
        content_hash: options.content_hash,
        uri,
    };
    let publish = instruction::publish_version(wallet.address(), options.listing, args);
    send(&wallet, &options.listing, &[publish]).await
}

/// Reads a manifest and keeps it where this deployment's index looks, before a listing names it. Warns of what no index will
/// show of it. Its hash and URI.
pub fn keep(
    session: &Session,
    file: &Path,
    uri: Option<String>,
    registered: &Registered,
) -> Result<([u8; 32], String)> {
    let read = || -> Result<(Value, String)> {
        let value: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        let text = canonical(&value)?;
        check(&value).map_err(|reason| anyhow!("no index would take it: {reason}"))?;
        match text.len() {
            found if found > MAX_BYTES => bail!(ManifestError::TooLarge { found }),
            _ => Ok((value, text)),
        }
    };
    let (manifest, text) = read().with_context(|| format!("manifest {}", file.display()))?;
    for warning in warnings(&manifest, registered) {
        eprintln!("warning: manifest {}: {warning}", file.display());
    }
    let store = session.manifests();
    let hash = store.put(text.as_bytes());
    let hash = hash.with_context(|| store.folder().display().to_string())?;
    Ok((hash, uri.unwrap_or_else(|| CONTENT_ADDRESSED.to_owned())))
}

#[cfg(test)]
mod tests {
    use pedigree_sdk::manifest::hash;

    use super::*;

    #[test]
    fn the_manifest_that_help_shows_is_read_whole() {
        let (begin, end) = (FORM.find('{').unwrap(), FORM.rfind('}').unwrap());
        let manifest: Value = serde_json::from_str(&FORM[begin..=end]).unwrap();
        let registered = Registered {
            key: hash(b"my-model"),
            kind: "model",
            name: String::new(),
            license: String::new(),
        };
        assert_eq!(warnings(&manifest, &registered), [""; 0]);
        assert_eq!(check(&manifest), Ok(()));
    }
}
