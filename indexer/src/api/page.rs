//! Pages by key: a cursor says after which row the next page begins, and of which query.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use sqlx::{Postgres, QueryBuilder};

use super::{
    params::Params,
    problem::{Problem, Result},
};

/// Rows of a page where none are asked for.
const DEFAULT_LIMIT: i64 = 20;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 100;

/// Bytes of the query's hash that a cursor carries.
const BINDING: usize = 8;

#[derive(Serialize, Deserialize)]
struct Cursor<K> {
    /// Hash of the query and sort that it continues.
    query: String,
    /// The sort key of the last row given.
    after: K,
}

/// A query's identity: filters and sort, not limit and cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding(String);

impl Binding {
    fn of(resource: &str, query: &impl Serialize) -> Self {
        let hash = Sha256::digest(serde_json::to_vec(&(resource, query)).unwrap_or_default());
        Self(hex::encode(hash.get(..BINDING).unwrap_or_default()))
    }

    /// The cursor of the page after the row with this sort key.
    fn cursor<K: Serialize>(&self, after: K) -> String {
        let cursor = Cursor {
            query: self.0.clone(),
            after,
        };
        bs58::encode(serde_json::to_vec(&cursor).unwrap_or_default()).into_string()
    }

    /// The sort key in a cursor.
    ///
    /// # Errors
    /// 400 where it is none, or another query's.
    fn read<K: DeserializeOwned>(&self, cursor: &str) -> Result<K> {
        let read = || {
            let bytes = bs58::decode(cursor).into_vec().ok()?;
            serde_json::from_slice::<Cursor<K>>(&bytes).ok()
        };
        match read() {
            Some(found) if found.query == self.0 => Ok(found.after),
            _ => Err(Problem::bad(
                "cursor",
                "it does not continue this query: repeat the query that gave it",
            )),
        }
    }
}

/// What a request asks of a list: how many rows, and after which, by its sort key.
#[derive(Debug)]
pub struct Page<K> {
    binding: Binding,
    limit: i64,
    pub after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> Page<K> {
    /// Takes `limit` and `cursor`, which has to be one of this query.
    ///
    /// # Errors
    /// 400 that names the one of them that is wrong.
    pub fn take(params: &mut Params, resource: &str, query: &impl Serialize) -> Result<Self> {
        let limit = params
            .number("limit", 1..=MAX_LIMIT)?
            .unwrap_or(DEFAULT_LIMIT);
        let binding = Binding::of(resource, query);
        let after = params
            .one("cursor")?
            .map(|cursor| binding.read(&cursor))
            .transpose()?;
        Ok(Self {
            binding,
            limit,
            after,
        })
    }

    /// How many rows to read: one more than the page has, to know whether there is a next page.
    pub fn rows(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Cuts off what is beyond the page. The cursor of the next page, where there is one.
    pub fn cut<R>(&self, rows: &mut Vec<R>, key: impl FnOnce(&R) -> K) -> Option<String> {
        let full = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > full;
        rows.truncate(full);
        let last = rows.last().filter(|_| more)?;
        Some(self.binding.cursor(key(last)))
    }
}

impl Page<Place> {
    /// As [`Self::take`], of a list whose only `sort` is `newest`.
    ///
    /// # Errors
    /// 422 for another.
    pub fn newest_first(
        params: &mut Params,
        resource: &str,
        query: &impl Serialize,
    ) -> Result<Self> {
        if let Some(other) = params.one("sort")?.filter(|sort| sort != "newest") {
            return Err(Problem::unprocessable(
                "sort",
                format!("{other:?} is not `newest`, the only order there is"),
            ));
        }
        Self::take(params, resource, query)
    }
}

/// The sort key of a list with the newest first.
#[derive(Debug, Deserialize, Serialize)]
pub struct Place {
    /// When it began, as the list counts time.
    at: i64,
    /// Hex.
    address: String,
}

impl Place {
    pub fn of(at: i64, address: &[u8]) -> Self {
        Self {
            at,
            address: hex::encode(address),
        }
    }
}

/// Adds to a query's conditions that columns of `table` have these values, where one is given.
pub fn push_equal<'c>(
    sql: &mut QueryBuilder<Postgres>,
    table: &str,
    values: impl IntoIterator<Item = (&'c str, Option<Vec<u8>>)>,
) {
    for (column, value) in values {
        if let Some(value) = value {
            sql.push(format_args!(" AND {table}.{column} = "))
                .push_bind(value);
        }
    }
}

/// Adds to a query's conditions that columns of `table` have one of these values, where any is given.
pub fn push_any_of<'c>(
    sql: &mut QueryBuilder<Postgres>,
    table: &str,
    values: impl IntoIterator<Item = (&'c str, Vec<String>)>,
) {
    for (column, values) in values {
        if !values.is_empty() {
            sql.push(format_args!(" AND {table}.{column} = ANY("))
                .push_bind(values)
                .push(")");
        }
    }
}

/// Ends a query: the rows of `table` that follow `after`, newest by `column` first, then by address.
///
/// # Errors
/// 400 where `after` is no place.
pub fn push_newest_first(
    sql: &mut QueryBuilder<Postgres>,
    (table, column): (&str, &str),
    after: Option<&Place>,
    rows: i64,
) -> Result<()> {
    if let Some(after) = after {
        let address =
            hex::decode(&after.address).map_err(|_| Problem::bad("cursor", "it is malformed"))?;
        sql.push(format_args!(
            " AND (-{table}.{column}, {table}.address) > ("
        ))
        .push_bind(after.at.saturating_neg());
        sql.push(", ").push_bind(address).push(")");
    }
    sql.push(format_args!(
        " ORDER BY {table}.{column} DESC, {table}.address LIMIT "
    ))
    .push_bind(rows);
    Ok(())
}
