//! `/v1/accounts/{address}`: an account of any kind, as its events leave it.

use axum::{Json, extract::State};
use pedigree_sdk::accounts::{self, EntityKind};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Api,
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow},
};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    pub address: String,
    /// `listing`, `edge`, `order` and so on.
    pub kind: String,
    /// Whether it is closed; the fields are its last then.
    pub closed: bool,
    /// Its fields: keys base58, hashes hex, amounts as strings, times RFC 3339, empty ones null.
    #[schema(value_type = Object)]
    pub account: Value,
    pub proof: Proof,
    pub index: Index,
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    closed: bool,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

/// An account of one of the programs: the newest that was at its address.
#[utoipa::path(
    get, path = "/v1/accounts/{address}", tag = "accounts",
    params(("address" = String, Path, description = "Base58")),
    responses((status = 200, body = Account), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn account(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<Account>> {
    let bytes = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let kinds: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.name()).collect();
    let row: Option<Row> = sqlx::query_as(
        // An address is of one kind; naming all of them lets the primary key be used.
        "SELECT kind, closed, bytes, slot AS proof_slot, seq AS proof_seq, signature AS proof_signature,
                account_hash AS proof_hash
         FROM unnest($1::text[]) AS known (name) JOIN accounts a ON a.kind = known.name AND a.address = $2
         ORDER BY born_slot DESC LIMIT 1",
    )
    .bind(kinds)
    .bind(bytes)
    .fetch_optional(&mut *tx)
    .await?;
    let row = row.ok_or_else(|| {
        Problem::not_found(format!("there is no account {address} in this index"))
    })?;
    let account = match EntityKind::from_name(&row.kind) {
        Some(kind) => accounts::json(kind, &row.bytes)?,
        None => Value::Null,
    };
    Ok(Json(Account {
        address,
        kind: row.kind,
        closed: row.closed,
        account,
        proof: row.proof.into(),
        index: Index::read(&mut tx).await?,
    }))
}
