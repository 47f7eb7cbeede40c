//! Set A: as many listings as are wanted, each like one of the real catalogue, with a lineage like its own.
//!
//! The catalogue is gone through again and again. Kinds, licences, price terms and the shape of the lineage are as they are
//! there; publishers, names, tags and numbers vary more the larger the set is, by power laws.

use std::collections::HashSet;

use anyhow::Result;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    catalogue::{self, Asset, Price},
    vocabulary::{Vocabulary, Zipf, words},
};

/// The seed of everything.
pub const SEED: u64 = 6;

/// How the number of different publishers, tags and words grows with that of the listings.
const PUBLISHERS_GROW: f64 = 0.7;
const TAGS_GROW: f64 = 0.4;
const WORDS_GROW: f64 = 0.6;
/// Words of the catalogue's size, coined ones included.
const WORDS: f64 = 15_000.0;
/// Names are made of words drawn by this law, which is that of texts.
const WORD_EXPONENT: f64 = 1.05;
/// A word of a name, or a tag, is another one than in the catalogue.
const OTHER_WORD: f64 = 0.4;
const OTHER_TAG: f64 = 0.15;
/// A parent is an asset of an earlier pass, the more likely the earlier, so that what is popular gets more so.
const EARLIER_PARENT: f64 = 0.5;
/// Listings whose publisher takes part in royalties, of those with parents.
const CLAIMED: f64 = 0.2;
const ROYALTY_PPM: u32 = 1_000;
/// Listings that were ever sold; how often is drawn by a power law.
const SOLD: f64 = 0.2;
const REVIEWED: f64 = 0.3;
const MOST_SALES: f64 = 50_000.0;
/// Listings that are tainted by themselves.
const TAINTED: f64 = 0.0005;
/// Of a hundred listings, so many are not active.
const STATUSES: [(&str, u32); 4] = [("active", 95), ("paused", 2), ("retired", 2), ("draft", 1)];
/// Longest name that an account holds.
const MAX_NAME: usize = 79;
/// Listings whose manifest describes them, and bounds of the words of a description, whose logarithm is spread evenly. The
/// real catalogue has no descriptions: both are assumed.
const DESCRIBED: f64 = 0.6;
const DESCRIPTION_WORDS: (f64, f64) = (6.0, 48.0);

/// A listing of set A.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    pub number: usize,
    pub publisher: String,
    pub key: String,
    pub kind: String,
    pub status: &'static str,
    pub name: String,
    pub source: Option<String>,
    pub license: Option<String>,
    pub description: Option<String>,
    pub content: bool,
    pub tags: Vec<String>,
    pub attributes: Value,
    pub terms: Vec<Term>,
    pub claimed: bool,
    pub royalty_ppm: u32,
    pub slot: u64,
    pub sales: u64,
    pub reviews: u64,
    pub rating_sum: u64,
    pub tainted_itself: bool,
    /// By itself or by descent.
    pub tainted: bool,
    pub parents: Vec<Parent>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub mode: String,
    pub unit: String,
    pub price: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parent {
    /// Of an earlier listing.
    pub number: usize,
    pub relation: String,
    pub royalty_ppm: u32,
    /// Found false by a ruling.
    pub revoked: bool,
}

/// Where something is: 32 bytes that follow from what it is and its name.
pub fn place(what: &str, name: impl std::fmt::Display) -> [u8; 32] {
    Sha256::digest(format!("{what} {name}")).into()
}

/// Part of the edges that are revoked.
const REVOKED: f64 = 0.01;

/// Where a listing is.
pub fn address(number: usize) -> [u8; 32] {
    place("listing", number)
}

/// Gives the listings one after another, parents before children.
pub struct Listings {
    assets: Vec<Asset>,
    random: StdRng,
    names: Vocabulary,
    tags: Vocabulary,
    publishers: Zipf,
    count: usize,
    next: usize,
    tainted: Vec<bool>,
}

impl Listings {
    pub fn new(seed: u64, count: usize) -> Result<Self> {
        let assets = catalogue::read()?;
        let scale = (count as f64 / assets.len() as f64).max(1.0);
        let real: Vec<String> = assets.iter().flat_map(|asset| words(&asset.name)).collect();
        let real = catalogue::by_frequency(real.iter().map(|word| &word[..]));
        let tags = assets.iter().flat_map(|asset| &asset.tags);
        let tags = catalogue::by_frequency(tags.map(|tag| &tag[..]));
        let grown = |size: f64, by: f64| (size * scale.powf(by)) as usize;
        Ok(Self {
            random: StdRng::seed_from_u64(seed),
            names: Vocabulary::new(real, grown(WORDS, WORDS_GROW), WORD_EXPONENT),
            tags: {
                let size = grown(tags.len() as f64, TAGS_GROW);
                Vocabulary::new(tags, size, 1.0)
            },
            publishers: Zipf::new(grown(1.0, PUBLISHERS_GROW), 1.0),
            count,
            next: 0,
            tainted: Vec::with_capacity(count),
            assets,
        })
    }

    fn make(&mut self) -> Listing {
        let number = self.next;
        let pass = number / self.assets.len();
        let asset = &self.assets[number % self.assets.len()];
        let random = &mut self.random;
        let other = self.publishers.draw(random);
        let publisher = match other {
            0 => asset.publisher.clone(),
            other => format!("{}-{other}", asset.publisher),
        };
        let name = match pass {
            0 => asset.name.clone(),
            _ => name(&asset.name, &self.names, random),
        };
        let key = format!(
            "{}/{name}-{:x}-{:x}",
            asset.kind,
            number >> 10,
            number & 0x3ff
        );
        let claimed = !asset.made_of.is_empty() && random.random_bool(CLAIMED);
        let parents = parents(asset, number, self.assets.len(), claimed, random);
        let tainted_itself = random.random_bool(TAINTED);
        let mut in_force = parents.iter().filter(|parent| !parent.revoked);
        let tainted = tainted_itself || in_force.any(|parent| self.tainted[parent.number]);
        self.tainted.push(tainted);
        let sales = sales(random);
        let (reviews, rating_sum) = ratings(sales, random);
        Listing {
            number,
            source: asset.source.as_deref().map(|source| {
                let scheme = source.split(':').next().unwrap_or_default();
                format!("{scheme}:{publisher}/{name}")
            }),
            publisher,
            key,
            kind: asset.kind.clone(),
            status: status(random),
            name,
            license: asset.license.clone(),
            description: description(&self.names, random),
            content: asset.revision.is_some(),
            tags: tags(&asset.tags, &self.tags, random),
            attributes: attributes(&asset.attributes, random),
            terms: asset
                .pricing
                .iter()
                .map(|price| term(price, random))
                .collect(),
            claimed,
            royalty_ppm: parents.iter().map(|parent| parent.royalty_ppm).sum(),
            // Two in each slot, so that slots alone do not order them.
            slot: 1_000 + number as u64 / 2,
            sales,
            reviews,
            rating_sum,
            tainted_itself,
            tainted,
            parents,
        }
    }
}

impl Iterator for Listings {
    type Item = Listing;

    fn next(&mut self) -> Option<Listing> {
        if self.next >= self.count {
            return None;
        }
        let listing = self.make();
        self.next += 1;
        Some(listing)
    }
}

/// Some words of the asset's name, some others, in its length or a word longer.
fn name(real: &str, vocabulary: &Vocabulary, random: &mut impl Rng) -> String {
    let mut name = String::new();
    let longer = random.random_bool(0.5).then(String::new);
    for word in words(real).chain(longer) {
        let drawn = word.is_empty() || random.random_bool(OTHER_WORD);
        let word = if drawn {
            vocabulary.draw(random)
        } else {
            &word
        };
        if name.len() + word.len() < MAX_NAME {
            if !name.is_empty() {
                name.push('-');
            }
            name.push_str(word);
        }
    }
    name
}

fn description(vocabulary: &Vocabulary, random: &mut impl Rng) -> Option<String> {
    let (least, most) = DESCRIPTION_WORDS;
    let length = least * (most / least).powf(random.random_range(0.0..1.0));
    let words: Vec<&str> = (0..length as usize)
        .map(|_| vocabulary.draw(random))
        .collect();
    random.random_bool(DESCRIBED).then(|| words.join(" "))
}

fn parents(
    asset: &Asset,
    number: usize,
    assets: usize,
    claimed: bool,
    random: &mut impl Rng,
) -> Vec<Parent> {
    let pass = number / assets;
    let parent = |(place, relation): &(usize, String)| {
        let pass = if random.random_bool(EARLIER_PARENT) {
            // Of pass n in proportion to 1/(n + 1), nearly.
            ((pass + 1) as f64).powf(random.random_range(0.0..1.0)) as usize - 1
        } else {
            pass
        };
        Parent {
            number: pass * assets + place,
            relation: relation.clone(),
            royalty_ppm: if claimed { ROYALTY_PPM } else { 0 },
            revoked: random.random_bool(REVOKED),
        }
    };
    asset.made_of.iter().map(parent).collect()
}

fn status(random: &mut impl Rng) -> &'static str {
    let mut point = random.random_range(0..100);
    for (status, share) in STATUSES {
        if point < share {
            return status;
        }
        point -= share;
    }
    "active"
}

fn tags(real: &[String], vocabulary: &Vocabulary, random: &mut impl Rng) -> Vec<String> {
    let mut seen = HashSet::new();
    let tags = real.iter().map(|tag| match random.random_bool(OTHER_TAG) {
        true => vocabulary.draw(random).to_owned(),
        false => tag.clone(),
    });
    tags.filter(|tag| seen.insert(tag.clone())).collect()
}

/// The same names; numbers above a thousand are others of the same size.
fn attributes(real: &Map<String, Value>, random: &mut impl Rng) -> Value {
    let varied = real.iter().map(|(name, value)| {
        let value = match value.as_u64() {
            Some(number) if number > 1_000 => {
                Value::from((number as f64 * random.random_range(0.8..1.25)) as u64)
            }
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    Value::Object(varied.collect())
}

fn term(price: &Price, random: &mut impl Rng) -> Term {
    Term {
        mode: price.mode.clone(),
        unit: price.unit.clone(),
        price: ((price.price_micro_usd as f64 * random.random_range(0.5..2.0)) as u64).max(1),
    }
}

fn sales(random: &mut impl Rng) -> u64 {
    match random.random_bool(SOLD) {
        // As many have n or more as there are 1/n of all.
        true => (1.0 / random.random_range(1.0 / MOST_SALES..1.0)) as u64,
        false => 0,
    }
}

/// How many rated it, and the sum of their ratings.
fn ratings(sales: u64, random: &mut impl Rng) -> (u64, u64) {
    let reviews = (0..sales.min(1_000))
        .filter(|_| random.random_bool(REVIEWED))
        .count() as u64;
    let mean: f64 = random.random_range(2.0..5.0);
    (reviews, (reviews as f64 * mean).round() as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Six times through the catalogue: an unfinished pass would have more of what comes first there.
    const COUNT: usize = 6 * 5_648;

    fn listings() -> Vec<Listing> {
        Listings::new(SEED, COUNT).unwrap().collect()
    }

    #[test]
    fn one_seed_gives_the_same_listings_another_gives_others() {
        let of = |seed| Listings::new(seed, 12_000).unwrap().collect::<Vec<_>>();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    /// Share of each value.
    fn shares<'a>(values: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, f64> {
        let mut counts = BTreeMap::new();
        let mut all = 0.0;
        for value in values {
            *counts.entry(value).or_default() += 1.0;
            all += 1.0;
        }
        counts.values_mut().for_each(|count| *count /= all);
        counts
    }

    fn near(found: &BTreeMap<&str, f64>, wanted: &BTreeMap<&str, f64>, within: f64) {
        for (value, wanted) in wanted.iter().filter(|(_, share)| **share > 0.01) {
            let found = found.get(value).copied().unwrap_or_default();
            let ratio = found / wanted;
            assert!(
                (1.0 - within..1.0 + within).contains(&ratio),
                "{value}: {found} for {wanted}"
            );
        }
    }

    #[test]
    fn kinds_licences_terms_tags_and_lineage_are_those_of_the_catalogue() {
        let (found, real) = (listings(), catalogue::read().unwrap());
        near(
            &shares(found.iter().map(|listing| &listing.kind[..])),
            &shares(real.iter().map(|asset| &asset.kind[..])),
            0.1,
        );
        near(
            &shares(
                found
                    .iter()
                    .map(|listing| listing.license.as_deref().unwrap_or_default()),
            ),
            &shares(
                real.iter()
                    .map(|asset| asset.license.as_deref().unwrap_or_default()),
            ),
            0.1,
        );
        near(
            &shares(
                found
                    .iter()
                    .flat_map(|listing| &listing.terms)
                    .map(|term| &term.unit[..]),
            ),
            &shares(
                real.iter()
                    .flat_map(|asset| &asset.pricing)
                    .map(|price| &price.unit[..]),
            ),
            0.1,
        );
        near(
            &shares(
                found
                    .iter()
                    .flat_map(|listing| &listing.tags)
                    .map(|tag| &tag[..]),
            ),
            &shares(
                real.iter()
                    .flat_map(|asset| &asset.tags)
                    .map(|tag| &tag[..]),
            ),
            0.35,
        );
        let mean = |edges: usize, of: usize| edges as f64 / of as f64;
        let edges = mean(
            found.iter().map(|listing| listing.parents.len()).sum(),
            COUNT,
        );
        let wanted = mean(
            real.iter().map(|asset| asset.made_of.len()).sum(),
            real.len(),
        );
        assert!(
            (0.9..1.1).contains(&(edges / wanted)),
            "{edges} for {wanted}"
        );
        for listing in &found {
            assert!(
                listing
                    .parents
                    .iter()
                    .all(|parent| parent.number < listing.number)
            );
            assert!(listing.name.len() <= MAX_NAME && !listing.name.is_empty());
        }
    }

    #[test]
    fn publishers_and_words_are_few_and_great_and_many_and_small() {
        let found = listings();
        let real = catalogue::read().unwrap().len();
        let publishers = shares(found.iter().map(|listing| &listing.publisher[..]));
        let before = shares(found[..real].iter().map(|listing| &listing.publisher[..]));
        assert!(publishers.len() > before.len() && publishers.len() < COUNT / 10);
        assert!(publishers.values().any(|share| *share > 0.01));
        let texts: Vec<String> = found
            .iter()
            .flat_map(|listing| words(&listing.name))
            .collect();
        let mut counts: Vec<usize> = {
            let mut counts = BTreeMap::new();
            for word in &texts {
                *counts.entry(word).or_insert(0usize) += 1;
            }
            counts.into_values().collect()
        };
        counts.sort_unstable();
        let rare = counts.iter().filter(|count| **count <= 3).count();
        assert!(rare * 2 > counts.len(), "{rare} of {}", counts.len());
        assert!(
            counts
                .iter()
                .any(|count| (COUNT / 200..COUNT / 50).contains(count))
        );
        assert!(counts.last() > Some(&(COUNT / 20)), "{:?}", counts.last());
    }

    #[test]
    fn keys_are_different_and_taint_reaches_the_children() {
        let found = listings();
        let keys: HashSet<&str> = found.iter().map(|listing| &listing.key[..]).collect();
        assert_eq!(keys.len(), COUNT);
        let inherits = |listing: &&Listing| {
            listing
                .parents
                .iter()
                .any(|parent| found[parent.number].tainted)
        };
        assert!(found.iter().filter(inherits).all(|listing| listing.tainted));
        assert!(found.iter().any(|listing| listing.tainted));
    }
}
