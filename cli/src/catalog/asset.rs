//! One asset of a catalogue.

use std::collections::{BTreeMap, HashSet};

use listing::constants::{LICENSE_LEN, MAX_EDGES, MAX_TERMS, NAME_LEN, UNIT_LEN};
use pedigree_indexer::manifest;
use pedigree_sdk::names::{KIND, MODE, Names, RELATION, unit_period};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fields::{Fields, Problem, checked_text, problem};

const KEY_LEN: usize = 200;
const SOURCE_LEN: usize = 300;
const MAX_TAGS: usize = 8;
const TAG_LEN: usize = 100;
const MAX_ATTRIBUTES: usize = 64;
const MAX_LIST: usize = 4_096;
const TEXT_LEN: usize = 1_000;

/// An asset as the catalogue describes it. What is absent is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Unique in the catalogue; its SHA-256 is the listing's key.
    pub key: String,
    /// Name of the kind, one of [`KIND`].
    pub kind: &'static str,
    pub publisher: String,
    pub name: String,
    pub source: Option<String>,
    pub revision: Option<String>,
    pub license: Option<String>,
    pub tags: Vec<String>,
    /// Numbers, texts, booleans, and lists of texts.
    pub attributes: BTreeMap<String, Value>,
    pub pricing: Vec<Price>,
    pub parents: Vec<Parent>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Name of the mode, one of [`MODE`].
    pub mode: &'static str,
    pub unit: String,
    /// Millionths of a US dollar, which are base units of a settlement mint with six decimals.
    pub price_micro_usd: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    pub key: String,
    /// Name of the relation, one of [`RELATION`].
    pub relation: &'static str,
}

impl Asset {
    /// The listing's key on the chain.
    pub fn listing_key(&self) -> [u8; 32] {
        Sha256::digest(self.key.as_bytes()).into()
    }

    pub(super) fn parse(line: &str) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(line).map_err(|error| (None, error.to_string()))?;
        let mut fields = Fields::new("", value)?;
        let asset = Self {
            key: fields.text("key", KEY_LEN)?,
            kind: one_of(&mut fields, "kind", &KIND)?,
            publisher: fields.text("publisher", NAME_LEN)?,
            name: fields.text("name", NAME_LEN)?,
            source: fields.optional_text("source", SOURCE_LEN)?,
            revision: fields.optional_text("revision", TEXT_LEN)?,
            license: fields.optional_text("license", LICENSE_LEN)?,
            tags: tags(&mut fields)?,
            attributes: attributes(&mut fields)?,
            pricing: pricing(&mut fields)?,
            parents: parents(&mut fields)?,
        };
        fields.finish()?;
        Ok(asset)
    }
}

fn one_of(fields: &mut Fields, name: &str, names: &Names) -> Result<&'static str, Problem> {
    let text = fields.text(name, TEXT_LEN)?;
    names.all().find(|known| *known == text).ok_or_else(|| {
        let known: Vec<&str> = names.all().collect();
        let known = known.join(", ");
        problem(&fields.path(name), format!("{text} is none of {known}"))
    })
}

fn tags(fields: &mut Fields) -> Result<Vec<String>, Problem> {
    let path = fields.path("tags");
    fields
        .list("tags", MAX_TAGS)?
        .into_iter()
        .map(|tag| checked_text(&path, tag, TAG_LEN))
        .collect()
}

fn attributes(fields: &mut Fields) -> Result<BTreeMap<String, Value>, Problem> {
    let map = match fields.take("attributes") {
        None => return Ok(BTreeMap::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err(problem("attributes", "expected an object")),
    };
    if map.len() > MAX_ATTRIBUTES {
        let problem_text = format!("more than {MAX_ATTRIBUTES}");
        return Err(problem("attributes", problem_text));
    }
    for (name, value) in &map {
        let path = format!("attributes.{name}");
        let fits = match value {
            Value::Number(_) | Value::Bool(_) => true,
            Value::String(text) => text.len() <= TEXT_LEN,
            Value::Array(items) => items.len() <= MAX_LIST && items.iter().all(Value::is_string),
            Value::Null | Value::Object(_) => false,
        };
        if !fits {
            return Err(problem(
                &path,
                "expected a number, a text, a boolean or a list of texts",
            ));
        }
    }
    let all = json!({ "attributes": map });
    manifest::check(&all).map_err(|reason| problem("attributes", reason))?;
    Ok(map.into_iter().collect())
}

fn pricing(fields: &mut Fields) -> Result<Vec<Price>, Problem> {
    let items = fields.list("pricing", MAX_TERMS)?;
    let mut prices = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let mut item = Fields::new(&format!("pricing[{index}]."), item)?;
        let mode = one_of(&mut item, "mode", &MODE)?;
        prices.push(Price {
            mode,
            unit: unit(&mut item, mode)?,
            price_micro_usd: price(&mut item)?,
        });
        item.finish()?;
    }
    Ok(prices)
}

/// What is paid by the time has a unit that is one.
fn unit(item: &mut Fields, mode: &str) -> Result<String, Problem> {
    let unit = item.text("unit", UNIT_LEN)?;
    if unit_period(MODE.value(mode).unwrap_or_default(), &unit).is_none() {
        return Err(problem(
            &item.path("unit"),
            format!("{unit} is none of minute, hour, day, week, month, year, which a {mode} needs"),
        ));
    }
    Ok(unit)
}

fn price(item: &mut Fields) -> Result<u64, Problem> {
    match item.unsigned("price_micro_usd")? {
        0 => Err(problem(
            &item.path("price_micro_usd"),
            "zero: leave the price of what is free out",
        )),
        price => Ok(price),
    }
}

fn parents(fields: &mut Fields) -> Result<Vec<Parent>, Problem> {
    let items = fields.list("parents", usize::from(MAX_EDGES))?;
    let mut parents = Vec::with_capacity(items.len());
    let mut seen = HashSet::new();
    for (index, item) in items.into_iter().enumerate() {
        let mut item = Fields::new(&format!("parents[{index}]."), item)?;
        let key = item.text("key", KEY_LEN)?;
        if !seen.insert(key.clone()) {
            return Err(problem(&item.path("key"), format!("{key} is named twice")));
        }
        parents.push(Parent {
            key,
            relation: one_of(&mut item, "relation", &RELATION)?,
        });
        item.finish()?;
    }
    Ok(parents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(fields: &str) -> (String, String) {
        let base = r#""kind":"model","publisher":"p","name":"a""#;
        let line = format!(r#"{{"key":"model/a",{base},{fields}}}"#);
        // A field that is given twice takes its last value.
        let (field, text) = Asset::parse(&line).unwrap_err();
        (field.unwrap_or_default(), text)
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (fields, expected) in [
            (r#""kind":"modell""#, "kind"),
            (r#""name":7"#, "name"),
            (r#""license":"""#, "license"),
            (r#""tags":["a",1]"#, "tags"),
            (r#""attributes":{"n":{}}"#, "attributes.n"),
            (r#""attributes":{"n":1e300}"#, "attributes"),
            (
                r#""pricing":[{"mode":"lease","unit":"hour","price_micro_usd":1.5}]"#,
                "pricing[0].price_micro_usd",
            ),
            (
                r#""pricing":[{"mode":"lease","price_micro_usd":1}]"#,
                "pricing[0].unit",
            ),
            (
                r#""pricing":[{"mode":"lease","unit":"gpu","price_micro_usd":1}]"#,
                "pricing[0].unit",
            ),
            (
                r#""parents":[{"key":"model/b","relation":"like"}]"#,
                "parents[0].relation",
            ),
            (r#""licence":"mit""#, "licence"),
        ] {
            assert_eq!(fault(fields).0, expected, "{fields}");
        }
    }

    #[test]
    fn a_name_longer_than_the_account_holds_is_refused() {
        let name = "x".repeat(NAME_LEN + 1);
        let (field, text) = fault(&format!(r#""name":"{name}""#));
        assert_eq!(field, "name");
        assert!(text.contains("at most 96"), "{text}");
    }
}
