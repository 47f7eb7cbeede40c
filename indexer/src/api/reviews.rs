//! `/v1/reviews`: what owners of paid orders say of what they bought.

use axum::{Json, extract::State};
use pedigree_sdk::accounts::{self, EntityKind};
use serde::Serialize;
use serde_json::Value;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::{
    Api,
    page::{Page, Place, push_equal, push_newest_first},
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow, base58},
};

/// A review: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Review {
    pub address: String,
    #[serde(flatten)]
    #[schema(value_type = ReviewAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of a review's account. Keys are base58, hashes hex, times RFC 3339; what is empty is null.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct ReviewAccount {
    listing: String,
    /// What was bought.
    order: String,
    /// Slot in which the order was made: its account may be closed by now, and another be at its address.
    order_born_slot: u64,
    /// The order's owner.
    reviewer: String,
    rent_payer: String,
    /// 1 to 5.
    rating: u8,
    /// Version of the listing that was bought.
    version: u32,
    /// SHA-256 of its text; null where it has none.
    hash: Option<String>,
    /// How often it was edited: once at most.
    edits: u8,
    created_at: Option<String>,
    edited_at: Option<String>,
    /// Number of its last event.
    seq: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Reviews {
    /// Newest first.
    pub items: Vec<Review>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewDetail {
    #[serde(flatten)]
    pub review: Review,
    pub index: Index,
}

/// What a list of reviews asks for.
#[derive(Debug, Default, Serialize)]
struct Filter {
    listing: Option<Vec<u8>>,
    reviewer: Option<Vec<u8>>,
    order: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT r.address, r.created_at, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM reviews r JOIN accounts a ON a.kind = 'review' AND a.address = r.address";

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    created_at: i64,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

impl Row {
    fn into_review(self) -> Result<Review> {
        Ok(Review {
            address: base58(&self.address),
            account: accounts::json(EntityKind::Review, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}

async fn rows(
    db: &mut PgConnection,
    filter: Filter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Row>> {
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_equal(
        &mut sql,
        "r",
        [
            ("listing", filter.listing),
            ("reviewer", filter.reviewer),
            ("order_address", filter.order),
        ],
    );
    push_newest_first(&mut sql, ("r", "created_at"), after, limit);
    Ok(sql.build_query_as().fetch_all(db).await?)
}

/// The newest reviews of a listing.
pub async fn newest(db: &mut PgConnection, listing: &[u8], limit: i64) -> Result<Vec<Review>> {
    let filter = Filter {
        listing: Some(listing.to_vec()),
        ..Filter::default()
    };
    let rows = rows(db, filter, None, limit).await?;
    rows.into_iter().map(Row::into_review).collect()
}

/// Reviews, newest first.
#[utoipa::path(
    get, path = "/v1/reviews", tag = "reviews",
    params(
        ("listing" = Option<String>, Query), ("reviewer" = Option<String>, Query), ("order" = Option<String>, Query),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Reviews),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Reviews>> {
    let filter = Filter {
        listing: params.address("listing")?,
        reviewer: params.address("reviewer")?,
        order: params.address("order")?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "reviews", &filter)?;
    params.end()?;

    let mut tx = api.snapshot().await?;
    let mut rows = rows(&mut tx, filter, page.after.as_ref(), page.rows()).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.created_at, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_review)
        .collect::<Result<_>>()?;
    Ok(Json(Reviews {
        items,
        next_cursor,
        index,
    }))
}

/// One review.
#[utoipa::path(
    get, path = "/v1/reviews/{address}", tag = "reviews",
    params(("address" = String, Path)),
    responses((status = 200, body = ReviewDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn review(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<ReviewDetail>> {
    let bytes = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE r.address = ").push_bind(bytes);
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row = row
        .ok_or_else(|| Problem::not_found(format!("there is no review {address} in this index")))?;
    Ok(Json(ReviewDetail {
        review: row.into_review()?,
        index: Index::read(&mut tx).await?,
    }))
}
