//! Query parameters, read strictly: what is unknown, repeated or malformed is named, never ignored.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Path, RawQuery},
    http::request::Parts,
};
use pedigree_sdk::names::Names;
use solana_program::pubkey::Pubkey;

use super::problem::{Problem, Result};

/// Characters of one parameter's value.
const MAX_VALUE: usize = 500;
/// Of one that lists addresses: a hundred of them, with commas.
const MAX_LIST: usize = 100 * 45;
/// Parameters that do.
const LISTS: [&str; 1] = ["addresses"];
/// Values of one request.
const MAX_VALUES: usize = 200;
/// Bytes of all of them.
const MAX_QUERY: usize = 16 * 1024;

/// The one variable segment of a path.
#[derive(Debug)]
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Self(segment)),
            Err(_) => Err(Problem::bad("path", "it is not text in UTF-8")),
        }
    }
}

/// The parameters of a request that were not taken yet, in their order.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let query = match RawQuery::from_request_parts(parts, state).await {
            Ok(RawQuery(query)) => query.unwrap_or_default(),
            Err(never) => match never {},
        };
        Self::parse(&query)
    }
}

impl Params {
    /// Of a URL's query.
    pub fn parse(query: &str) -> Result<Self> {
        if query.len() > MAX_QUERY {
            return Err(Problem::bad(
                "query",
                format!("longer than {MAX_QUERY} bytes"),
            ));
        }
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        if pairs.len() > MAX_VALUES {
            return Err(Problem::bad(
                "query",
                format!("more than {MAX_VALUES} parameters"),
            ));
        }
        for (name, value) in &pairs {
            let most = match LISTS.contains(&&**name) {
                true => MAX_LIST,
                false => MAX_VALUE,
            };
            if value.len() > most && value.chars().count() > most {
                return Err(Problem::bad(name, format!("longer than {most} characters")));
            }
            // Postgres has no such character.
            if value.contains('\0') {
                return Err(Problem::bad(name, "holds a zero character"));
            }
        }
        Ok(Self(pairs))
    }

    /// What was given, in an order of its own: two requests for the same differ in it no more. Of a page, see
    /// [`Page`](super::page::Page).
    pub fn identity(&self, but: &[&str]) -> Vec<(String, String)> {
        let given = self.0.iter().filter(|(name, _)| !but.contains(&&**name));
        let mut given: Vec<_> = given.cloned().collect();
        given.sort();
        given
    }

    /// Every parameter whose name begins so, with its whole name.
    pub fn beginning(&mut self, prefix: &str) -> Vec<(String, String)> {
        let (taken, rest) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(found, _)| found.starts_with(prefix));
        self.0 = rest;
        taken
    }

    /// Every value of a parameter that may be repeated, and may hold several, separated by commas.
    pub fn listed(&mut self, name: &str) -> Vec<String> {
        let values = self.all(name);
        let each = values.iter().flat_map(|value| value.split(','));
        each.map(str::to_owned).collect()
    }

    /// Every value of a repeatable parameter.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        let (taken, rest) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(found, _)| found == name);
        self.0 = rest;
        Vec::into_iter(taken).map(|(_, value)| value).collect()
    }

    /// The value of a parameter that may be given once.
    pub fn one(&mut self, name: &str) -> Result<Option<String>> {
        let mut values = self.all(name);
        if values.len() > 1 {
            return Err(Problem::bad(name, "given more than once"));
        }
        Ok(values.pop())
    }

    /// A number within bounds.
    pub fn number<T>(
        &mut self,
        name: &str,
        bounds: std::ops::RangeInclusive<T>,
    ) -> Result<Option<T>>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.one(name)? else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if bounds.contains(&number) => Ok(Some(number)),
            _ => Err(Problem::bad(
                name,
                format!(
                    "{text:?} is no whole number from {} to {}",
                    bounds.start(),
                    bounds.end()
                ),
            )),
        }
    }

    /// `true`, or `false` as when it is not given.
    /// The slot that an answer has to know of.
    pub fn min_slot(&mut self) -> Result<Option<i64>> {
        self.number("min_slot", 0..=i64::MAX)
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        match self.one(name)?.as_deref() {
            None => Ok(None),
            Some("false") => Ok(Some(false)),
            Some("true") => Ok(Some(true)),
            Some(other) => Err(Problem::bad(
                name,
                format!("{other:?} is neither `true` nor `false`"),
            )),
        }
    }

    /// Names out of a set, any number of them.
    pub fn named(&mut self, parameter: &str, names: &Names) -> Result<Vec<String>> {
        let values = self.all(parameter);
        match values.iter().find(|value| names.value(value).is_none()) {
            None => Ok(values),
            Some(value) => Err(none_of(parameter, value, names.all())),
        }
    }

    /// A name out of a set.
    pub fn name(&mut self, parameter: &str, names: &Names) -> Result<Option<String>> {
        match self.one(parameter)? {
            Some(value) if names.value(&value).is_none() => {
                Err(none_of(parameter, &value, names.all()))
            }
            found => Ok(found),
        }
    }

    /// One address.
    pub fn address(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        self.one(name)?.map(|text| address(name, &text)).transpose()
    }

    /// Ends the reading: whatever was not taken is unknown.
    pub fn end(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::bad(name, "there is no such parameter here")),
        }
    }
}

/// The refusal of what is not among the values that a parameter can have.
pub fn none_of<'n>(
    parameter: &str,
    value: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Problem {
    let known: Vec<_> = names.into_iter().collect();
    Problem::bad(
        parameter,
        format!("{value:?} is none of {}", known.join(", ")),
    )
}

/// The bytes of an address in base58.
pub fn address(parameter: &str, text: &str) -> Result<Vec<u8>> {
    key(parameter, text).map(Vec::from)
}

/// The same, where its length matters.
pub fn key(parameter: &str, text: &str) -> Result<[u8; 32]> {
    Pubkey::from_str(text)
        .map(|key| key.to_bytes())
        .map_err(|_| Problem::bad(parameter, format!("{text:?} is no address in base58")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i19_unknown_repeated_and_malformed_parameters_are_named() {
        let detail = |problem: Problem| serde_json::to_value(problem).unwrap()["parameter"].clone();
        assert_eq!(
            detail(Params::parse("nonsense=1").unwrap().end().unwrap_err()),
            "nonsense"
        );
        assert_eq!(
            detail(Params::parse("a=1&a=2").unwrap().one("a").unwrap_err()),
            "a"
        );
        assert_eq!(
            detail(
                Params::parse("limit=0")
                    .unwrap()
                    .number("limit", 1..=100)
                    .unwrap_err()
            ),
            "limit"
        );
        assert_eq!(detail(Params::parse("q=%00").unwrap_err()), "q");
        assert_eq!(
            detail(Params::parse(&format!("q={}", "x".repeat(501))).unwrap_err()),
            "q"
        );
        assert!(Params::parse(&"a=1&".repeat(201)).is_err());
        let longest = format!("q={}&", "x".repeat(490)).repeat(34);
        assert_eq!(detail(Params::parse(&longest).unwrap_err()), "query");
        let mut listed = Params::parse("a=1,2&b=3&a=4").unwrap();
        assert_eq!(listed.listed("a"), ["1", "2", "4"]);
        let mut params = Params::parse("tag=a&tag=b%26&q=").unwrap();
        assert_eq!(params.all("tag"), ["a", "b&"]);
        assert_eq!(params.one("q").unwrap().as_deref(), Some(""));
        params.end().unwrap();
    }
}
