//! Pages by key: a cursor says after which row the next page begins, signed with the query that it continues.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use borsh::{BorshDeserialize, BorshSerialize};
use hmac::{Hmac, Mac};
use serde::Serialize;
use sha2::Sha256;

use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{
    params::Params,
    problem::{Problem, Result},
};

/// Rows of a page where none are asked for.
const DEFAULT_LIMIT: i64 = 20;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 100;

/// Bytes of the signature that a cursor carries.
const TAG: usize = 16;

/// What cursors are signed with: the same in all servers of one database.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// # Errors
    /// Where the database does not answer, or was never migrated.
    pub async fn read(pool: &PgPool) -> std::result::Result<Self, sqlx::Error> {
        let secret: Vec<u8> = sqlx::query_scalar("SELECT secret FROM api_secret")
            .fetch_one(pool)
            .await?;
        Self::of(&secret)
    }

    fn of(secret: &[u8]) -> std::result::Result<Self, sqlx::Error> {
        let keyed = Hmac::new_from_slice(secret);
        keyed
            .map(Self)
            .map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Signs places in one query, which is its filters and its sort, not limit and cursor.
#[derive(Clone, Debug)]
struct Binding(Secret);

impl Binding {
    fn of(secret: &Secret, resource: &str, query: &impl Serialize) -> Self {
        let mut secret = secret.clone();
        let query = serde_json::to_vec(&(resource, query)).unwrap_or_default();
        // JSON ends where it ends: what follows is the place.
        secret.0.update(&query);
        Self(secret)
    }

    fn signed(&self, place: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.0.clone();
        mac.update(place);
        mac
    }

    /// The cursor of the page after the row with this sort key.
    fn cursor<K: BorshSerialize>(&self, after: &K) -> String {
        let place = borsh::to_vec(after).unwrap_or_default();
        let tag = self.signed(&place).finalize().into_bytes();
        let mut cursor = tag.get(..TAG).unwrap_or_default().to_vec();
        cursor.extend(place);
        BASE64_URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The sort key in a cursor.
    ///
    /// # Errors
    /// 400 where it is none, or another query's, or nobody here signed it.
    fn read<K: BorshDeserialize>(&self, cursor: &str) -> Result<K> {
        let read = || {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (tag, place) = bytes.split_at_checked(TAG)?;
            self.signed(place).verify_truncated_left(tag).ok()?;
            borsh::from_slice(place).ok()
        };
        read().ok_or_else(|| {
            Problem::bad(
                "cursor",
                "it does not continue this query: repeat the query that gave it, with the same filters and the same sort",
            )
        })
    }
}

/// What a request asks of a list: how many rows, and after which, by its sort key.
#[derive(Debug)]
pub struct Page<K> {
    binding: Binding,
    limit: i64,
    pub after: Option<K>,
}

impl<K: BorshSerialize + BorshDeserialize> Page<K> {
    /// Takes `limit` and `cursor`, which has to be one of this query.
    ///
    /// # Errors
    /// 400 that names the one of them that is wrong.
    pub fn take(
        secret: &Secret,
        params: &mut Params,
        resource: &str,
        query: &impl Serialize,
    ) -> Result<Self> {
        let limit = params
            .number("limit", 1..=MAX_LIMIT)?
            .unwrap_or(DEFAULT_LIMIT);
        let binding = Binding::of(secret, resource, query);
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

    /// How many rows the page has at most.
    pub fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// How many rows to read: one more than the page has, to know whether there is a next page.
    pub fn rows(&self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// The cursor of the page after the row with this sort key.
    pub fn cursor(&self, after: &K) -> String {
        self.binding.cursor(after)
    }

    /// Cuts off what is beyond the page. The cursor of the next page, where there is one.
    pub fn cut<R>(&self, rows: &mut Vec<R>, key: impl FnOnce(&R) -> K) -> Option<String> {
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        let last = rows.last().filter(|_| more)?;
        Some(self.cursor(&key(last)))
    }
}

impl Page<Place> {
    /// As [`Self::take`], of a list whose only `sort` is `newest`.
    ///
    /// # Errors
    /// 422 for another.
    pub fn newest_first(
        secret: &Secret,
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
        Self::take(secret, params, resource, query)
    }
}

/// The sort key of a list with the newest first.
#[derive(Debug, BorshDeserialize, BorshSerialize)]
pub struct Place {
    /// When it began, as the list counts time.
    at: i64,
    address: Vec<u8>,
}

impl Place {
    pub fn of(at: i64, address: &[u8]) -> Self {
        Self {
            at,
            address: address.to_vec(),
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
pub fn push_newest_first(
    sql: &mut QueryBuilder<Postgres>,
    (table, column): (&str, &str),
    after: Option<&Place>,
    rows: i64,
) {
    if let Some(after) = after {
        sql.push(format_args!(
            " AND (-{table}.{column}, {table}.address) > ("
        ))
        .push_bind(after.at.saturating_neg());
        sql.push(", ").push_bind(after.address.clone()).push(")");
    }
    sql.push(format_args!(
        " ORDER BY {table}.{column} DESC, {table}.address LIMIT "
    ))
    .push_bind(rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(secret: u8, query: &str) -> Binding {
        Binding::of(&Secret::of(&[secret; 32]).unwrap(), "list", &query)
    }

    #[test]
    fn i19_a_cursor_is_read_by_its_own_query_only_and_not_with_a_bit_changed() {
        let cursor = binding(1, "a").cursor(&Place::of(-7, b"address"));
        let read: Place = binding(1, "a").read(&cursor).unwrap();
        assert_eq!((read.at, &read.address[..]), (-7, &b"address"[..]));
        assert!(binding(1, "b").read::<Place>(&cursor).is_err());
        assert!(
            binding(2, "a").read::<Place>(&cursor).is_err(),
            "another database"
        );
        let real = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for bit in 0..real.len() * 8 {
            let mut forged = real.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = BASE64_URL_SAFE_NO_PAD.encode(forged);
            assert!(binding(1, "a").read::<Place>(&forged).is_err(), "bit {bit}");
        }
        for cut in 0..real.len() {
            let short = BASE64_URL_SAFE_NO_PAD.encode(&real[..cut]);
            assert!(
                binding(1, "a").read::<Place>(&short).is_err(),
                "{cut} bytes"
            );
        }
    }
}
