//! What the requests of each kind ask for: words, values and roots of the listings loaded.

use std::collections::BTreeSet;

use rand::{
    Rng, SeedableRng,
    rngs::StdRng,
    seq::{IndexedRandom, IteratorRandom},
};

use super::{
    listings::{Listing, SEED, address, place},
    queries::{KINDS, LISTINGS, base58, path},
    rows::mint,
    sample::{Frequency, Roots, Sample},
    vocabulary::words,
};

/// Price terms are asked for in this unit.
const UNIT: &str = "million_input_tokens";
/// What nothing costs more than, nor has more of.
const BEYOND: &str = "1000000000000";
/// Words of a long query, and of one of alternatives.
const MANY_WORDS: usize = 12;
const MANY_ALTERNATIVES: usize = 8;

/// What all kinds draw from.
pub struct Source<'a> {
    sample: &'a Sample,
    rare: Vec<&'a str>,
    middling: Vec<&'a str>,
    common: Vec<&'a str>,
    thousands: Vec<&'a str>,
    /// Two common words that follow one another somewhere.
    common_phrases: Vec<String>,
    pub roots: LineageRoots,
    children: Vec<usize>,
}

/// Where lineage is followed from.
#[derive(Debug, serde::Serialize)]
pub struct LineageRoots {
    /// Of up to two hundred ancestors, as near to it as there are.
    pub ancestors_200: Roots,
    /// Of up to a thousand descendants.
    pub descendants: Roots,
    /// Of about a thousand.
    pub descendants_1000: Roots,
    /// Of more than an answer holds; of a small set, of as many as there are.
    pub descendants_cut: Roots,
}

impl LineageRoots {
    fn of(sample: &Sample, random: &mut StdRng) -> Self {
        let lineage = sample.lineage();
        let (up, down) = (&lineage.ancestors, &lineage.descendants);
        Self {
            ancestors_200: up.roots(&[150..201, 100..201, 50..201, 1..201], random),
            descendants: down.roots(&[1..1_001, 1..usize::MAX], random),
            descendants_1000: down.roots(&[900..1_101, 700..1_501, 300..3_001, 1..5_001], random),
            descendants_cut: down.roots(
                &[5_000..usize::MAX, 1_000..usize::MAX, 1..usize::MAX],
                random,
            ),
        }
    }
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
        Self {
            rare: sample.words_of(Frequency::Rare),
            thousands: some(sample.words_of(Frequency::Thousands), &middling),
            middling,
            common_phrases: common_phrases(sample, &common),
            common,
            roots: LineageRoots::of(sample, &mut random),
            children: sample.children(&mut random, 1_000),
            sample,
        }
    }

    /// A request of a kind; none where the listings loaded have nothing to ask for.
    pub fn one(&self, kind: &str, random: &mut StdRng) -> Option<String> {
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
            "words_many" => q(&some_words(listing, MANY_WORDS, random)),
            "phrase_common" => q(&format!("\"{}\"", self.common_phrases.choose(random)?)),
            "words_or_many" => {
                let common = self.common.choose_multiple(random, MANY_ALTERNATIVES / 2);
                let words: Vec<&str> = common.copied().collect();
                let left = MANY_ALTERNATIVES.saturating_sub(words.len());
                let more = self.middling.choose_multiple(random, left).copied();
                q(&words
                    .into_iter()
                    .chain(more)
                    .collect::<Vec<_>>()
                    .join(" or "))
            }
            "phrase_license" => {
                let license = |listing: &Listing| {
                    let words: Vec<String> = words(listing.license.as_deref()?).collect();
                    (words.len() > 2).then(|| words.join(" "))
                };
                let listing = sample.listing_with(random, |listing| license(listing).is_some());
                q(&format!("\"{}\"", license(listing)?))
            }
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
            "filter_price_wide" => {
                let (least, _) = prices(sample, random);
                path(&[("unit", UNIT), ("min_price", &least), ("max_price", BEYOND)])
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
            "filter_attribute_range_wide" => path(&[
                (
                    "attr.max_input_tokens.gte",
                    &random.random_range(0..5_000).to_string(),
                ),
                ("attr.max_input_tokens.lte", BEYOND),
            ]),
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
            "sort_price_wide" => path(&[
                ("sort", "price"),
                ("unit", UNIT),
                ("min_price", &random.random_range(0..1_000).to_string()),
                ("max_price", BEYOND),
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
                &base58(address(*self.roots.descendants.listings.choose(random)?)),
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
            "ancestors_200" => lineage(&self.roots.ancestors_200.listings, "ancestors", random)?,
            "descendants" => lineage(&self.roots.descendants.listings, "descendants", random)?,
            "descendants_1000" => {
                lineage(&self.roots.descendants_1000.listings, "descendants", random)?
            }
            "descendants_cut" => {
                lineage(&self.roots.descendants_cut.listings, "descendants", random)?
            }
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

    /// Searches that almost everything matches, whose pages go on for long.
    pub fn long_walks(&self) -> Vec<String> {
        ["newest", "name"]
            .map(|sort| path(&[("sort", sort)]))
            .to_vec()
    }

    /// A search of a random kind, with up to two filters more and a random sort: what exactness is tried with.
    pub fn anything(&self, random: &mut StdRng) -> Option<String> {
        let is_filter = |kind: &&str| kind.starts_with("filter_");
        let is_search = |kind: &&str| {
            is_filter(kind)
                || ["word", "phrase", "sort_", "descends_from"]
                    .iter()
                    .any(|start| kind.starts_with(start))
        };
        let mut path = self.one(KINDS.into_iter().filter(is_search).choose(random)?, random)?;
        let has = |path: &str, name: &str| path.contains(&format!("{name}="));
        for _ in 0..random.random_range(0..3) {
            let more = self.one(KINDS.into_iter().filter(is_filter).choose(random)?, random)?;
            let (_, more) = more.split_once('?')?;
            let (name, _) = more.split_once('=')?;
            if !has(&path, name) && !has(&path, "unit") {
                path = format!("{path}&{more}");
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

/// Pairs of common words that follow one another in a name or a description; any two where there are none.
fn common_phrases(sample: &Sample, common: &[&str]) -> Vec<String> {
    let is_common: BTreeSet<&str> = common.iter().copied().collect();
    let mut phrases = BTreeSet::new();
    for listing in &sample.listings {
        for text in [Some(&listing.name), listing.description.as_ref()]
            .into_iter()
            .flatten()
        {
            let words: Vec<String> = words(text).collect();
            let pairs = words.windows(2);
            phrases.extend(
                pairs
                    .filter(|pair| pair.iter().all(|word| is_common.contains(&word[..])))
                    .map(|pair| pair.join(" ")),
            );
        }
    }
    match phrases.is_empty() {
        true => common.windows(2).map(|pair| pair.join(" ")).collect(),
        false => phrases.into_iter().collect(),
    }
}

/// Different words of what a listing says of itself.
fn some_words(listing: &Listing, count: usize, random: &mut StdRng) -> String {
    let texts = [&listing.name, &listing.publisher]
        .into_iter()
        .chain(&listing.tags)
        .chain(&listing.description);
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
