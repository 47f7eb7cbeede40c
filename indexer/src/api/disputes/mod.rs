//! `/v1/disputes`: cases before the court.

mod account;
mod jurors;

use axum::{Json, extract::State};
use pedigree_sdk::{
    accounts::{self, EntityKind, from_bytes},
    court, names,
};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::{
    Api,
    page::{Page, Place, push_any_of, push_equal, push_newest_first},
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow, base58},
};
pub use account::{DisputeAccount, DisputeBond, DisputeRound};
pub use jurors::{Juror, JurorAccount};

/// A dispute: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dispute {
    pub address: String,
    /// Whether its account is closed; these are its last fields then.
    pub closed: bool,
    /// Who complained of a listing; null for an order, whose dispute its parties opened at escrow.
    pub opener: Option<String>,
    /// What the last round with a quorum decided, in percent: of an order the buyer's share, of a version 100 where the
    /// complaint is upheld. While `status` is `open` it may be appealed against. Null where no round has ruled.
    pub ruling: Option<u8>,
    #[serde(flatten)]
    #[schema(value_type = DisputeAccount)]
    pub account: Value,
    pub proof: Proof,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Disputes {
    /// Newest first.
    pub items: Vec<Dispute>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeDetail {
    #[serde(flatten)]
    pub dispute: Dispute,
    /// The 100 that committed a vote last, the newest first; without those whose first event the index never saw.
    pub jurors: Vec<Juror>,
    pub index: Index,
}

/// What a list of disputes asks for.
#[derive(Debug, Serialize)]
struct Filter {
    subject: Option<Vec<u8>>,
    opener: Option<Vec<u8>>,
    case: Vec<String>,
    status: Vec<String>,
}

const SELECT: &str = "SELECT d.address, d.born_slot, d.closed, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM disputes d JOIN accounts a ON a.kind = 'dispute' AND a.address = d.address AND a.born_slot = d.born_slot";

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
    fn into_dispute(self) -> Result<Dispute> {
        let dispute: dao::state::Dispute = from_bytes(&self.bytes)?;
        Ok(Dispute {
            address: base58(&self.address),
            closed: self.closed,
            opener: court::opener(&dispute).map(|opener| opener.to_string()),
            ruling: court::ruling(&dispute),
            account: accounts::json(EntityKind::Dispute, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}

/// Disputes before the court, newest first.
#[utoipa::path(
    get, path = "/v1/disputes", tag = "court",
    params(
        ("subject" = Option<String>, Query, description = "An order, or a listing"),
        ("opener" = Option<String>, Query, description = "Who complained of a listing"),
        ("case" = Option<Vec<String>>, Query, description = "Any of"),
        ("status" = Option<Vec<String>>, Query, description = "Any of"),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Disputes),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Disputes>> {
    let filter = Filter {
        subject: params.address("subject")?,
        opener: params.address("opener")?,
        case: params.named("case", &names::CASE)?,
        status: params.named("status", &names::DISPUTE_STATUS)?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "disputes", &filter)?;
    params.end()?;

    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_equal(
        &mut sql,
        "d",
        [("subject", filter.subject), ("opener", filter.opener)],
    );
    push_any_of(
        &mut sql,
        "d",
        [("kind", filter.case), ("status", filter.status)],
    );
    push_newest_first(
        &mut sql,
        ("d", "born_slot"),
        page.after.as_ref(),
        page.rows(),
    );

    let mut tx = api.snapshot().await?;
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *tx).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.born_slot, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_dispute)
        .collect::<Result<_>>()?;
    Ok(Json(Disputes {
        items,
        next_cursor,
        index,
    }))
}

/// One dispute with its newest jurors; the newest where its address was used again.
#[utoipa::path(
    get, path = "/v1/disputes/{address}", tag = "court",
    params(("address" = String, Path)),
    responses((status = 200, body = DisputeDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn dispute(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<DisputeDetail>> {
    let bytes = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE d.address = ")
        .push_bind(bytes)
        .push(" ORDER BY d.born_slot DESC LIMIT 1");
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row = row.ok_or_else(|| {
        Problem::not_found(format!("there is no dispute {address} in this index"))
    })?;
    Ok(Json(DisputeDetail {
        jurors: jurors::newest(&mut tx, &row.address, row.born_slot).await?,
        dispute: row.into_dispute()?,
        index: Index::read(&mut tx).await?,
    }))
}
