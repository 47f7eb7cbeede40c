//! What queries are made of: some of the loaded listings, what their words are worth, and who descends from whom.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use serde_json::Value;

use super::{listings::Listing, vocabulary::words};

/// Listings kept.
const KEPT: usize = 20_000;
/// Descendants are counted up to here: beyond, an answer is cut.
const COUNTED: usize = 5_000;

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

    /// So many listings that have between so many descendants, or as many as there are.
    pub fn with_descendants(
        &self,
        between: std::ops::Range<usize>,
        random: &mut StdRng,
    ) -> Vec<usize> {
        const WANTED: usize = 200;
        let children = Children::of(&self.edges, self.count);
        let parents: Vec<u32> = {
            let all: BTreeSet<u32> = self.edges.iter().map(|(_, parent)| *parent).collect();
            all.into_iter().collect()
        };
        let mut found = HashSet::new();
        for _ in 0..WANTED * 50 {
            let Some(root) = parents.choose(random) else {
                break;
            };
            if !found.contains(&(*root as usize)) && between.contains(&children.below(*root)) {
                found.insert(*root as usize);
            }
            if found.len() == WANTED {
                break;
            }
        }
        let mut found: Vec<usize> = found.into_iter().collect();
        found.sort_unstable();
        found
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

/// Edges by parent.
struct Children {
    starts: Vec<u32>,
    children: Vec<u32>,
}

impl Children {
    fn of(edges: &[(u32, u32)], count: usize) -> Self {
        let mut edges: Vec<(u32, u32)> = edges
            .iter()
            .map(|(child, parent)| (*parent, *child))
            .collect();
        edges.sort_unstable();
        let mut starts = vec![0; count + 1];
        for (parent, _) in &edges {
            starts[*parent as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Self {
            starts,
            children: edges.into_iter().map(|(_, child)| child).collect(),
        }
    }

    /// How many descend from a listing, as far as is counted.
    fn below(&self, root: u32) -> usize {
        let (mut seen, mut left) = (HashSet::from([root]), VecDeque::from([root]));
        while let Some(next) = left.pop_front() {
            let range =
                self.starts[next as usize] as usize..self.starts[next as usize + 1] as usize;
            for child in &self.children[range] {
                if seen.insert(*child) {
                    left.push_back(*child);
                }
            }
            if seen.len() > COUNTED {
                break;
            }
        }
        seen.len() - 1
    }
}
