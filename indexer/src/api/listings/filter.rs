//! What a search asks for, read from its parameters.

use pedigree_sdk::names;
use pedigree_search::{
    Address, Filter, Sort, Terms, Text,
    text::{Query, QueryError},
};
use sha2::{Digest, Sha256};

use super::attribute;
use crate::api::{
    params::{self, Params},
    problem::{Problem, Result},
    render::base58,
};

/// Listings asked for by address at most.
const ADDRESSES: usize = 100;
const MAX_PPM: u32 = 1_000_000;

/// By what a search may be sorted.
pub const SORTS: [(&str, Sort); 9] = [
    ("relevance", Sort::Relevance),
    ("newest", Sort::Newest),
    ("name", Sort::Name),
    ("price", Sort::Price),
    ("-price", Sort::PriceDescending),
    ("rating", Sort::Rating),
    ("sales", Sort::Sales),
    ("trending", Sort::Trending),
    ("quality", Sort::Quality),
];
/// What a page is asked for beside its query.
const OF_A_PAGE: [&str; 6] = [
    "limit",
    "cursor",
    "min_slot",
    "count",
    "facets",
    "facet_limit",
];

/// A query: filters and sort.
#[derive(Debug)]
pub struct Asked {
    pub filter: Filter,
    pub sort: Sort,
    /// Why `q` is no query. It may be a name all the same.
    pub no_query: Option<QueryError>,
    /// Tells it from every other.
    pub identity: Vec<(String, String)>,
}

impl Asked {
    pub fn take(params: &mut Params) -> Result<Self> {
        let identity = params.identity(&OF_A_PAGE);
        let q = params.one("q")?.filter(|q| !q.trim().is_empty());
        let (text, no_query) = match q {
            Some(q) => {
                let (words, error) = match Query::parse(&q) {
                    Ok(query) => (Some(query), None),
                    Err(error) => (None, Some(error)),
                };
                let name = exact_name(&q).to_owned();
                (Some(Text { name, words }), error)
            }
            None => (None, None),
        };
        let sort = sort(params, text.is_some())?;
        let mut statuses = params.named("status", &names::STATUS)?;
        if statuses.is_empty() {
            statuses.push("active".to_owned());
        }
        let term = Terms {
            mode: params.name("mode", &names::MODE)?,
            unit: params.one("unit")?,
            mint: one_address(params, "mint")?,
            min_price: params.number("min_price", 0..=u64::MAX)?,
            max_price: params.number("max_price", 0..=u64::MAX)?,
        };
        let filter = Filter {
            text,
            kinds: params.named("kind", &names::KIND)?,
            licenses: params.all("license"),
            publishers: addresses("publisher", &params.all("publisher"))?,
            publisher_name: params.one("publisher_name")?,
            name: params.one("name")?,
            key: params.one("key")?.map(|text| key_bytes(&text)),
            tags: params.all("tag"),
            statuses,
            addresses: listed_addresses(params)?,
            descends_from: one_address(params, "descends_from")?,
            untainted: params.flag("untainted")?.unwrap_or(false),
            max_royalty_ppm: params.number("max_royalty_ppm", 0..=MAX_PPM)?,
            min_rating: min_rating(params)?,
            free: params.flag("free")?,
            attributes: attribute::take(params)?,
            term,
        };
        let asked = Self {
            filter,
            sort,
            no_query,
            identity,
        };
        if asked.compares_prices() && asked.filter.term.unit.is_none() {
            return Err(Problem::unprocessable(
                "unit",
                "prices of different units cannot be compared: say of which unit",
            ));
        }
        Ok(asked)
    }

    fn compares_prices(&self) -> bool {
        let term = &self.filter.term;
        term.min_price.is_some()
            || term.max_price.is_some()
            || matches!(self.sort, Sort::Price | Sort::PriceDescending)
    }

    /// Whether prices are compared, and nobody said in which mint.
    pub fn lacks_mint(&self) -> bool {
        self.compares_prices() && self.filter.term.mint.is_none()
    }

    /// Prices are those in `mint`.
    pub fn set_mint(&mut self, mint: Address) {
        self.filter.term.mint = Some(mint);
        // Where it is another the next time, it is another query.
        self.identity.push(("mint".to_owned(), base58(&mint)));
    }
}

fn sort(params: &mut Params, has_text: bool) -> Result<Sort> {
    match params.one("sort")? {
        None if has_text => Ok(Sort::Relevance),
        None => Ok(Sort::Newest),
        Some(given) => {
            let sort = SORTS.iter().find(|(name, _)| *name == given);
            let refusal = || params::none_of("sort", &given, SORTS.map(|(name, _)| name));
            sort.map(|(_, sort)| *sort).ok_or_else(refusal)
        }
    }
}

fn addresses(name: &str, texts: &[String]) -> Result<Vec<Address>> {
    texts.iter().map(|text| params::key(name, text)).collect()
}

fn one_address(params: &mut Params, name: &str) -> Result<Option<Address>> {
    let text = params.one(name)?;
    Ok(addresses(name, text.as_slice())?.pop())
}

/// Separated by commas, or the parameter repeated.
fn listed_addresses(params: &mut Params) -> Result<Vec<Address>> {
    let texts = params.listed("addresses");
    if texts.len() > ADDRESSES {
        return Err(Problem::bad(
            "addresses",
            format!("more than {ADDRESSES} of them"),
        ));
    }
    addresses("addresses", &texts)
}

/// A mean of ratings, `4` or `4.25`, in hundredths, as finely as ratings are shown.
fn min_rating(params: &mut Params) -> Result<Option<u64>> {
    const NAME: &str = "min_rating";
    let Some(text) = params.one(NAME)? else {
        return Ok(None);
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = whole.len() == 1 && digits(whole) && !fraction.is_empty() && digits(fraction);
    let hundredths = format!("{whole}{fraction:0<2.2}").parse::<u64>().ok();
    let Some(rating) = hundredths.filter(|rating| well_formed && *rating <= 500) else {
        let refusal = format!("{text:?} is no number from 0 to 5");
        return Err(Problem::bad(NAME, refusal));
    };
    if fraction.trim_end_matches('0').len() > 2 {
        let refusal = "ratings are known to a hundredth: two decimals at most";
        return Err(Problem::unprocessable(NAME, refusal));
    }
    Ok(Some(rating))
}

/// A listing's key: given as its 32 bytes in hex, or as the text that they are the SHA-256 of.
fn key_bytes(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    match hex::decode_to_slice(text, &mut bytes) {
        Ok(()) => bytes,
        Err(_) => Sha256::digest(text).into(),
    }
}

/// The name that a whole query may be: without the quotes of a single phrase.
fn exact_name(q: &str) -> &str {
    let q = q.trim();
    match q.strip_prefix('"').and_then(|q| q.strip_suffix('"')) {
        Some(phrase) if !phrase.contains('"') => phrase.trim(),
        _ => q,
    }
}
