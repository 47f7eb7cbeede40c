//! Listings and requests at random, of so few words and values that everything meets everything.

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    Address, Attribute, Bound, Decimal, Facet, Filter, Listing, Parent, Request, Scalar, Sort,
    Term, Terms, Test, Text, date,
    text::{Document, Field, Query},
};

const WORDS: [&str; 7] = ["a", "b", "c", "d", "rare", "模", "é"];
const KINDS: [&str; 3] = ["model", "dataset", "adapter"];
const STATUSES: [&str; 4] = ["active", "retired", "removed", "draft"];
const RELATIONS: [&str; 2] = ["trained_on", "adapted_from"];
const LICENSES: [&str; 3] = ["mit", "apache-2.0", "cc-by-4.0"];
const TAGS: [&str; 5] = ["x", "y", "z", "a", "b c"];
const MODES: [&str; 3] = ["once", "rental", "metered"];
const UNITS: [&str; 2] = ["day", "call"];
const ATTRIBUTES: [&str; 3] = ["size", "released", "mixed"];
const NUMBERS: [&str; 9] = ["-3", "0", "0.5", "1", "1.5", "2", "7e9", "8", "1e400"];
const TEXTS: [&str; 6] = [
    "2026-01-01",
    "2026-01-01T01:00:00+01:00",
    "2026-06-30T12:00:00Z",
    "2025-12-31T23:59:59.5",
    "a",
    "7",
];

pub fn address(number: u8) -> Address {
    // Two bytes differ, and the last one first in order of numbers: prefixes are shared.
    let mut address = [7; 32];
    address[0] = number % 3;
    address[31] = number;
    address
}

fn one<'a>(random: &mut StdRng, of: &[&'a str]) -> &'a str {
    of.choose(random).unwrap()
}

fn own(random: &mut StdRng, of: &[&str]) -> String {
    one(random, of).to_owned()
}

fn some(random: &mut StdRng, of: &[&str], most: usize) -> Vec<String> {
    let count = random.random_range(0..=most);
    (0..count).map(|_| own(random, of)).collect()
}

fn words(random: &mut StdRng, most: usize) -> String {
    some(random, &WORDS, most).join(" ")
}

fn name(random: &mut StdRng) -> String {
    let name = format!("{} {}", words(random, 2), one(random, &WORDS));
    match random.random_range(0..4) {
        0 => name.trim().to_uppercase(),
        1 => format!("the same long beginning {}", name.trim()),
        _ => name.trim().to_owned(),
    }
}

fn scalar(random: &mut StdRng) -> Scalar {
    match random.random_range(0..6) {
        0 => Scalar::Boolean(random.random()),
        5 => Scalar::Null,
        1 | 2 => Scalar::Text(own(random, &TEXTS)),
        _ => Scalar::Number(number(random)),
    }
}

fn number(random: &mut StdRng) -> Decimal {
    Decimal::parse(one(random, &NUMBERS)).unwrap()
}

pub fn listing(random: &mut StdRng, address: Address) -> Listing {
    let name = name(random);
    let publisher = random.random_range(0..4u8);
    let publisher_name = (publisher > 0).then(|| own(random, &WORDS));
    let tags = some(random, &TAGS, 4);
    let mut document = Document::default();
    document.add(Field::Name, &name);
    document.add(Field::Publisher, publisher_name.as_deref().unwrap_or(""));
    tags.iter().for_each(|tag| document.add(Field::Tags, tag));
    document.add(Field::Rest, &words(random, 9));
    let attributes = some(random, &ATTRIBUTES, 4).into_iter().map(|name| {
        let count = random.random_range(0..4);
        (name, (0..count).map(|_| scalar(random)).collect())
    });
    let attributes = attributes.collect();
    let ratings = random.random_range(0..4);
    Listing {
        address,
        publisher: [publisher; 32],
        key: [random.random_range(0..5); 32],
        kind: own(random, &KINDS),
        status: own(random, &STATUSES),
        name,
        publisher_name,
        license: random.random_bool(0.8).then(|| own(random, &LICENSES)),
        tags,
        attributes,
        terms: (0..random.random_range(0..4))
            .map(|_| term(random))
            .collect(),
        royalty_ppm: random.random_range(0..5) * 1_000,
        created_slot: random.random_range(-1..6),
        ratings,
        rating_sum: random.random_range(ratings..=ratings * 5),
        sales: *[0, 0, 1, 2, 3, 8, u64::MAX].choose(random).unwrap(),
        quality: random.random_range(0..4),
        trending: random.random_range(0..4),
        tainted: random.random_bool(0.2),
        parents: Vec::new(),
        document,
    }
}

/// At most so many parents, of so many addresses.
pub fn parents(random: &mut StdRng, most: usize, of: usize) -> Vec<Parent> {
    let count = random.random_range(0..=most);
    let chosen = rand::seq::index::sample(random, of, count);
    let parent = |number: usize| parent(random, number.try_into().unwrap());
    chosen.into_iter().map(parent).collect()
}

pub fn parent(random: &mut StdRng, number: u8) -> Parent {
    let in_force = random.random_bool(0.8);
    Parent {
        address: address(number),
        relation: own(random, &RELATIONS),
        royalty_ppm: random.random_range(0..3),
        status: match in_force {
            true => own(random, &["claimed", "verified"]),
            false => "revoked".to_owned(),
        },
        in_force,
    }
}

fn term(random: &mut StdRng) -> Term {
    Term {
        mode: own(random, &MODES),
        unit: own(random, &UNITS),
        mint: [random.random_range(0..2); 32],
        price: *[0, 1, 5, 5_000_000_000, u64::MAX].choose(random).unwrap(),
    }
}

/// Something that changes often, and nothing else.
pub fn touch(random: &mut StdRng, listing: &mut Listing) {
    match random.random_range(0..5) {
        4 => listing
            .parents
            .iter_mut()
            .for_each(|parent| parent.in_force = !parent.in_force),
        0 => listing.sales = random.random_range(0..9),
        1 => listing.tainted = !listing.tainted,
        2 => listing.status = own(random, &STATUSES),
        _ => listing.terms = vec![term(random)],
    }
}

fn text(random: &mut StdRng) -> Text {
    let piece = |random: &mut StdRng| {
        let minus = if random.random_bool(0.2) { "-" } else { "" };
        match random.random_range(0..7) {
            0..3 => format!("{minus}{}", one(random, &WORDS)),
            3 => format!("{minus}\"{} {}\"", one(random, &WORDS), one(random, &WORDS)),
            4 => format!(
                "{minus}\"{} {} {}\"",
                one(random, &WORDS),
                one(random, &WORDS),
                one(random, &WORDS)
            ),
            5 => "or".to_owned(),
            _ => format!("{minus}nowhere"),
        }
    };
    let text = match random.random_range(0..4) {
        0 => name(random),
        _ => {
            let count = random.random_range(1..4);
            let pieces: Vec<_> = (0..count).map(|_| piece(random)).collect();
            pieces.join(" ")
        }
    };
    Text {
        words: Query::parse(&text).ok(),
        name: text,
    }
}

fn test(random: &mut StdRng) -> Test {
    let bound = |random: &mut StdRng| match random.random_bool(0.5) {
        true => Bound::Number(number(random)),
        false => Bound::Date(date::parse(one(random, &TEXTS[..4])).unwrap()),
    };
    match random.random_range(0..3) {
        0 => Test::Equals(scalar(random)),
        1 => Test::AtLeast(bound(random)),
        _ => Test::AtMost(bound(random)),
    }
}

/// Number of filters that [`add_filter`] knows.
pub const FILTERS: usize = 18;

pub fn add_filter(random: &mut StdRng, filter: &mut Filter, which: usize) {
    let any = |random: &mut StdRng, of: &[&str]| {
        let mut some = some(random, of, 1);
        some.push(own(random, of));
        some
    };
    match which {
        0 => filter.text = Some(text(random)),
        1 => filter.kinds = any(random, &KINDS),
        2 => filter.licenses = any(random, &LICENSES),
        3 => filter.publishers = vec![[random.random_range(0..5); 32], [1; 32]],
        4 => filter.publisher_name = Some(own(random, &WORDS)),
        5 => filter.name = Some(name(random)),
        6 => filter.key = Some([random.random_range(0..6); 32]),
        7 => filter.tags = any(random, &TAGS),
        8 => filter.statuses = any(random, &STATUSES),
        9 => filter.addresses = (0..9).map(|_| address(random.random())).collect(),
        10 => filter.descends_from = Some(address(random.random_range(0..20))),
        11 => filter.untainted = true,
        12 => filter.max_royalty_ppm = Some(random.random_range(0..5) * 1_000),
        13 => filter.min_rating = Some(random.random_range(0..=500)),
        14 => filter.free = Some(random.random()),
        15 | 16 => filter.attributes.push(Attribute {
            name: own(random, &ATTRIBUTES),
            test: test(random),
        }),
        _ => {
            filter.term = Terms {
                mode: random.random_bool(0.5).then(|| own(random, &MODES)),
                unit: random.random_bool(0.5).then(|| own(random, &UNITS)),
                mint: random
                    .random_bool(0.3)
                    .then(|| [random.random_range(0..3); 32]),
                min_price: random.random_bool(0.3).then(|| random.random_range(0..6)),
                max_price: random.random_bool(0.3).then(|| random.random_range(0..6)),
            };
        }
    }
}

pub fn request(random: &mut StdRng) -> Request {
    let mut filter = Filter::default();
    for _ in 0..*[0, 1, 1, 1, 2, 2, 3].choose(random).unwrap() {
        let which = random.random_range(0..FILTERS + 6);
        // Texts are the most intricate.
        add_filter(random, &mut filter, which.saturating_sub(6));
    }
    let sorts = [
        Sort::Relevance,
        Sort::Relevance,
        Sort::Newest,
        Sort::Name,
        Sort::Name,
        Sort::Price,
        Sort::PriceDescending,
        Sort::Rating,
        Sort::Sales,
        Sort::Trending,
        Sort::Quality,
    ];
    let facets = [
        Facet::Kind,
        Facet::License,
        Facet::Tag,
        Facet::Publisher,
        Facet::Mode,
        Facet::Unit,
    ];
    Request {
        filter,
        sort: *sorts.choose(random).unwrap(),
        after: None,
        limit: random.random_range(0..12),
        facets: facets
            .into_iter()
            .filter(|_| random.random_bool(0.5))
            .collect(),
        facet_limit: random.random_range(0..6),
    }
}
