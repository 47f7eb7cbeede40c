//! Listings as search takes them, out of the tables.

use std::collections::BTreeMap;

use pedigree_search::{Address, Decimal, Listing, Parent, Scalar, Term, text::Document};
use serde::Deserialize;
use serde_json::value::RawValue;
use solana_program::pubkey::Pubkey;
use sqlx::{AssertSqlSafe, PgConnection};

/// Everything that search knows of a listing. Attributes stay text, as numbers of any size are kept as they are.
const COLUMNS: &str = "l.address, l.publisher, l.key, l.kind, l.status, l.name, l.publisher_name, l.license, l.tags, \
    l.attributes::text AS attributes, l.pricing::text AS pricing, l.royalty_ppm, l.created_slot, \
    s.reviews, s.rating_sum, s.sales, s.quality, s.trending, \
    EXISTS (SELECT FROM own_taints o WHERE o.listing = l.address) \
        OR EXISTS (SELECT FROM taints t WHERE t.listing = l.address) AS tainted, \
    p.parents, p.relations, p.royalties, p.statuses, \
    tsvectorsend(l.document) AS document";

/// The signals and the parents of each `l`, one by one: joined otherwise, a page would read those of all listings before it.
const BESIDE: &str = "CROSS JOIN LATERAL (SELECT * FROM signals WHERE signals.listing = l.address OFFSET 0) AS s \
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(e.parent), '{}') AS parents, coalesce(array_agg(e.relation), '{}') AS relations, \
            coalesce(array_agg(e.royalty_ppm), '{}') AS royalties, coalesce(array_agg(e.status), '{}') AS statuses
        FROM (SELECT * FROM edges WHERE child = l.address ORDER BY position, parent) AS e
    ) AS p";

/// The status of an edge that a ruling found false.
const REVOKED: &str = "revoked";

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    publisher: Vec<u8>,
    key: Vec<u8>,
    kind: String,
    status: String,
    name: String,
    publisher_name: Option<String>,
    license: Option<String>,
    tags: Vec<String>,
    attributes: String,
    pricing: String,
    royalty_ppm: i64,
    created_slot: i64,
    reviews: i64,
    rating_sum: i64,
    sales: i64,
    quality: i32,
    trending: i64,
    tainted: bool,
    /// Of its edges, one after another.
    parents: Vec<Vec<u8>>,
    relations: Vec<String>,
    royalties: Vec<i64>,
    statuses: Vec<String>,
    document: Vec<u8>,
}

/// A price term, as far as searches ask for it.
#[derive(Deserialize)]
struct Price {
    mode: String,
    unit: String,
    mint: String,
    price: String,
}

/// Blocks of the table that are read at once: some thousands of listings.
const BLOCKS: i64 = 512;

/// All listings, page by page, as they lie on the disk: in the order of their addresses, which are as good as random, each would
/// be fetched from a place of its own.
#[derive(Debug)]
pub struct Pages {
    file: i64,
    next: i64,
    end: i64,
}

impl Pages {
    /// # Errors
    /// Where the database does not answer.
    pub async fn begin(db: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let (file, end) = Self::extent(db).await?;
        Ok(Self { file, next: 0, end })
    }

    /// One of so many parts of them, from 0 on, for readers side by side.
    #[must_use]
    pub fn part(self, part: u8, of: u8) -> Self {
        let bound = |part: u8| self.end.saturating_mul(part.into()) / i64::from(of.max(1));
        Self {
            next: bound(part),
            end: bound(part.saturating_add(1)),
            ..self
        }
    }

    /// The next page, which may be empty; none after the last one. What was written since the first one may be on none of them.
    ///
    /// # Errors
    /// Where the database does not answer, or where listings lie elsewhere by now, as after `VACUUM FULL` or `TRUNCATE`.
    pub async fn next(
        &mut self,
        db: &mut PgConnection,
    ) -> Result<Option<Vec<Listing>>, sqlx::Error> {
        if self.next >= self.end {
            return match Self::extent(db).await? {
                (file, _) if file == self.file => Ok(None),
                _ => Err(sqlx::Error::Protocol(
                    "listings were moved while they were read".to_owned(),
                )),
            };
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT * FROM listings WHERE ctid >= $1::text::tid AND ctid < $2::text::tid) AS l {BESIDE}"
        );
        let block = |number: i64| format!("({number},0)");
        let (from, before) = (self.next, self.next.saturating_add(BLOCKS).min(self.end));
        // Made of constants of this crate alone, as that below.
        let rows = sqlx::query_as(AssertSqlSafe(sql))
            .bind(block(from))
            .bind(block(before));
        let rows = rows.fetch_all(db).await?;
        self.next = before;
        rows.into_iter()
            .map(Row::listing)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The table's file, which changes when all of it is written anew, and its number of blocks.
    async fn extent(db: &mut PgConnection) -> Result<(i64, i64), sqlx::Error> {
        let extent = sqlx::query_as(
            "SELECT pg_relation_filenode('listings')::bigint, pg_relation_size('listings') / current_setting('block_size')::bigint",
        );
        extent.fetch_one(db).await
    }
}

/// Those of these listings that there are.
pub async fn of(db: &mut PgConnection, addresses: &[Address]) -> Result<Vec<Listing>, sqlx::Error> {
    let addresses: Vec<&[u8]> = addresses.iter().map(|address| &address[..]).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM listings WHERE address = ANY($1)) AS l {BESIDE}"
    );
    let rows = sqlx::query_as(AssertSqlSafe(sql)).bind(addresses);
    rows.fetch_all(db)
        .await?
        .into_iter()
        .map(Row::listing)
        .collect()
}

impl Row {
    fn listing(self) -> Result<Listing, sqlx::Error> {
        let prices: Vec<Price> = serde_json::from_str(&self.pricing).map_err(unreadable)?;
        let terms: Result<_, _> = prices.into_iter().map(Price::term).collect();
        let document = Document::from_binary(&self.document);
        let said = self.relations.into_iter().zip(self.statuses);
        let edges = self.parents.into_iter().zip(self.royalties).zip(said);
        let parents = edges.map(|((parent, royalty_ppm), (relation, status))| {
            Ok(Parent {
                address: address(parent)?,
                relation,
                royalty_ppm: count(royalty_ppm),
                in_force: status != REVOKED,
                status,
            })
        });
        let parents: Result<_, sqlx::Error> = parents.collect();
        Ok(Listing {
            address: address(self.address)?,
            publisher: address(self.publisher)?,
            key: address(self.key)?,
            kind: self.kind,
            status: self.status,
            name: self.name,
            publisher_name: self.publisher_name,
            license: self.license,
            tags: self.tags,
            attributes: attributes(&self.attributes)?,
            terms: terms?,
            royalty_ppm: count(self.royalty_ppm),
            created_slot: self.created_slot,
            ratings: count(self.reviews),
            rating_sum: count(self.rating_sum),
            sales: count(self.sales),
            quality: count(self.quality),
            trending: count(self.trending),
            tainted: self.tainted,
            parents: parents?,
            document: document.ok_or_else(|| unreadable("a document of another version"))?,
        })
    }
}

impl Price {
    fn term(self) -> Result<Term, sqlx::Error> {
        let mint: Pubkey = self.mint.parse().map_err(unreadable)?;
        Ok(Term {
            mode: self.mode,
            unit: self.unit,
            mint: mint.to_bytes(),
            price: self.price.parse().map_err(unreadable)?,
        })
    }
}

fn attributes(json: &str) -> Result<Vec<(String, Vec<Scalar>)>, sqlx::Error> {
    let attributes: BTreeMap<String, &RawValue> = serde_json::from_str(json).map_err(unreadable)?;
    attributes
        .into_iter()
        .map(|(name, value)| Ok((name, values(value.get())?)))
        .collect()
}

/// A scalar, or those of a list. What is neither has no value that could be asked for.
fn values(json: &str) -> Result<Vec<Scalar>, sqlx::Error> {
    if json.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(json).map_err(unreadable)?;
        let scalars = elements.into_iter().map(|element| scalar(element.get()));
        return scalars.filter_map(Result::transpose).collect();
    }
    Ok(scalar(json)?.into_iter().collect())
}

fn scalar(json: &str) -> Result<Option<Scalar>, sqlx::Error> {
    Ok(match json.as_bytes().first() {
        Some(b'"') => Some(Scalar::Text(
            serde_json::from_str(json).map_err(unreadable)?,
        )),
        Some(b't') => Some(Scalar::Boolean(true)),
        Some(b'f') => Some(Scalar::Boolean(false)),
        Some(b'n') => Some(Scalar::Null),
        Some(b'-' | b'0'..=b'9') => Decimal::parse(json).map(Scalar::Number),
        _ => None,
    })
}

pub fn address(bytes: Vec<u8>) -> Result<Address, sqlx::Error> {
    bytes
        .try_into()
        .map_err(|_| unreadable("an address of another length"))
}

/// What is never negative in the tables, nor greater.
fn count<N, T: TryFrom<N> + Default>(number: N) -> T {
    number.try_into().unwrap_or_default()
}

/// What this program never wrote.
fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Scalar {
        Scalar::Number(Decimal::parse(text).unwrap())
    }

    #[test]
    fn attributes_keep_their_types_and_every_digit_of_their_numbers() {
        let json = r#"{"n": 9007199254740993, "d": 0.10, "t": "1", "b": false, "l": [1, "a", null, {"x": 1}, [2]], "o": {"x": 1}, "z": null}"#;
        let expected = [
            ("b", vec![Scalar::Boolean(false)]),
            ("d", vec![number("0.1")]),
            (
                "l",
                vec![number("1"), Scalar::Text("a".to_owned()), Scalar::Null],
            ),
            ("n", vec![number("9007199254740993")]),
            ("o", vec![]),
            ("t", vec![Scalar::Text("1".to_owned())]),
            ("z", vec![Scalar::Null]),
        ];
        let expected = expected.map(|(name, values)| (name.to_owned(), values));
        assert_eq!(attributes(json).unwrap(), expected);
    }
}
