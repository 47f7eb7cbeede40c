//! `/v1/listings`: search.

mod detail;
mod filter;
mod item;

use axum::{Json, extract::State};
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};
use utoipa::ToSchema;

pub use detail::*;
pub use item::{Listing, Price};

use super::{
    Api,
    page::Page,
    params::Params,
    problem::{Problem, Result},
    render::Index,
};
use filter::{After, Filter};
use item::{COLUMNS, JOIN_ACCOUNT, Row};

/// Up to here `total` is exact without being asked.
const EXACT_TOTAL: i64 = 1_000;

/// A page of listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listings {
    pub items: Vec<Listing>,
    /// Of the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many listings match; at least so many where it is not exact.
    pub total: i64,
    pub total_exact: bool,
    pub index: Index,
}

#[derive(sqlx::FromRow)]
struct Ranked {
    rank: i32,
    score: i32,
    #[sqlx(flatten)]
    row: Row,
}

/// Searches listings.
#[utoipa::path(
    get, path = "/v1/listings", tag = "listings",
    params(
        ("q" = Option<String>, Query, max_length = 500, description = "Words, \"phrases\", -not, or"),
        ("kind" = Option<Vec<String>>, Query, description = "Any of"),
        ("license" = Option<Vec<String>>, Query, description = "Any of"),
        ("publisher" = Option<Vec<String>>, Query, description = "Keys, any of"),
        ("publisher_name" = Option<String>, Query, description = "Exact"),
        ("name" = Option<String>, Query, description = "Exact"),
        ("key" = Option<String>, Query, description = "The key's text, or its 32 bytes in hex"),
        ("tag" = Option<Vec<String>>, Query, description = "All of"),
        ("status" = Option<Vec<String>>, Query, description = "Any of; `active` unless given"),
        ("untainted" = Option<bool>, Query, description = "`true` leaves out listings that are tainted, by themselves or by descent as of `taint_slot`"),
        ("sort" = Option<String>, Query, pattern = "^(relevance|newest|name)$", description = "`relevance` (with `q` the default), `newest` or `name`"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("min_slot" = Option<i64>, Query, minimum = 0, description = "Waits up to 2 s for the index to reach it"),
        ("count" = Option<String>, Query, pattern = "^exact$", description = "`exact` for an exact total"),
    ),
    responses((status = 200, body = Listings))
)]
pub async fn search(State(api): State<Api>, mut params: Params) -> Result<Json<Listings>> {
    let filter = Filter::take(&mut params)?;
    let page = Page::take(&mut params, "listings", &filter)?;
    let exact = match params.one("count")?.as_deref() {
        None => false,
        Some("exact") => true,
        Some(other) => return Err(Problem::bad("count", format!("{other:?} is not `exact`"))),
    };
    let min_slot = params.number("min_slot", 0..=i64::MAX)?;
    params.end()?;

    if let Some(slot) = min_slot {
        api.wait_for(slot).await?;
    }
    let mut tx = api.snapshot().await?;
    let mut rows = page_query(&filter, &page)?
        .build_query_as::<Ranked>()
        .fetch_all(&mut *tx)
        .await?;
    let total: i64 = count_query(&filter, exact)
        .build_query_scalar()
        .fetch_one(&mut *tx)
        .await?;
    let index = Index::read(&mut tx).await?;
    if let (Some(error), 0) = (&filter.no_query, total) {
        return Err(Problem::bad("q", error));
    }

    let next_cursor = page.cut(&mut rows, |last| After {
        rank: last.rank,
        score: last.score,
        slot: last.row.created_slot,
        name: last.row.name.clone(),
        address: hex::encode(&last.row.address),
    });
    let total_exact = exact || total <= EXACT_TOTAL;
    Ok(Json(Listings {
        items: rows.into_iter().map(|ranked| ranked.row.into()).collect(),
        next_cursor,
        total: if total_exact { total } else { EXACT_TOTAL },
        total_exact,
        index,
    }))
}

/// What costs time per row comes after the cut.
fn page_query(filter: &Filter, page: &Page<After>) -> Result<QueryBuilder<Postgres>> {
    let order = filter.order();
    let mut sql = QueryBuilder::new("WITH ranked AS (SELECT l.address, l.name, l.created_slot, (");
    filter.push_rank(&mut sql);
    sql.push(") AS rank, ").push(filter.score());
    sql.push(" AS score FROM listings l");
    filter.push_where(&mut sql);
    sql.push("), page AS (SELECT * FROM ranked");
    if let Some(after) = &page.after {
        filter.push_after(&mut sql, after)?;
    }
    sql.push(" ORDER BY ")
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.rows());
    sql.push(") SELECT page.rank, page.score, ")
        .push(COLUMNS)
        .push(" FROM page JOIN listings l USING (address)");
    sql.push(JOIN_ACCOUNT).push(" ORDER BY ");
    sql.push(
        order
            .split(", ")
            .map(|part| format!("page.{part}"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    Ok(sql)
}

fn count_query(filter: &Filter, exact: bool) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM listings l");
    filter.push_where(&mut sql);
    if !exact {
        sql.push(" LIMIT ").push_bind(EXACT_TOTAL.saturating_add(1));
    }
    sql.push(") AS matching");
    sql
}
