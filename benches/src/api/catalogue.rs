//! The real catalogue: what generated listings are like.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

/// An asset as `catalog/README.md` describes it.
#[derive(Debug, Deserialize)]
pub struct Asset {
    pub key: String,
    pub kind: String,
    pub publisher: String,
    pub name: String,
    pub source: Option<String>,
    pub revision: Option<String>,
    pub license: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub attributes: Map<String, Value>,
    #[serde(default)]
    pub pricing: Vec<Price>,
    #[serde(default)]
    parents: Vec<Named>,
    /// Places of the parents in the catalogue, and the relations to them.
    #[serde(skip)]
    pub made_of: Vec<(usize, String)>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Price {
    pub mode: String,
    pub unit: String,
    pub price_micro_usd: u64,
}

#[derive(Debug, Deserialize)]
struct Named {
    key: String,
    relation: String,
}

/// All assets, parents before children.
pub fn read() -> Result<Vec<Asset>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/ai-assets.jsonl");
    let text = fs::read_to_string(&file).context("reading the catalogue")?;
    let mut places = HashMap::new();
    let mut assets: Vec<Asset> = Vec::new();
    for line in text.lines() {
        let mut asset: Asset = serde_json::from_str(line)?;
        for parent in std::mem::take(&mut asset.parents) {
            let place = places.get(&parent.key);
            let place = place.with_context(|| format!("{} comes before a parent", asset.key))?;
            asset.made_of.push((*place, parent.relation));
        }
        places.insert(asset.key.clone(), assets.len());
        assets.push(asset);
    }
    Ok(assets)
}

/// Texts, the most frequent first.
pub fn by_frequency<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts
        .into_iter()
        .map(|(text, _)| text.to_owned())
        .collect()
}
