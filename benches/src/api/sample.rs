//! What queries are made of: some of the loaded listings, what their words are worth, and who descends from whom.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::Range,
};

use rand::{
    Rng,
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};
use serde::Serialize;
use serde_json::Value;

use super::{listings::Listing, vocabulary::words};

/// Listings kept.
const KEPT: usize = 20_000;
/// Ancestors or descendants are counted up to here: beyond, an answer is cut.
const COUNTED: usize = 5_000;
/// Levels of an answer that nobody asked for more of.
const DEPTH: usize = 8;

#[derive(Debug)]
pub struct Sample {
    /// All listings.
    pub count: usize,
    every: usize,
    pub listings: Vec<Listing>,
    /// Child and parent.
    edges: Vec<(u32, u32)>,
    /// Words by how many of the listings kept have them.
    frequencies: BTreeMap<String, usize>,
}

/// How many listings have a word.
#[derive(Clone, Copy, Debug)]
pub enum Frequency {
    /// One of those kept: some ten thousandths of all at most.
    Rare,
    /// About one in a hundred.
    Middling,
    /// One in ten or more.
    Common,
    /// 500 to 5,000 of all.
    Thousands,
}

impl Sample {
    pub fn new(count: usize) -> Self {
        Self {
            count,
            every: (count / KEPT).max(1),
            listings: Vec::new(),
            edges: Vec::new(),
            frequencies: BTreeMap::new(),
        }
    }

    pub fn see(&mut self, listing: Listing) {
        let edge = |parent: usize| (listing.number as u32, parent as u32);
        self.edges
            .extend(listing.parents.iter().map(|parent| edge(parent.number)));
        if listing.number.is_multiple_of(self.every) && listing.status == "active" {
            for word in texts(&listing)
                .iter()
                .flat_map(|text| words(text))
                .collect::<BTreeSet<_>>()
            {
                *self.frequencies.entry(word).or_default() += 1;
            }
            self.listings.push(listing);
        }
    }

    /// Different words that so many listings have.
    pub fn words_of(&self, frequency: Frequency) -> Vec<&str> {
        let kept = self.listings.len().max(1);
        let all = |found: usize| found * self.count / kept;
        let fits = |word: &str, found: usize| match frequency {
            // Numbers are the rarest, and nobody searches for them.
            Frequency::Rare => found == 1 && word.starts_with(char::is_alphabetic),
            Frequency::Middling => (kept / 300..=kept / 33).contains(&found),
            Frequency::Common => found >= kept / 10,
            Frequency::Thousands => found > 5 && (500..=5_000).contains(&all(found)),
        };
        let found = self
            .frequencies
            .iter()
            .filter(|(word, found)| fits(word, **found));
        found.map(|(word, _)| &word[..]).collect()
    }

    pub fn listing(&self, random: &mut StdRng) -> &Listing {
        self.listings.choose(random).expect("some are kept")
    }

    /// One of those that a test holds for.
    pub fn listing_with(&self, random: &mut StdRng, test: impl Fn(&Listing) -> bool) -> &Listing {
        for _ in 0..10_000 {
            let found = self.listing(random);
            if test(found) {
                return found;
            }
        }
        self.listing(random)
    }

    /// Who descends from whom.
    pub fn lineage(&self) -> Lineage {
        Lineage {
            ancestors: Graph::of(self.edges.iter().copied(), self.count),
            descendants: Graph::of(
                self.edges.iter().map(|(child, parent)| (*parent, *child)),
                self.count,
            ),
        }
    }

    /// Listings with parents.
    pub fn children(&self, random: &mut StdRng, wanted: usize) -> Vec<usize> {
        (0..wanted)
            .filter_map(|_| {
                self.edges
                    .get(random.random_range(0..self.edges.len().max(1)))
            })
            .map(|(child, _)| *child as usize)
            .collect()
    }
}

/// What is searched for of a listing.
pub fn texts(listing: &Listing) -> Vec<String> {
    let mut texts = vec![
        listing.name.clone(),
        listing.publisher.clone(),
        listing.kind.clone(),
        listing.key.clone(),
    ];
    texts.extend(listing.license.clone());
    texts.extend(listing.source.clone());
    texts.extend(listing.description.clone());
    texts.extend(listing.tags.iter().cloned());
    if let Value::Object(attributes) = &listing.attributes {
        for (name, value) in attributes {
            texts.push(name.clone());
            texts.push(match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
        }
    }
    texts
}

/// Both ways along the edges.
pub struct Lineage {
    pub ancestors: Graph,
    pub descendants: Graph,
}

/// Edges by the end that they begin at.
pub struct Graph {
    /// Of each listing, where its edges begin in `ends`.
    starts: Vec<u32>,
    ends: Vec<u32>,
}

/// Listings from which a lineage is followed, and the least and the most that any of them leads to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Roots {
    #[serde(serialize_with = "length")]
    pub listings: Vec<usize>,
    pub least: usize,
    pub most: usize,
}

fn length<S: serde::Serializer>(listings: &[usize], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(listings.len() as u64)
}

impl Graph {
    fn of(edges: impl Iterator<Item = (u32, u32)>, count: usize) -> Self {
        let mut edges: Vec<(u32, u32)> = edges.collect();
        edges.sort_unstable();
        let mut starts = vec![0; count + 1];
        for (from, _) in &edges {
            starts[*from as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Self {
            starts,
            ends: edges.into_iter().map(|(_, to)| to).collect(),
        }
    }

    /// How many a listing leads to within the depth of an answer, as far as is counted.
    fn reach(&self, root: u32) -> usize {
        let (mut seen, mut level) = (HashSet::from([root]), vec![root]);
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for from in level {
                let [start, end] = [0, 1].map(|more| self.starts[from as usize + more] as usize);
                let new = self.ends[start..end].iter().filter(|to| seen.insert(**to));
                next.extend(new);
                if seen.len() > COUNTED {
                    return seen.len() - 1;
                }
            }
            level = next;
        }
        seen.len() - 1
    }

    /// Some that lead to as many others as one of the ranges has, the first one that any is found for.
    pub fn roots(&self, ranges: &[Range<usize>], random: &mut StdRng) -> Roots {
        /// Roots that are enough, and how many listings are looked at for them.
        const WANTED: usize = 200;
        const LOOKED_AT: usize = 20_000;
        let all = 0..self.starts.len().saturating_sub(1);
        let mut candidates: Vec<usize> = all
            .filter(|listing| self.starts[*listing] < self.starts[*listing + 1])
            .collect();
        let (candidates, _) = candidates.partial_shuffle(random, LOOKED_AT);
        let reaches: Vec<(usize, usize)> = candidates
            .iter()
            .map(|listing| (*listing, self.reach(*listing as u32)))
            .collect();
        for range in ranges {
            let fitting = reaches.iter().filter(|(_, reach)| range.contains(reach));
            let found: Vec<(usize, usize)> = fitting.take(WANTED).copied().collect();
            if !found.is_empty() {
                let reach = found.iter().map(|(_, reach)| *reach);
                return Roots {
                    least: reach.clone().min().unwrap_or_default(),
                    most: reach.max().unwrap_or_default(),
                    listings: found.into_iter().map(|(listing, _)| listing).collect(),
                };
            }
        }
        Roots::default()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn roots_lead_to_as_many_as_was_asked_for_within_the_depth_of_an_answer() {
        // A chain of twenty, and a star of five.
        let chain = (0..20).map(|number| (number, number + 1));
        let star = (31..36).map(|leaf| (30, leaf));
        let graph = Graph::of(chain.chain(star), 40);
        assert_eq!(
            (graph.reach(0), graph.reach(17), graph.reach(30)),
            (8, 3, 5)
        );
        let mut random = StdRng::seed_from_u64(1);
        let roots = graph.roots(&[100..200, 5..6], &mut random);
        assert_eq!((roots.least, roots.most), (5, 5));
        assert!(roots.listings.contains(&30) && roots.listings.contains(&15));
        assert!(
            graph
                .roots(&[9..100, 20..30], &mut random)
                .listings
                .is_empty()
        );
    }
}
