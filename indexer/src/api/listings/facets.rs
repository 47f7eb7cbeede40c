//! How many of what matches have which value.

use std::collections::BTreeMap;

use pedigree_search::{Count, Facet, Value};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    params::{self, Params},
    problem::Result,
    render::base58,
};

/// Facets by their names.
pub const FACETS: [(&str, Facet); 6] = [
    ("kind", Facet::Kind),
    ("license", Facet::License),
    ("tag", Facet::Tag),
    ("publisher", Facet::Publisher),
    ("mode", Facet::Mode),
    ("unit", Facet::Unit),
];
/// Values of each where nobody says how many.
const DEFAULT_VALUES: usize = 20;
const MAX_VALUES: usize = 500;

/// How many listings have a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetCount {
    /// Of publishers, the address.
    value: String,
    /// A publisher's name, where it has one.
    label: Option<String>,
    count: u64,
}

/// The facets asked for, and how many values of each at most.
pub fn take(params: &mut Params) -> Result<(Vec<Facet>, usize)> {
    let mut facets = Vec::new();
    for name in params.listed("facets") {
        let facet = FACETS.iter().find(|(known, _)| *known == name);
        let refusal = || params::none_of("facets", &name, FACETS.map(|(name, _)| name));
        let (_, facet) = facet.ok_or_else(refusal)?;
        if !facets.contains(facet) {
            facets.push(*facet);
        }
    }
    let values = params.number("facet_limit", 1..=MAX_VALUES)?;
    Ok((facets, values.unwrap_or(DEFAULT_VALUES)))
}

pub fn counted(facets: Vec<(Facet, Vec<Count>)>) -> BTreeMap<&'static str, Vec<FacetCount>> {
    let counted = |count: Count| FacetCount {
        value: match count.value {
            Value::Text(text) => text,
            Value::Address(address) => base58(&address),
        },
        label: count.label,
        count: count.count,
    };
    let named = |(facet, counts): (Facet, Vec<Count>)| {
        let (name, _) = FACETS.iter().find(|(_, of)| *of == facet)?;
        Some((*name, counts.into_iter().map(counted).collect()))
    };
    facets.into_iter().filter_map(named).collect()
}
