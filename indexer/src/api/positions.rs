//! `/v1/positions`: locked tokens.

use axum::{Json, extract::State};
use pedigree_sdk::accounts::{self, EntityKind};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::{
    Api,
    page::{Page, Place, push_equal, push_newest_first},
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow, base58},
};

/// A position: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Position {
    pub address: String,
    /// Whether it was withdrawn and its account closed; these are its last fields then.
    pub closed: bool,
    #[serde(flatten)]
    #[schema(value_type = PositionAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of a position's account. Keys are base58, amounts base units of the token, times RFC 3339; what is empty is null.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct PositionAccount {
    owner: String,
    rent_payer: String,
    /// In its address, of its owner's choice.
    id: String,
    /// What is locked: its weight in votes that began 7 days or more after `locked_at`, while no unlock is requested.
    amount: String,
    /// Of that, what its attestations risk.
    staked: String,
    /// Attestations of it that are alive.
    attestations: u32,
    locked_at: Option<String>,
    /// From then on it may be withdrawn; null until its unlock is requested.
    unlock_at: Option<String>,
    born_slot: u64,
    /// Number of its last event.
    seq: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Positions {
    /// Newest first.
    pub items: Vec<Position>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PositionDetail {
    #[serde(flatten)]
    pub position: Position,
    pub index: Index,
}

/// What a list of positions asks for.
#[derive(Debug, Serialize)]
struct Filter {
    owner: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT p.address, p.born_slot, p.closed, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM positions p JOIN accounts a ON a.kind = 'position' AND a.address = p.address AND a.born_slot = p.born_slot";

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    born_slot: i64,
    closed: bool,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

impl Row {
    fn into_position(self) -> Result<Position> {
        Ok(Position {
            address: base58(&self.address),
            closed: self.closed,
            account: accounts::json(EntityKind::Position, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}

/// Positions, newest first.
#[utoipa::path(
    get, path = "/v1/positions", tag = "rewards",
    params(
        ("owner" = Option<String>, Query),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Positions),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Positions>> {
    let filter = Filter {
        owner: params.address("owner")?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "positions", &filter)?;
    params.end()?;

    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_equal(&mut sql, "p", [("owner", filter.owner)]);
    push_newest_first(
        &mut sql,
        ("p", "born_slot"),
        page.after.as_ref(),
        page.rows(),
    );

    let mut tx = api.snapshot().await?;
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *tx).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.born_slot, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_position)
        .collect::<Result<_>>()?;
    Ok(Json(Positions {
        items,
        next_cursor,
        index,
    }))
}

/// One position; the newest where its address was used again.
#[utoipa::path(
    get, path = "/v1/positions/{address}", tag = "rewards",
    params(("address" = String, Path)),
    responses((status = 200, body = PositionDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn position(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<PositionDetail>> {
    let bytes = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE p.address = ")
        .push_bind(bytes)
        .push(" ORDER BY p.born_slot DESC LIMIT 1");
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row = row.ok_or_else(|| {
        Problem::not_found(format!("there is no position {address} in this index"))
    })?;
    Ok(Json(PositionDetail {
        position: row.into_position()?,
        index: Index::read(&mut tx).await?,
    }))
}
