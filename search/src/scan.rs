//! The reference: every listing read one by one, and each rule of a search written down plainly. Tests and benchmarks hold the
//! index against it; it shares with it the types of question and answer, and how a text is cut into words, a number and a date
//! are read. Those are held against Postgres, by plain SQL.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{
    Address, Answer, Attribute, Bound, Count, Facet, Filter, Key, Listing, Place, Request, Scalar,
    Sort, Term, Terms, Test, Text, Value, date,
    text::{Document, Field, Query, Term as Phrase},
};

/// What [`crate::Index::search`] answers, the slow way.
pub fn scan(listings: &[Listing], request: &Request) -> Answer {
    let filter = &request.filter;
    let descendants = filter.descends_from.map(|root| descendants(listings, root));
    let matching: Vec<&Listing> = listings
        .iter()
        .filter(|listing| matches(listing, filter))
        .filter(|listing| {
            descendants
                .as_ref()
                .is_none_or(|descendants| descendants.contains(&listing.address))
        })
        .collect();
    let mut hits: Vec<Place> = matching
        .iter()
        .map(|listing| Place {
            key: key(listing, request),
            address: listing.address,
        })
        .filter(|place| request.after.as_ref().is_none_or(|after| place > after))
        .collect();
    hits.sort();
    let more = hits.len() > request.limit;
    hits.truncate(request.limit);
    Answer {
        hits,
        more,
        total: matching.len() as u64,
        facets: request
            .facets
            .iter()
            .map(|facet| (*facet, counts(&matching, *facet, request.facet_limit)))
            .collect(),
    }
}

fn descendants(listings: &[Listing], root: Address) -> HashSet<Address> {
    let mut found = HashSet::from([root]);
    loop {
        let before = found.len();
        for listing in listings {
            let mut parents = listing.parents.iter().filter(|parent| parent.in_force);
            if parents.any(|parent| found.contains(&parent.address)) {
                found.insert(listing.address);
            }
        }
        if found.len() == before {
            found.remove(&root);
            return found;
        }
    }
}

/// Whether a listing is all that is asked for, but for its descent.
fn matches(listing: &Listing, filter: &Filter) -> bool {
    any(&filter.kinds, &listing.kind)
        && any(&filter.statuses, &listing.status)
        && any(&filter.publishers, &listing.publisher)
        && any(&filter.addresses, &listing.address)
        && (filter.licenses.is_empty()
            || listing
                .license
                .as_ref()
                .is_some_and(|license| filter.licenses.contains(license)))
        && (filter.publisher_name.is_none() || filter.publisher_name == listing.publisher_name)
        && filter
            .name
            .as_ref()
            .is_none_or(|name| *name == listing.name)
        && filter.key.is_none_or(|key| key == listing.key)
        && filter.tags.iter().all(|tag| listing.tags.contains(tag))
        && !(filter.untainted && listing.tainted)
        && filter
            .max_royalty_ppm
            .is_none_or(|most| listing.royalty_ppm <= most)
        && filter
            .min_rating
            .is_none_or(|least| is_rated(listing, least))
        && filter
            .free
            .is_none_or(|free| free == listing.terms.is_empty())
        && filter
            .attributes
            .iter()
            .all(|attribute| has_attribute(listing, attribute))
        && (filter.term == Terms::default() || prices(listing, &filter.term).next().is_some())
        && filter
            .text
            .as_ref()
            .is_none_or(|text| answers_text(listing, text))
}

fn any<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn is_rated(listing: &Listing, least: u64) -> bool {
    let twice = u128::from(listing.rating_sum).saturating_mul(200);
    // From half a hundredth below on it is shown as that.
    let halves = u128::from(least).saturating_mul(2).saturating_sub(1);
    listing.ratings > 0 && twice >= halves.saturating_mul(u128::from(listing.ratings))
}

fn has_attribute(listing: &Listing, attribute: &Attribute) -> bool {
    listing
        .attributes
        .iter()
        .filter(|(name, _)| *name == attribute.name)
        .flat_map(|(_, values)| values)
        .any(|value| match &attribute.test {
            Test::Equals(wanted) => value == wanted,
            Test::AtLeast(bound) => compare(value, bound).is_some_and(|order| order.is_ge()),
            Test::AtMost(bound) => compare(value, bound).is_some_and(|order| order.is_le()),
        })
}

fn compare(value: &Scalar, bound: &Bound) -> Option<std::cmp::Ordering> {
    match (value, bound) {
        (Scalar::Number(number), Bound::Number(bound)) => Some(number.cmp(bound)),
        (Scalar::Text(text), Bound::Date(bound)) => Some(date::parse(text)?.cmp(bound)),
        _ => None,
    }
}

/// Prices of those terms that are as they have to be.
fn prices(listing: &Listing, wanted: &Terms) -> impl Iterator<Item = u64> {
    let is_wanted = |term: &&Term| {
        wanted.mode.as_ref().is_none_or(|mode| *mode == term.mode)
            && wanted.unit.as_ref().is_none_or(|unit| *unit == term.unit)
            && wanted.mint.is_none_or(|mint| mint == term.mint)
            && wanted.min_price.is_none_or(|least| term.price >= least)
            && wanted.max_price.is_none_or(|most| term.price <= most)
    };
    listing
        .terms
        .iter()
        .filter(is_wanted)
        .map(|term| term.price)
}

fn answers_text(listing: &Listing, text: &Text) -> bool {
    listing.name.to_lowercase() == text.name.to_lowercase()
        || text
            .words
            .as_ref()
            .is_some_and(|query| answers(&listing.document, query, None))
}

/// Whether a document answers a query; with a field, by what stands in that one alone.
fn answers(document: &Document, query: &Query, field: Option<Field>) -> bool {
    query.alternatives().iter().any(|all| {
        all.iter().all(|phrase| match phrase.negated {
            true => !holds(document, phrase, None),
            false => holds(document, phrase, field),
        })
    })
}

fn holds(document: &Document, phrase: &Phrase, field: Option<Field>) -> bool {
    let stands = |word: &str, position: u16| {
        document.positions(word).iter().any(|(at, weight)| {
            *at == position && field.is_none_or(|field| field.weight() == *weight)
        })
    };
    let Some(first) = phrase.words.first() else {
        return false;
    };
    // No position is greater than 16,383.
    document.positions(first).iter().any(|(start, _)| {
        let mut words = phrase.words.iter().zip(*start..);
        words.all(|(word, position)| stands(word, position))
    })
}

fn key(listing: &Listing, request: &Request) -> Key {
    let text = request.filter.text.as_ref();
    Key::Number(match request.sort {
        Sort::Name => return Key::Text(listing.name.clone()),
        Sort::Relevance => {
            let score = u64::from(listing.sales.saturating_add(1).ilog2());
            text.map_or(0, |text| rank(listing, text))
                .saturating_mul(256)
                .saturating_add(255 - score)
        }
        Sort::Newest => u64::MAX - u64::try_from(listing.created_slot).unwrap_or(0),
        Sort::Price => prices(listing, &request.filter.term)
            .min()
            .unwrap_or(u64::MAX),
        Sort::PriceDescending => prices(listing, &request.filter.term)
            .max()
            .map_or(u64::MAX, |price| u64::MAX - price),
        Sort::Rating => {
            let sum = u128::from(listing.rating_sum).saturating_add(15);
            let ratings = u128::from(listing.ratings).saturating_add(5);
            let mean = sum.saturating_mul(1_000_000_000) / ratings;
            u64::MAX - u64::try_from(mean).unwrap_or(u64::MAX)
        }
        Sort::Sales => u64::MAX - listing.sales,
        Sort::Trending => u64::MAX - listing.trending,
        Sort::Quality => u64::MAX - u64::from(listing.quality),
    })
}

fn rank(listing: &Listing, text: &Text) -> u64 {
    if listing.name == text.name {
        return 0;
    }
    if listing.name.to_lowercase() == text.name.to_lowercase() {
        return 1;
    }
    let answers = |field| {
        text.words
            .as_ref()
            .is_some_and(|query| answers(&listing.document, query, Some(field)))
    };
    match () {
        () if answers(Field::Name) => 2,
        () if answers(Field::Publisher) => 3,
        () if answers(Field::Tags) => 4,
        () => 5,
    }
}

fn counts(matching: &[&Listing], facet: Facet, limit: usize) -> Vec<Count> {
    let mut counts = BTreeMap::<Value, (u64, Option<String>)>::new();
    for listing in matching {
        for value in values(listing, facet) {
            let (count, label) = counts.entry(value).or_default();
            *count = count.saturating_add(1);
            if let (Facet::Publisher, Some(name)) = (facet, &listing.publisher_name)
                && label.as_ref().is_none_or(|label| name < label)
            {
                *label = Some(name.clone());
            }
        }
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(value, (count, label))| Count {
            value,
            label,
            count,
        })
        .collect();
    // Stable: what is equally frequent stays in the order of the values.
    counts.sort_by_key(|count| std::cmp::Reverse(count.count));
    counts.truncate(limit);
    counts
}

fn values(listing: &Listing, facet: Facet) -> BTreeSet<Value> {
    let text = |text: &String| Value::Text(text.clone());
    match facet {
        Facet::Kind => BTreeSet::from([text(&listing.kind)]),
        Facet::License => listing.license.iter().map(text).collect(),
        Facet::Tag => listing.tags.iter().map(text).collect(),
        Facet::Publisher => BTreeSet::from([Value::Address(listing.publisher)]),
        Facet::Mode => listing.terms.iter().map(|term| text(&term.mode)).collect(),
        Facet::Unit => listing.terms.iter().map(|term| text(&term.unit)).collect(),
    }
}
