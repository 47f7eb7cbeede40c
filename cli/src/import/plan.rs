//! What is left to do for each asset, given what the chain has already.

use std::collections::{HashMap, HashSet};

use listing::state::{Listing, status};
use pedigree_sdk::pda;
use solana_program::pubkey::Pubkey;

use super::ImportError;
use crate::catalog::{Asset, Manifest};

/// What to do for one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is listed with this manifest.
    Skip,
    /// It is a draft, or nothing yet.
    List {
        /// No draft exists.
        register: bool,
        /// Indices of the parents whose edges are missing.
        edges: Vec<usize>,
        /// The draft was registered with another manifest.
        publish: bool,
    },
    /// It is listed with another manifest.
    Publish,
}

/// An asset with its addresses.
pub struct Target<'a> {
    pub asset: &'a Asset,
    pub manifest: Manifest,
    pub publisher: Pubkey,
    pub address: Pubkey,
}

/// Addresses of listings by the key of their asset.
pub type Addresses<'a> = HashMap<&'a str, Pubkey>;

impl Target<'_> {
    /// Addresses of the edges to its parents.
    pub fn edges<'a>(&'a self, addresses: &'a Addresses<'_>) -> impl Iterator<Item = Pubkey> + 'a {
        self.asset.parents.iter().map(|parent| {
            let parent = addresses.get(parent.key.as_str()).copied();
            // The catalogue's check makes sure that every parent is there.
            pda::edge(&self.address, &parent.unwrap_or_default()).0
        })
    }

    /// Compares with the listing, and with the edges of `edges` that exist.
    pub fn step(
        &self,
        listing: Option<&Listing>,
        edges: &HashSet<Pubkey>,
        addresses: &Addresses<'_>,
    ) -> Result<Step, ImportError> {
        let parents = self.asset.parents.len();
        let Some(listing) = listing else {
            return Ok(Step::List {
                register: true,
                edges: (0..parents).collect(),
                publish: false,
            });
        };
        let current = listing.manifest_hash == self.manifest.hash;
        let missing: Vec<usize> = self
            .edges(addresses)
            .enumerate()
            .filter(|(_, edge)| !edges.contains(edge))
            .map(|(index, _)| index)
            .collect();
        let known = parents.saturating_sub(missing.len());
        let draft = listing.status == status::DRAFT;
        if usize::from(listing.edges) != known || (!draft && !missing.is_empty()) {
            return Err(ImportError::Lineage {
                key: self.asset.key.clone(),
            });
        }
        Ok(if draft {
            Step::List {
                register: false,
                edges: missing,
                publish: !current,
            }
        } else if current || listing.status == status::RETIRED {
            Step::Skip
        } else {
            Step::Publish
        })
    }
}

/// Indices of the assets by depth: those at one depth have all their parents before it.
pub fn waves(assets: &[Asset]) -> Vec<Vec<usize>> {
    let mut depths: HashMap<&str, usize> = HashMap::new();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (index, asset) in assets.iter().enumerate() {
        let parents = asset.parents.iter();
        let depth = parents
            .filter_map(|parent| depths.get(parent.key.as_str()))
            .map(|depth| depth.saturating_add(1))
            .max()
            .unwrap_or(0);
        depths.insert(&asset.key, depth);
        if waves.len() <= depth {
            waves.resize_with(depth.saturating_add(1), Vec::new);
        }
        waves[depth].push(index);
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::parse;

    #[test]
    fn every_parent_is_in_an_earlier_wave() {
        let text = include_str!("../../../catalog/ai-assets.jsonl");
        let assets = parse(text, None).unwrap();
        let waves = waves(&assets);
        assert_eq!(waves.len(), 6);
        assert_eq!(waves.iter().map(Vec::len).sum::<usize>(), assets.len());
        let mut done = HashSet::new();
        for wave in waves {
            for index in &wave {
                for parent in &assets[*index].parents {
                    assert!(done.contains(parent.key.as_str()), "{}", parent.key);
                }
            }
            done.extend(wave.iter().map(|index| assets[*index].key.as_str()));
        }
    }
}
