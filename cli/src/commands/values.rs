//! Values on the command line.

use std::{fs, path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail};
use clap::Args;
use pedigree_sdk::{
    instructions::listing::{TermArgs, VersionArgs},
    manifest::{self, CONTENT_ADDRESSED},
    names::{MODE, Names},
};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::session::Session;

/// A price as `MODE:UNIT:PRICE` or `MODE:UNIT:PRICE:CAPACITY`, in base units of the settlement
/// mint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    mode: u8,
    unit: String,
    price: u64,
    capacity: u64,
}

impl FromStr for Term {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let (mode, unit, price, capacity) = match parts[..] {
            [mode, unit, price] => (mode, unit, price, "0"),
            [mode, unit, price, capacity] => (mode, unit, price, capacity),
            _ => return Err("expected MODE:UNIT:PRICE[:CAPACITY]".to_owned()),
        };
        let number = |text: &str| {
            text.parse()
                .map_err(|_| format!("{text} is no whole number"))
        };
        Ok(Self {
            mode: named(&MODE, mode)?,
            unit: unit.to_owned(),
            price: number(price)?,
            capacity: number(capacity)?,
        })
    }
}

impl Term {
    /// The terms as the program takes them.
    pub async fn args(terms: &[Self], session: &Session) -> Result<Vec<TermArgs>> {
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let mint = session.mint()?;
        let settings = pedigree_sdk::pda::mint_config(&mint).0;
        let settings: escrow::state::MintConfig = session.account(&settings).await?;
        let args = terms.iter().map(|term| TermArgs {
            mode: term.mode,
            decimals: settings.decimals,
            price: term.price,
            capacity: term.capacity,
            mint,
            unit: term.unit.clone(),
        });
        Ok(args.collect())
    }
}

/// The number of a name.
pub fn named(names: &Names, text: &str) -> Result<u8, String> {
    names.value(text).ok_or_else(|| {
        let known: Vec<&str> = names.all().collect();
        format!("{text} is no {}: expected {}", names.what, known.join(", "))
    })
}

/// Bytes in hex.
pub fn hex_bytes<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| format!("expected {} hex digits", N.saturating_mul(2)))?;
    Ok(bytes)
}

/// A version's manifest and content.
#[derive(Clone, Debug, Args)]
pub struct VersionOptions {
    /// JSON file; its canonical form goes into the deployment's content store.
    #[arg(long, value_name = "FILE", conflicts_with = "manifest_hash")]
    manifest: Option<PathBuf>,
    /// SHA-256 of a canonical manifest that is stored elsewhere.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<32>)]
    manifest_hash: Option<[u8; 32]>,
    /// Where the manifest is found; by its hash in any store unless given.
    #[arg(long)]
    uri: Option<String>,
    /// Hash of the content itself, where known.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<32>)]
    content_hash: Option<[u8; 32]>,
}

impl VersionOptions {
    /// The version as the program takes it; a manifest file is in the store afterwards.
    pub fn args(&self, session: &Session) -> Result<VersionArgs> {
        let manifest_hash = match (&self.manifest, self.manifest_hash) {
            (Some(path), _) => {
                let describe = || format!("manifest {}", path.display());
                let text = fs::read_to_string(path).with_context(describe)?;
                let value: Value = serde_json::from_str(&text).with_context(describe)?;
                let text = manifest::canonical(&value).with_context(describe)?;
                let store = session.manifests();
                store.put(text.as_bytes()).with_context(describe)?
            }
            (None, Some(hash)) => hash,
            (None, None) => bail!("name the manifest with --manifest or --manifest-hash"),
        };
        Ok(VersionArgs {
            manifest_hash,
            content_hash: self.content_hash,
            uri: self
                .uri
                .clone()
                .unwrap_or_else(|| CONTENT_ADDRESSED.to_owned()),
        })
    }
}

/// `none` or an address.
pub fn address_or_none(text: &str) -> Result<Pubkey, String> {
    if text == "none" {
        return Ok(Pubkey::default());
    }
    text.parse().map_err(|_| format!("{text} is no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_names_mode_unit_price_and_capacity() {
        let term: Term = "one_time:copy:2500000".parse().unwrap();
        assert_eq!((term.mode, term.price, term.capacity), (1, 2_500_000, 0));
        let term: Term = "lease:hour:7:10".parse().unwrap();
        assert_eq!(
            (term.mode, term.unit.as_str(), term.capacity),
            (4, "hour", 10)
        );
        for wrong in [
            "one_time:copy",
            "sale:copy:1",
            "lease:hour:-1",
            "lease:hour:1.5",
        ] {
            assert!(wrong.parse::<Term>().is_err(), "{wrong}");
        }
    }
}
