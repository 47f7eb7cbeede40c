//! Set B: lineage alone, of listings with many parents each, so that a few levels hold more than any answer may.

use std::time::Instant;

use anyhow::{Result, ensure};
use pedigree_indexer::store::{EDGES, LISTINGS};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use sqlx::{Connection, Executor};

use super::{
    indexes::Indexes,
    listings::{Listing, SEED, address},
    load::{Loaded, connect, cursor, disk},
    rows::{edge_status, into, write_edge, write_listing},
};

pub const PARENTS: usize = 50;
/// One in so many edges is revoked.
const REVOKED: u64 = 100;
/// Levels above the first, whose listings have no parents.
pub const DEPTH: usize = 5;
/// One in so many is of the first level.
const FIRST: usize = 40;

/// Listings of each level: `levels[n]..levels[n + 1]` are those of level n.
#[derive(Clone, Debug)]
pub struct Levels(Vec<usize>);

impl Levels {
    pub fn new(nodes: usize) -> Self {
        let first = (nodes / FIRST).max(PARENTS * 2);
        let each = nodes.saturating_sub(first) / DEPTH;
        let mut bounds = vec![0, first];
        bounds.extend((1..DEPTH).map(|level| first + level * each));
        bounds.push(nodes);
        Self(bounds)
    }

    pub fn of(&self, level: usize) -> std::ops::Range<usize> {
        self.0[level]..self.0[level + 1]
    }
}

/// Different listings of the level before, of which a listing is made.
fn parents(below: std::ops::Range<usize>, random: &mut impl Rng) -> Vec<usize> {
    let mut chosen = rand::seq::index::sample(random, below.len(), PARENTS).into_vec();
    chosen.iter_mut().for_each(|place| *place += below.start);
    chosen
}

/// Loads it.
pub async fn load(url: &str, nodes: usize) -> Result<Loaded> {
    // Each level has to have as many as a listing of the next has parents.
    ensure!(nodes >= PARENTS * (DEPTH + 2), "set B is too small");
    let begun = Instant::now();
    let indexes = Indexes::take(url, &["listings", "edges"]).await?;
    let levels = Levels::new(nodes);
    let mut random = StdRng::seed_from_u64(SEED);
    let mut edges = 0;
    let mut rows = connect(url).await?;
    let mut rows = rows.begin().await?;
    let mut lineage = connect(url).await?;
    let mut lineage = lineage.begin().await?;
    rows.execute("TRUNCATE listings").await?;
    lineage.execute("TRUNCATE edges").await?;
    let addresses: Vec<[u8; 32]> = (0..nodes).map(address).collect();
    {
        let mut rows = into(&LISTINGS).open(&mut rows);
        let mut lineage = into(&EDGES).open(&mut lineage);
        for level in 0..=DEPTH {
            for number in levels.of(level) {
                write_listing(rows.row().await?, &node(number));
                if level == 0 {
                    continue;
                }
                let parents = parents(levels.of(level - 1), &mut random);
                for (position, parent) in (0..).zip(parents) {
                    let made_of = (addresses[number], addresses[parent]);
                    write_edge(
                        lineage.row().await?,
                        made_of,
                        ("trained_on", edge_status(edges % REVOKED == 0), 0),
                        position,
                        1,
                    );
                    edges += 1;
                }
            }
        }
        rows.finish().await?;
        lineage.finish().await?;
    }
    rows.commit().await?;
    lineage.commit().await?;
    cursor(&mut connect(url).await?, 1).await?;
    let rows_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    indexes.put_back(url).await?;
    Ok(Loaded {
        listings: nodes as u64,
        edges,
        rows_seconds,
        indexes_seconds: begun.elapsed().as_secs_f64(),
        disk_bytes: disk(url).await?,
    })
}

/// A listing that has nothing but its place in the lineage.
fn node(number: usize) -> Listing {
    Listing {
        number,
        publisher: "nobody".to_owned(),
        key: format!("model/{number}"),
        kind: "model".to_owned(),
        status: "active",
        name: format!("node-{number}"),
        source: None,
        license: None,
        description: None,
        content: false,
        tags: Vec::new(),
        attributes: Value::Object(Default::default()),
        terms: Vec::new(),
        claimed: false,
        royalty_ppm: 0,
        slot: 1,
        sales: 0,
        reviews: 0,
        rating_sum: 0,
        tainted_itself: false,
        tainted: false,
        parents: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_listing_is_made_of_fifty_different_ones_of_the_level_before() {
        let levels = Levels::new(20_000);
        assert_eq!(levels.of(0).start, 0);
        assert_eq!(levels.of(DEPTH).end, 20_000);
        let mut random = StdRng::seed_from_u64(1);
        for level in 1..=DEPTH {
            let below = levels.of(level - 1);
            assert_eq!(levels.of(level).start, below.end);
            let parents = parents(below.clone(), &mut random);
            assert!(parents.iter().all(|parent| below.contains(parent)));
            assert_eq!(parents.iter().collect::<HashSet<_>>().len(), PARENTS);
        }
    }
}
