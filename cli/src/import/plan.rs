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
    use bytemuck::Zeroable;

    use super::*;
    use crate::catalog::parse;

    const CATALOG: &str = r#"{"key":"dataset/a","kind":"dataset","publisher":"p","name":"a"}
{"key":"dataset/b","kind":"dataset","publisher":"p","name":"b"}
{"key":"model/c","kind":"model","publisher":"p","name":"c","parents":[{"key":"dataset/a","relation":"trained_on"},{"key":"dataset/b","relation":"trained_on"}]}"#;

    /// The step for `model/c`, of which the chain has a listing in `status` with the edges to
    /// the parents in `edges`.
    fn step(status: u8, edges: &[usize], same_manifest: bool) -> Result<Step, ImportError> {
        let assets = parse(CATALOG, None).unwrap();
        let addresses: Addresses<'_> = (1..)
            .zip(&assets)
            .map(|(n, asset)| (asset.key.as_str(), Pubkey::new_from_array([n; 32])))
            .collect();
        let asset = &assets[2];
        let target = Target {
            asset,
            manifest: Manifest::of(asset).unwrap(),
            publisher: Pubkey::new_from_array([9; 32]),
            address: addresses[asset.key.as_str()],
        };
        let all: Vec<Pubkey> = target.edges(&addresses).collect();
        let found = edges.iter().map(|index| all[*index]).collect();
        let mut listing = Listing::zeroed();
        listing.status = status;
        listing.edges = edges.len() as u16;
        listing.manifest_hash = if same_manifest {
            target.manifest.hash
        } else {
            [1; 32]
        };
        target.step(Some(&listing), &found, &addresses)
    }

    #[test]
    fn a_draft_is_resumed_with_the_edges_that_it_lacks() {
        let list = |edges: &[usize], publish| Step::List {
            register: false,
            edges: edges.to_vec(),
            publish,
        };
        assert_eq!(
            step(status::DRAFT, &[], true).unwrap(),
            list(&[0, 1], false)
        );
        assert_eq!(step(status::DRAFT, &[0], true).unwrap(), list(&[1], false));
        assert_eq!(step(status::DRAFT, &[1], false).unwrap(), list(&[0], true));
        assert_eq!(
            step(status::DRAFT, &[0, 1], true).unwrap(),
            list(&[], false)
        );
    }

    #[test]
    fn a_listing_is_left_alone_or_gets_a_version() {
        assert_eq!(step(status::ACTIVE, &[0, 1], true).unwrap(), Step::Skip);
        assert_eq!(step(status::ACTIVE, &[0, 1], false).unwrap(), Step::Publish);
        assert_eq!(step(status::PAUSED, &[0, 1], false).unwrap(), Step::Publish);
        assert_eq!(step(status::RETIRED, &[0, 1], false).unwrap(), Step::Skip);
        let changed = step(status::ACTIVE, &[0], true);
        assert!(matches!(changed, Err(ImportError::Lineage { key }) if key == "model/c"));
    }

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
