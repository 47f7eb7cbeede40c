//! What is asked: of each kind, requests that follow from the seed and the listings loaded.

use anyhow::{Context, Result};
use rand::{Rng, SeedableRng, rngs::StdRng};
use solana_program::pubkey::Pubkey;

use super::{
    deep::{DEPTH, Levels},
    listings::{SEED, address},
    source::Source,
};

/// Requests of one kind.
#[derive(Clone, Debug)]
pub struct Queries {
    pub kind: &'static str,
    pub asks: Vec<Ask>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    pub path: String,
    /// Matches before its page: what a rival without cursors has to skip.
    pub offset: usize,
}

impl Ask {
    pub fn first_page(path: String) -> Self {
        Self { path, offset: 0 }
    }
}

pub const LISTINGS: &str = "/v1/listings";

/// Kinds of set A that need nothing but the listings loaded: searches for words first, then by filters, then by sorts and by
/// descent, then those that count, lineage, and phrases that hundreds of
/// thousands may hold.
pub const KINDS: [&str; 52] = [
    "word_rare",
    "word_middling",
    "word_common",
    "words_two",
    "words_three",
    "words_many",
    "phrase",
    "phrase_common",
    "word_not",
    "word_or",
    "words_or_many",
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
    "filter_price_wide",
    "filter_attribute",
    "filter_attribute_range",
    "filter_attribute_range_wide",
    "sort_newest",
    "sort_name",
    "sort_price",
    "sort_price_descending",
    "sort_price_wide",
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
    "ancestors_200",
    "descendants",
    "descendants_1000",
    "descendants_cut",
    "phrase_license",
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
pub fn of_listings(source: &Source<'_>, count: usize) -> Result<Vec<Queries>> {
    let make = |(number, kind): (u64, &&'static str)| {
        let mut random = StdRng::seed_from_u64(SEED << 8 | number);
        let asks = (0..count).map(|_| source.one(kind, &mut random).map(Ask::first_page));
        let asks: Option<Vec<Ask>> = asks.collect();
        let asks = asks.with_context(|| format!("nothing to ask for: {kind}"))?;
        Ok(Queries { kind, asks })
    };
    (0..).zip(&KINDS).map(make).collect()
}

/// Requests for the lineage of set B: of one level, of two, and of all, which is more than an answer holds.
pub fn of_lineage(nodes: usize, count: usize) -> Vec<Queries> {
    let (levels, mut random) = (Levels::new(nodes), StdRng::seed_from_u64(SEED));
    let mut make = |kind, level: usize, what: &str| Queries {
        kind,
        asks: (0..count)
            .map(|_| {
                let root = base58(address(random.random_range(levels.of(level))));
                Ask::first_page(format!("{LISTINGS}/{root}/{what}"))
            })
            .collect(),
    };
    vec![
        make("ancestors_one_level", DEPTH, "ancestors?depth=1"),
        make("descendants_one_level", 1, "descendants?depth=1"),
        make("ancestors_two_levels", DEPTH, "ancestors?depth=2"),
        make("descendants_two_levels", 1, "descendants?depth=2"),
        make("ancestors_cut", DEPTH, "ancestors?depth=64"),
        make("descendants_cut", 1, "descendants?depth=64"),
    ]
}
