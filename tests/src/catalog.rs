//! The catalogue as the file has it, read here with nothing of the product's own reader, so that the two check each
//! other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

/// The committed catalogue.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog/ai-assets.jsonl");

/// One asset, as far as the tests compare it.
#[derive(Clone, Debug)]
pub struct Asset {
    pub line: String,
    pub key: String,
    pub kind: String,
    pub publisher: String,
    pub name: String,
    pub license: Option<String>,
    /// Parent key and relation.
    pub parents: BTreeSet<(String, String)>,
}

/// Assets by key, in the file's order.
pub struct Catalog {
    pub assets: Vec<Asset>,
    index: HashMap<String, usize>,
    children: HashMap<String, BTreeSet<String>>,
}

impl Catalog {
    pub fn whole() -> Self {
        let text = std::fs::read_to_string(FILE).expect("the committed catalogue");
        Self::new(text.lines().map(parse).collect())
    }

    fn new(assets: Vec<Asset>) -> Self {
        let index = assets
            .iter()
            .enumerate()
            .map(|(i, asset)| (asset.key.clone(), i))
            .collect();
        let mut children: HashMap<String, BTreeSet<String>> = HashMap::new();
        for asset in &assets {
            for (parent, _) in &asset.parents {
                children
                    .entry(parent.clone())
                    .or_default()
                    .insert(asset.key.clone());
            }
        }
        Self {
            assets,
            index,
            children,
        }
    }

    /// A part of at least `size` assets in which every parent is present: the deepest lineages, one asset of each
    /// kind, then every n-th with its ancestors.
    pub fn part(&self, size: usize) -> Self {
        let mut chosen = BTreeSet::new();
        let mut by_depth: Vec<usize> = (0..self.assets.len()).collect();
        by_depth.sort_by_key(|i| std::cmp::Reverse(self.depth(&self.assets[*i].key)));
        let mut kinds = BTreeSet::new();
        let each_kind: Vec<usize> = (0..self.assets.len())
            .filter(|i| kinds.insert(&self.assets[*i].kind))
            .collect();
        let stride = self.assets.len() / size + 1;
        let spread = (0..self.assets.len())
            .step_by(stride)
            .chain(0..self.assets.len());
        let deepest = by_depth.into_iter().take(size / 6);
        for i in each_kind.into_iter().chain(deepest).chain(spread) {
            if chosen.len() >= size {
                break;
            }
            chosen.insert(i);
            chosen.extend(
                self.ancestors(&self.assets[i].key, u32::MAX)
                    .keys()
                    .map(|key| self.index[key]),
            );
        }
        Self::new(chosen.into_iter().map(|i| self.assets[i].clone()).collect())
    }

    pub fn text(&self) -> String {
        self.assets
            .iter()
            .map(|asset| format!("{}\n", asset.line))
            .collect()
    }

    pub fn edges(&self) -> usize {
        self.assets.iter().map(|asset| asset.parents.len()).sum()
    }

    pub fn get(&self, key: &str) -> &Asset {
        &self.assets[self.index[key]]
    }

    /// Longest way up, in edges.
    pub fn depth(&self, key: &str) -> u32 {
        self.get(key)
            .parents
            .iter()
            .map(|(parent, _)| self.depth(parent) + 1)
            .max()
            .unwrap_or(0)
    }

    /// Keys above `key` with their distance, at most `depth` away.
    pub fn ancestors(&self, key: &str, depth: u32) -> BTreeMap<String, u32> {
        closure(key, depth, |key| {
            self.get(key)
                .parents
                .iter()
                .map(|(parent, _)| parent.clone())
                .collect()
        })
    }

    /// Keys below `key` with their distance, at most `depth` away.
    pub fn descendants(&self, key: &str, depth: u32) -> BTreeMap<String, u32> {
        closure(key, depth, |key| {
            self.children
                .get(key)
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        })
    }

    /// How many assets have each value of a field; those without it are left out.
    pub fn count(&self, field: impl Fn(&Asset) -> Option<&str>) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for value in self.assets.iter().filter_map(field) {
            *counts.entry(value.to_owned()).or_insert(0) += 1;
        }
        counts
    }
}

fn closure(root: &str, depth: u32, next: impl Fn(&str) -> Vec<String>) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut wave = vec![root.to_owned()];
    let mut distance = 0;
    while !wave.is_empty() && distance < depth {
        distance += 1;
        let mut coming = Vec::new();
        for key in wave.iter().flat_map(|key| next(key)) {
            if key != root && !found.contains_key(&key) {
                found.insert(key.clone(), distance);
                coming.push(key);
            }
        }
        wave = coming;
    }
    found
}

fn parse(line: &str) -> Asset {
    let value: Value = serde_json::from_str(line).expect("a JSON line");
    let text = |field: &str| value[field].as_str().map(str::to_owned);
    let parents = value["parents"].as_array().into_iter().flatten();
    Asset {
        line: line.to_owned(),
        key: text("key").expect("a key"),
        kind: text("kind").expect("a kind"),
        publisher: text("publisher").expect("a publisher"),
        name: text("name").expect("a name"),
        license: text("license"),
        parents: parents
            .map(|parent| {
                let field =
                    |name: &str| parent[name].as_str().expect("a parent's field").to_owned();
                (field("key"), field("relation"))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_complete_and_holds_the_deepest_lineage() {
        let whole = Catalog::whole();
        assert_eq!((whole.assets.len(), whole.edges()), (5_648, 6_163));
        let part = whole.part(600);
        assert!(
            part.assets.len() >= 600 && part.assets.len() < 900,
            "{}",
            part.assets.len()
        );
        let deepest =
            |catalog: &Catalog| catalog.assets.iter().map(|a| catalog.depth(&a.key)).max();
        assert_eq!(deepest(&part), deepest(&whole));
        assert_eq!(part.count(|a| Some(&a.kind)).len(), 4);
        for asset in &part.assets {
            assert_eq!(asset.parents, whole.get(&asset.key).parents);
        }
    }
}
