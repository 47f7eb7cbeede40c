//! Filters and sorts of a search.

use pedigree_sdk::names;
use pedigree_search::text::{Field, Query, QueryError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{Postgres, QueryBuilder};

use crate::api::{
    params::Params,
    problem::{Problem, Result},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    Relevance,
    Newest,
    Name,
}

/// What a search asks for, limit and cursor aside.
#[derive(Clone, Debug, Serialize)]
pub struct Filter {
    q: Option<String>,
    kind: Vec<String>,
    license: Vec<String>,
    publisher: Vec<Vec<u8>>,
    publisher_name: Option<String>,
    name: Option<String>,
    key: Option<Vec<u8>>,
    tag: Vec<String>,
    status: Vec<String>,
    untainted: bool,
    pub sort: Sort,
    #[serde(skip)]
    query: Option<Query>,
    /// Why `q` is no query. It may be a name all the same.
    #[serde(skip)]
    pub no_query: Option<QueryError>,
}

/// Sort key of a listing; which part counts depends on the sort.
#[derive(Debug, Deserialize, Serialize)]
pub struct After {
    pub rank: i32,
    pub score: i32,
    pub slot: i64,
    pub name: String,
    pub address: String,
}

impl Filter {
    pub fn take(params: &mut Params) -> Result<Self> {
        let q = params.one("q")?.filter(|q| !q.trim().is_empty());
        let (query, no_query) = match q.as_deref().map(Query::parse) {
            Some(Ok(query)) => (Some(query), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let sort = match params.one("sort")?.as_deref() {
            Some("relevance") => Sort::Relevance,
            Some("newest") => Sort::Newest,
            Some("name") => Sort::Name,
            None if q.is_some() => Sort::Relevance,
            None => Sort::Newest,
            Some(other) => {
                return Err(Problem::bad(
                    "sort",
                    format!("{other:?} is none of relevance, newest, name"),
                ));
            }
        };
        let mut status = params.named("status", &names::STATUS)?;
        if status.is_empty() {
            status.push("active".to_owned());
        }
        Ok(Self {
            q,
            kind: params.named("kind", &names::KIND)?,
            license: params.all("license"),
            publisher: params.addresses("publisher")?,
            publisher_name: params.one("publisher_name")?,
            name: params.one("name")?,
            key: params.one("key")?.map(|text| key_bytes(&text)),
            tag: params.all("tag"),
            status,
            untainted: params.flag("untainted")?,
            sort,
            query,
            no_query,
        })
    }

    /// The condition on `listings l`, begun with `WHERE`.
    pub fn push_where(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" WHERE l.status = ANY(")
            .push_bind(self.status.clone())
            .push(")");
        if let Some(q) = &self.q {
            // A name may read like an operator, or hold no word; asked for exactly, it is found all the same.
            sql.push(" AND (lower(l.name) = lower(")
                .push_bind(exact_name(q).to_owned())
                .push(")");
            if let Some(query) = &self.query {
                sql.push(" OR l.document @@ ")
                    .push_bind(query.to_tsquery(None))
                    .push("::tsquery");
            }
            sql.push(")");
        }
        if !self.kind.is_empty() {
            sql.push(" AND l.kind = ANY(")
                .push_bind(self.kind.clone())
                .push(")");
        }
        if !self.license.is_empty() {
            sql.push(" AND l.license = ANY(")
                .push_bind(self.license.clone())
                .push(")");
        }
        if !self.publisher.is_empty() {
            sql.push(" AND l.publisher = ANY(")
                .push_bind(self.publisher.clone())
                .push(")");
        }
        if let Some(name) = &self.publisher_name {
            sql.push(" AND l.publisher_name = ").push_bind(name.clone());
        }
        if let Some(name) = &self.name {
            sql.push(" AND l.name = ").push_bind(name.clone());
        }
        if let Some(key) = &self.key {
            sql.push(" AND l.key = ").push_bind(key.clone());
        }
        if !self.tag.is_empty() {
            sql.push(" AND l.tags @> ").push_bind(self.tag.clone());
        }
        if self.untainted {
            sql.push(
                " AND NOT EXISTS (SELECT FROM own_taints t WHERE t.listing = l.address)
                  AND NOT EXISTS (SELECT FROM taints t WHERE t.listing = l.address)",
            );
        }
    }

    /// How well a listing answers `q`: 0 its exact name, 1 but for the case, then the best field that holds all the
    /// words.
    pub fn push_rank(&self, sql: &mut QueryBuilder<Postgres>) {
        let (Sort::Relevance, Some(q)) = (self.sort, &self.q) else {
            sql.push("0");
            return;
        };
        let name = exact_name(q);
        sql.push("CASE WHEN l.name = ")
            .push_bind(name.to_owned())
            .push(" THEN 0 WHEN lower(l.name) = lower(")
            .push_bind(name.to_owned())
            .push(") THEN 1");
        let fields = [
            (" THEN 2", Field::Name),
            (" THEN 3", Field::Publisher),
            (" THEN 4", Field::Tags),
        ];
        for (query, (rank, field)) in self
            .query
            .iter()
            .flat_map(|query| fields.map(|f| (query, f)))
        {
            sql.push(" WHEN l.document @@ ")
                .push_bind(query.to_tsquery(Some(field)))
                .push("::tsquery")
                .push(rank);
        }
        sql.push(" ELSE 5 END");
    }

    /// What tells listings of one rank apart: how often they were sold, by powers of two, so that one more sale seldom
    /// moves a listing between two pages.
    pub fn score(&self) -> &'static str {
        match self.sort {
            Sort::Relevance if self.q.is_some() => {
                "(SELECT floor(log(2.0, 1 + count(*)))::integer FROM orders o
                  WHERE o.listing = l.address AND o.sold)"
            }
            _ => "0",
        }
    }

    /// The order of `page`'s rows, each of which has one place only.
    pub fn order(&self) -> &'static str {
        match self.sort {
            Sort::Relevance => "rank, score DESC, address",
            Sort::Newest => "created_slot DESC, address",
            Sort::Name => "name COLLATE \"C\", address",
        }
    }

    /// The condition that a row of `ranked` comes after another, begun with `WHERE`.
    pub fn push_after(&self, sql: &mut QueryBuilder<Postgres>, after: &After) -> Result<()> {
        let malformed = || Problem::bad("cursor", "it is malformed");
        let address = hex::decode(&after.address).map_err(|_| malformed())?;
        // Postgres has no such character; no name of a listing has it either.
        if after.name.contains('\0') {
            return Err(malformed());
        }
        match self.sort {
            Sort::Relevance => {
                // The score descends while the others ascend.
                sql.push(" WHERE (rank, -score, address) > (")
                    .push_bind(after.rank)
                    .push(", ")
                    .push_bind(after.score.saturating_neg());
            }
            Sort::Newest => {
                // The slot descends while the address ascends.
                sql.push(" WHERE (-created_slot, address) > (")
                    .push_bind(after.slot.saturating_neg());
            }
            Sort::Name => {
                sql.push(" WHERE (name COLLATE \"C\", address) > (")
                    .push_bind(after.name.clone());
            }
        }
        sql.push(", ").push_bind(address).push(")");
        Ok(())
    }
}

/// A listing's key: given as its 32 bytes in hex, or as the text that they are the SHA-256 of.
fn key_bytes(text: &str) -> Vec<u8> {
    match hex::decode(text) {
        Ok(bytes) if bytes.len() == 32 => bytes,
        _ => Sha256::digest(text).to_vec(),
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
