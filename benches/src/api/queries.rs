//! What is asked: of each kind, paths of requests that follow from the seed and the listings loaded.

use anyhow::{Context, Result};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use solana_program::pubkey::Pubkey;

use super::{
    deep::{DEPTH, Levels},
    listings::{Listing, SEED, address, place},
    rows::mint,
    sample::{Frequency, Sample},
    vocabulary::words,
};

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Queries {
    pub kind: &'static str,
    pub paths: Vec<String>,
}

const LISTINGS: &str = "/v1/listings";
/// Price terms are asked for in this unit.
const UNIT: &str = "million_input_tokens";

/// Kinds of set A that need nothing but the listings loaded.
pub const KINDS: [&str; 43] = [
    "word_rare",
    "word_middling",
    "word_common",
    "words_two",
    "words_three",
    "phrase",
    "word_not",
    "word_or",
    "word_kind",
    "filter_kind",
    "filter_license",
    "filter_publisher",
    "filter_publisher_name",
    "filter_name",
    "filter_key",
    "filter_tag",
    "filter_tags_two",
    "filter_status",
    "filter_addresses",
    "filter_untainted",
    "filter_max_royalty",
    "filter_min_rating",
    "filter_free",
    "filter_mode",
    "filter_price",
    "filter_attribute",
    "filter_attribute_range",
    "sort_newest",
    "sort_name",
    "sort_price",
    "sort_price_descending",
    "sort_rating",
    "sort_sales",
    "sort_trending",
    "sort_quality",
    "descends_from",
    "count_exact",
    "count_exact_wide",
    "facets",
    "facets_wide",
    "ancestors",
    "descendants",
    "descendants_cut",
];

pub fn base58(bytes: [u8; 32]) -> String {
    Pubkey::new_from_array(bytes).to_string()
}

/// A path with parameters, percent-encoded.
pub fn path(parameters: &[(&str, &str)]) -> String {
    let mut path = LISTINGS.to_owned();
    for (place, (name, value)) in parameters.iter().enumerate() {
        path.push(if place == 0 { '?' } else { '&' });
        path.push_str(name);
        path.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    path.push(byte.into())
                }
                _ => path.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    path
}

/// So many requests of each kind.
pub fn of_listings(sample: &Sample, count: usize) -> Result<Vec<Queries>> {
    let source = Source::new(sample);
    let make = |(number, kind): (u64, &&'static str)| {
        let mut random = StdRng::seed_from_u64(SEED << 8 | number);
        let paths = (0..count).map(|_| source.one(kind, &mut random));
        let paths: Option<Vec<String>> = paths.collect();
        let paths = paths.with_context(|| format!("nothing to ask for: {kind}"))?;
        Ok(Queries { kind, paths })
    };
    (0..).zip(&KINDS).map(make).collect()
}

/// Requests for the lineage of set B: of one level, and of all, which is more than an answer holds.
pub fn of_lineage(nodes: usize, count: usize) -> Vec<Queries> {
    let (levels, mut random) = (Levels::new(nodes), StdRng::seed_from_u64(SEED));
    let mut make = |kind, level: usize, what: &str| Queries {
        kind,
        paths: (0..count)
            .map(|_| {
                let root = base58(address(random.random_range(levels.of(level))));
                format!("{LISTINGS}/{root}/{what}")
            })
            .collect(),
    };
    vec![
        make("ancestors_one_level", DEPTH, "ancestors?depth=1"),
        make("ancestors_two_levels", DEPTH, "ancestors?depth=2"),
        make("ancestors_cut", DEPTH, "ancestors?depth=64"),
        make("descendants_one_level", 1, "descendants?depth=1"),
        make("descendants_two_levels", 1, "descendants?depth=2"),
        make("descendants_cut", 1, "descendants?depth=64"),
    ]
}

/// What all kinds draw from.
pub struct Source<'a> {
    sample: &'a Sample,
    rare: Vec<&'a str>,
    middling: Vec<&'a str>,
    common: Vec<&'a str>,
    thousands: Vec<&'a str>,
    /// Listings with up to a thousand descendants, and with more than an answer holds.
    forebears: Vec<usize>,
    great: Vec<usize>,
    children: Vec<usize>,
}

impl<'a> Source<'a> {
    pub fn new(sample: &'a Sample) -> Self {
        let mut random = StdRng::seed_from_u64(SEED);
        let some = |found: Vec<&'a str>, otherwise: &[&'a str]| match found.is_empty() {
            true => otherwise.to_vec(),
            false => found,
        };
        let common = sample.words_of(Frequency::Common);
        let middling = some(sample.words_of(Frequency::Middling), &common);
        let great = sample.with_descendants(5_000..usize::MAX, &mut random);
        let forebears = sample.with_descendants(1..1_001, &mut random);
        Self {
            rare: sample.words_of(Frequency::Rare),
            thousands: some(sample.words_of(Frequency::Thousands), &middling),
            middling,
            common,
            // A small set has none.
            great: if great.is_empty() {
                forebears.clone()
            } else {
                great
            },
            forebears,
            children: sample.children(&mut random, 1_000),
            sample,
        }
    }

    /// A request of a kind; none where the listings loaded have nothing to ask for.
    fn one(&self, kind: &str, random: &mut StdRng) -> Option<String> {
        let sample = self.sample;
        let listing = sample.listing(random);
        let word = |words: &[&'a str], random: &mut StdRng| {
            words.choose(random).map(|word| (*word).to_owned())
        };
        let q = |text: &str| path(&[("q", text)]);
        let with_license =
            |random: &mut StdRng| sample.listing_with(random, |listing| listing.license.is_some());
        let lineage = |roots: &[usize], what: &str, random: &mut StdRng| {
            let root = base58(address(*roots.choose(random)?));
            Some(format!("{LISTINGS}/{root}/{what}"))
        };
        Some(match kind {
            "word_rare" => q(&word(&self.rare, random)?),
            "word_middling" => q(&word(&self.middling, random)?),
            "word_common" => q(&word(&self.common, random)?),
            "words_two" => q(&some_words(listing, 2, random)),
            "words_three" => q(&some_words(listing, 3, random)),
            "phrase" => q(&format!("\"{}\"", neighbours(sample, random))),
            "word_not" => q(&format!(
                "{} -{}",
                word(&self.middling, random)?,
                word(&self.common, random)?
            )),
            "word_or" => q(&format!(
                "{} or {}",
                word(&self.middling, random)?,
                word(&self.middling, random)?
            )),
            "word_kind" => path(&[
                ("q", &word(&self.middling, random)?),
                ("kind", &listing.kind),
            ]),
            "filter_kind" => path(&[("kind", &listing.kind)]),
            "filter_license" => path(&[("license", with_license(random).license.as_deref()?)]),
            "filter_publisher" => {
                path(&[("publisher", &base58(place("publisher", &listing.publisher)))])
            }
            "filter_publisher_name" => path(&[("publisher_name", &listing.publisher)]),
            "filter_name" => path(&[("name", &listing.name)]),
            "filter_key" => path(&[("key", &listing.key)]),
            "filter_tag" => path(&[("tag", some_tags(sample, 1, random).first()?)]),
            "filter_tags_two" => match &some_tags(sample, 2, random)[..] {
                [one, other, ..] => path(&[("tag", one), ("tag", other)]),
                _ => return None,
            },
            "filter_status" => path(&[("status", ["paused", "retired", "draft"].choose(random)?)]),
            "filter_addresses" => {
                let listings: Vec<String> = (0..100)
                    .map(|_| base58(address(sample.listing(random).number)))
                    .collect();
                let all: Vec<(&str, &str)> =
                    listings.iter().map(|one| ("addresses", &one[..])).collect();
                path(&all)
            }
            "filter_untainted" => path(&[("untainted", "true"), ("kind", "model")]),
            "filter_max_royalty" => path(&[
                (
                    "max_royalty_ppm",
                    &random.random_range(0..20_000).to_string(),
                ),
                ("kind", "model"),
            ]),
            "filter_min_rating" => path(&[
                ("min_rating", ["3", "4", "4.5"].choose(random)?),
                ("kind", &listing.kind),
            ]),
            "filter_free" => path(&[("free", "true"), ("kind", &listing.kind)]),
            "filter_mode" => path(&[("mode", ["metered", "lease"].choose(random)?)]),
            "filter_price" => {
                let (least, most) = prices(sample, random);
                path(&[
                    ("unit", UNIT),
                    ("min_price", &least),
                    ("max_price", &most),
                    ("mint", &mint().to_string()),
                ])
            }
            "filter_attribute" => {
                let found = sample.listing_with(random, |listing| {
                    !listing.attributes["open_weights"].is_null()
                });
                let language = sample
                    .listing_with(random, |listing| listing.attributes["languages"].is_array());
                let open = found.attributes["open_weights"].to_string();
                match language.attributes["languages"][0].as_str() {
                    Some(language) if random.random_bool(0.5) => {
                        path(&[("attr.languages", language)])
                    }
                    _ => path(&[("attr.open_weights", &open)]),
                }
            }
            "filter_attribute_range" => match random.random_bool(0.5) {
                true => path(&[(
                    "attr.max_input_tokens.gte",
                    &random.random_range(1_000..1_000_000).to_string(),
                )]),
                false => path(&[(
                    "attr.release_date.gte",
                    &format!(
                        "202{}-0{}-01",
                        random.random_range(2..6),
                        random.random_range(1..10)
                    ),
                )]),
            },
            "sort_newest" => path(&[("sort", "newest"), ("kind", &listing.kind)]),
            "sort_name" => path(&[("sort", "name"), ("kind", &listing.kind)]),
            "sort_price" => path(&[
                ("sort", "price"),
                ("unit", UNIT),
                ("tag", some_tags(sample, 1, random).first()?),
            ]),
            "sort_price_descending" => path(&[
                ("sort", "-price"),
                ("unit", UNIT),
                ("tag", some_tags(sample, 1, random).first()?),
            ]),
            "sort_rating" => path(&[
                ("sort", "rating"),
                ("tag", some_tags(sample, 1, random).first()?),
            ]),
            "sort_sales" => path(&[("sort", "sales"), ("kind", &listing.kind)]),
            "sort_trending" => path(&[("sort", "trending"), ("q", &word(&self.common, random)?)]),
            "sort_quality" => path(&[("sort", "quality"), ("kind", &listing.kind)]),
            "descends_from" => path(&[(
                "descends_from",
                &base58(address(*self.forebears.choose(random)?)),
            )]),
            "count_exact" => path(&[("count", "exact"), ("q", &word(&self.thousands, random)?)]),
            "count_exact_wide" => path(&[("count", "exact"), ("q", &word(&self.common, random)?)]),
            "facets" => path(&[
                ("facets", "kind,license,tag,publisher,mode"),
                ("q", &word(&self.thousands, random)?),
            ]),
            "facets_wide" => path(&[
                ("facets", "kind,license,tag,publisher,mode"),
                ("q", &word(&self.common, random)?),
            ]),
            "ancestors" => lineage(&self.children, "ancestors", random)?,
            "descendants" => lineage(&self.forebears, "descendants", random)?,
            "descendants_cut" => lineage(&self.great, "descendants", random)?,
            _ => return None,
        })
    }

    /// Searches whose pages are followed, by their parameters.
    pub fn walks(&self, count: usize) -> Option<Vec<String>> {
        let mut random = StdRng::seed_from_u64(SEED << 16);
        let sorts = ["newest", "name", "rating", "sales"];
        (0..count)
            .map(|number| {
                let sort = sorts[number % sorts.len()];
                let listing = self.sample.listing(&mut random);
                Some(match number % 3 {
                    0 => path(&[("q", self.common.choose(&mut random)?)]),
                    1 => path(&[("sort", sort), ("kind", &listing.kind)]),
                    _ => path(&[("sort", sort), ("q", self.common.choose(&mut random)?)]),
                })
            })
            .collect()
    }

    /// A search of a random kind, with one or two conditions more and a random sort: what exactness is tried with.
    pub fn anything(&self, random: &mut StdRng) -> Option<String> {
        const SEARCHES: usize = 36;
        let mut path = self.one(KINDS[random.random_range(0..SEARCHES)], random)?;
        let has = |path: &str, name: &str| path.contains(&format!("{name}="));
        for _ in 0..random.random_range(0..3) {
            let more = self.one(KINDS[random.random_range(9..27)], random)?;
            let (name, _) = more.split_once('?')?.1.split_once('=')?;
            if !has(&path, name) && !has(&path, "unit") {
                path = format!("{path}&{}", more.split_once('?')?.1);
            }
        }
        let sorts = [
            "newest",
            "name",
            "rating",
            "sales",
            "trending",
            "quality",
            "relevance",
        ];
        if !has(&path, "sort") && random.random_bool(0.5) {
            path = format!("{path}&sort={}", sorts.choose(random)?);
        }
        Some(path)
    }
}

/// Different words of a listing's name, tags and publisher.
fn some_words(listing: &Listing, count: usize, random: &mut StdRng) -> String {
    let texts = [&listing.name, &listing.publisher]
        .into_iter()
        .chain(&listing.tags);
    let mut all: Vec<String> = texts.flat_map(|text| words(text)).collect();
    all.sort_unstable();
    all.dedup();
    let chosen: Vec<String> = all.choose_multiple(random, count).cloned().collect();
    chosen.join(" ")
}

/// Two words that follow one another in a name.
fn neighbours(sample: &Sample, random: &mut StdRng) -> String {
    let listing = sample.listing_with(random, |listing| words(&listing.name).count() > 1);
    let words: Vec<String> = words(&listing.name).collect();
    let first = random.random_range(0..words.len().saturating_sub(1).max(1));
    words[first..words.len().min(first + 2)].join(" ")
}

fn some_tags(sample: &Sample, count: usize, random: &mut StdRng) -> Vec<String> {
    let listing = sample.listing_with(random, |listing| listing.tags.len() >= count);
    listing
        .tags
        .choose_multiple(random, count)
        .cloned()
        .collect()
}

/// Bounds around a price that is asked for a unit.
fn prices(sample: &Sample, random: &mut StdRng) -> (String, String) {
    let has = |listing: &Listing| listing.terms.iter().any(|term| term.unit == UNIT);
    let found = sample.listing_with(random, has);
    let price = found
        .terms
        .iter()
        .find(|term| term.unit == UNIT)
        .map_or(1_000, |term| term.price);
    ((price / 2).to_string(), (price * 2).to_string())
}
