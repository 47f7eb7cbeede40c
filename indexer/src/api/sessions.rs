//! `/v1/sessions`: spending sessions. What one bought is found by `/v1/orders?buyer=SESSION`.

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

/// A session: the fields of its account, as rebuilt from its events. What is left in its vault only the chain knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    pub address: String,
    /// Whether its account is closed; these are its last fields then.
    pub closed: bool,
    #[serde(flatten)]
    #[schema(value_type = SessionAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of a session's account. Keys are base58, times RFC 3339.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct SessionAccount {
    /// Whose money it spends.
    owner: String,
    /// Signs its orders.
    key: String,
    mint: String,
    decimals: u8,
    token_program: String,
    /// The token account that it spends from.
    vault: String,
    rent_payer: String,
    /// Whether its owner took the key's leave to buy.
    revoked: bool,
    /// From then on anyone may close it.
    expires_at: Option<String>,
    /// Listings that it may order; any where there are none.
    listings: Vec<String>,
    /// Number of its last event.
    seq: u64,
    born_slot: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// Newest first.
    pub items: Vec<Session>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDetail {
    #[serde(flatten)]
    pub session: Session,
    pub index: Index,
}

/// What a list of sessions asks for.
#[derive(Debug, Serialize)]
struct Filter {
    owner: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT s.address, s.born_slot, s.closed, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM sessions s JOIN accounts a ON a.kind = 'session' AND a.address = s.address AND a.born_slot = s.born_slot";

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
    fn into_session(self) -> Result<Session> {
        Ok(Session {
            address: base58(&self.address),
            closed: self.closed,
            account: accounts::json(EntityKind::Session, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}

/// Spending sessions, newest first.
#[utoipa::path(
    get, path = "/v1/sessions", tag = "orders",
    params(
        ("owner" = Option<String>, Query),
        ("key" = Option<String>, Query, pattern = "^[1-9A-HJ-NP-Za-km-z]{32,44}$", description = "Signs its orders"),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Sessions),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Sessions>> {
    let filter = Filter {
        owner: params.address("owner")?,
        key: params.address("key")?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "sessions", &filter)?;
    params.end()?;

    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_equal(
        &mut sql,
        "s",
        [("owner", filter.owner), ("key", filter.key)],
    );
    push_newest_first(
        &mut sql,
        ("s", "born_slot"),
        page.after.as_ref(),
        page.rows(),
    );

    let mut tx = api.snapshot().await?;
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *tx).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.born_slot, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_session)
        .collect::<Result<_>>()?;
    Ok(Json(Sessions {
        items,
        next_cursor,
        index,
    }))
}

/// One session; the newest where its address was used again.
#[utoipa::path(
    get, path = "/v1/sessions/{address}", tag = "orders",
    params(("address" = String, Path)),
    responses((status = 200, body = SessionDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn session(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<SessionDetail>> {
    let bytes = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE s.address = ")
        .push_bind(bytes)
        .push(" ORDER BY s.born_slot DESC LIMIT 1");
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row = row.ok_or_else(|| {
        Problem::not_found(format!("there is no session {address} in this index"))
    })?;
    let index = Index::read(&mut tx).await?;
    Ok(Json(SessionDetail {
        session: row.into_session()?,
        index,
    }))
}
