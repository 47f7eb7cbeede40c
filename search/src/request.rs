//! What is asked for, and what is answered.

use crate::{Address, Decimal, Scalar, text};

/// What listings have to be. A field that is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub text: Option<Text>,
    /// Any of.
    pub kinds: Vec<String>,
    /// Any of.
    pub licenses: Vec<String>,
    /// Any of.
    pub publishers: Vec<Address>,
    pub publisher_name: Option<String>,
    pub name: Option<String>,
    pub key: Option<[u8; 32]>,
    /// All of.
    pub tags: Vec<String>,
    /// Any of.
    pub statuses: Vec<String>,
    /// Any of.
    pub addresses: Vec<Address>,
    /// At any depth, along edges in force; itself not.
    pub descends_from: Option<Address>,
    pub untainted: bool,
    pub max_royalty_ppm: Option<u32>,
    /// Mean of the ratings to a hundredth, as it is shown, in hundredths; a listing without one has none.
    pub min_rating: Option<u64>,
    /// Without price terms, or with some.
    pub free: Option<bool>,
    /// All of.
    pub attributes: Vec<Attribute>,
    pub term: Terms,
}

/// What is searched for in texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The whole of it, which may be a listing's name.
    pub name: String,
    /// Its words; none where it holds none. It may be a name all the same.
    pub words: Option<text::Query>,
}

/// What one and the same price term has to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    pub mode: Option<String>,
    pub unit: Option<String>,
    pub mint: Option<Address>,
    pub min_price: Option<u64>,
    pub max_price: Option<u64>,
}

/// What an attribute has to be. A list is where any of its elements is.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: String,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    Equals(Scalar),
    AtLeast(Bound),
    AtMost(Bound),
}

/// What numbers, or dates, are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    Number(Decimal),
    /// Nanoseconds since 1970, of an ISO 8601 date or time; a date without a time is its first moment in UTC.
    Date(i128),
}

/// The order of what is found. What one of them leaves equal is in the order of the addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// By how well it answers the text, where there is one (exact name, but for case, name, publisher, tags, rest), then by
    /// powers of two of its sales.
    Relevance,
    #[default]
    Newest,
    /// By code points.
    Name,
    /// The cheapest first, by the lowest price of the terms that match.
    Price,
    /// The dearest first, by the highest price of the terms that match.
    PriceDescending,
    /// The best first, as if five more had rated it 3.
    Rating,
    Sales,
    Trending,
    Quality,
}

/// A listing's place under a sort: least first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What the sort compares, turned round where the greatest comes first.
    pub key: Key,
    pub address: Address,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Number(u64),
    Text(String),
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    pub filter: Filter,
    pub sort: Sort,
    /// Only what comes after this place.
    pub after: Option<Place>,
    pub limit: usize,
    pub facets: Vec<Facet>,
    /// Values of each facet at most.
    pub facet_limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    Kind,
    License,
    Tag,
    Publisher,
    Mode,
    Unit,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// In the order of the sort.
    pub hits: Vec<Place>,
    /// Whether more follow the last of `hits`.
    pub more: bool,
    /// How many match, those before `after` too.
    pub total: u64,
    /// As `Request::facets` names them.
    pub facets: Vec<(Facet, Vec<Count>)>,
}

/// How many of what matches have a value: the most frequent first, then by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Text; of publishers, their address.
    pub value: Value,
    /// A publisher's name, where it has one.
    pub label: Option<String>,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Text(String),
    Address(Address),
}
