//! `/v1/proposals`: what the dao is asked to do, and how it votes on that.

mod account;
mod votes;

use axum::{Json, extract::State};
use pedigree_sdk::{
    accounts::{self, EntityKind, from_bytes},
    instructions::dao::Action,
    names, pda,
};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::{
    Api,
    page::{Page, Place, push_any_of, push_equal, push_newest_first},
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow, base58},
};
pub use account::{ProposalAccount, VoteAccount};
pub use votes::Vote;

/// A proposal: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    pub address: String,
    /// Whether its account is closed; these are its last fields then.
    pub closed: bool,
    /// What `payload` says, by the names of the action's arguments: amounts, rates and weights are strings of base units,
    /// shares parts per million, windows seconds. Settings are replaced whole. Null where this index does not know the action.
    #[schema(value_type = Option<Object>)]
    pub arguments: Option<Map<String, Value>>,
    #[serde(flatten)]
    #[schema(value_type = ProposalAccount)]
    pub account: Value,
    pub proof: Proof,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Proposals {
    /// Newest first.
    pub items: Vec<Proposal>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalDetail {
    #[serde(flatten)]
    pub proposal: Proposal,
    /// The 100 votes that were cast last, the newest first; without those whose first event the index never saw.
    pub voters: Vec<Vote>,
    pub index: Index,
}

/// What a list of proposals asks for.
#[derive(Debug, Serialize)]
struct Filter {
    status: Vec<String>,
    proposer: Option<Vec<u8>>,
    action: Vec<String>,
}

const SELECT: &str = "SELECT p.address, p.born_slot, p.closed, p.number, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM proposals p JOIN accounts a ON a.kind = 'proposal' AND a.address = p.address AND a.born_slot = p.born_slot";

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    born_slot: i64,
    closed: bool,
    number: i64,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

impl Row {
    fn into_proposal(self) -> Result<Proposal> {
        let proposal: dao::state::Proposal = from_bytes(&self.bytes)?;
        Ok(Proposal {
            address: base58(&self.address),
            closed: self.closed,
            arguments: Action::named_arguments(&proposal),
            account: accounts::json(EntityKind::Proposal, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}

/// Proposals to the dao, newest first.
#[utoipa::path(
    get, path = "/v1/proposals", tag = "governance",
    params(
        ("status" = Option<Vec<String>>, Query, description = "Any of"),
        ("proposer" = Option<String>, Query, description = "The owner of a position, or the steward"),
        ("action" = Option<Vec<String>>, Query, description = "Any of"),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Proposals),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Proposals>> {
    let filter = Filter {
        status: params.named("status", &names::PROPOSAL_STATUS)?,
        proposer: params.address("proposer")?,
        action: params.named("action", &names::ACTION)?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "proposals", &filter)?;
    params.end()?;

    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_equal(&mut sql, "p", [("proposer", filter.proposer)]);
    push_any_of(
        &mut sql,
        "p",
        [("status", filter.status), ("action", filter.action)],
    );
    push_newest_first(&mut sql, ("p", "number"), page.after.as_ref(), page.rows());

    let mut tx = api.snapshot().await?;
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *tx).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.number, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_proposal)
        .collect::<Result<_>>()?;
    Ok(Json(Proposals {
        items,
        next_cursor,
        index,
    }))
}

/// One proposal with its newest votes.
#[utoipa::path(
    get, path = "/v1/proposals/{proposal}", tag = "governance",
    params(("proposal" = String, Path, description = "Its number, from 1, or its address")),
    responses((status = 200, body = ProposalDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn proposal(
    State(api): State<Api>,
    Segment(which): Segment,
    params: Params,
) -> Result<Json<ProposalDetail>> {
    let address = address_of(&which)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE p.address = ")
        .push_bind(address)
        .push(" ORDER BY p.born_slot DESC LIMIT 1");
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row = row
        .ok_or_else(|| Problem::not_found(format!("there is no proposal {which} in this index")))?;
    Ok(Json(ProposalDetail {
        voters: votes::newest(&mut tx, &row.address, row.born_slot).await?,
        proposal: row.into_proposal()?,
        index: Index::read(&mut tx).await?,
    }))
}

/// A number has one address, and an address in base58 has more digits than a number.
fn address_of(which: &str) -> Result<Vec<u8>> {
    match which.parse() {
        Ok(number) => Ok(pda::proposal(number).0.to_bytes().to_vec()),
        Err(_) => params::address("proposal", which),
    }
}
