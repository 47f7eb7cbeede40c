//! `/v1/epochs`: reward periods that somebody opened.

use axum::{Json, extract::State};
use pedigree_sdk::{
    accounts::{self, EntityKind},
    names,
};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::{
    Api,
    page::{Page, Place, push_any_of, push_newest_first},
    params::{Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow, base58},
};

/// A reward period: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Epoch {
    pub address: String,
    #[serde(flatten)]
    #[schema(value_type = EpochAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of an epoch's account. Keys are base58, amounts base units of the token, times RFC 3339; what is empty is null.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct EpochAccount {
    /// Its number, from 0; `index` in its account.
    epoch: u32,
    /// `open`, `finished` or `expired`
    status: String,
    starts_at: Option<String>,
    /// The beginning of the next one.
    ends_at: Option<String>,
    /// Points are claimed up to then; null until it is finished.
    claim_until: Option<String>,
    /// Points of all.
    total: String,
    /// Base units for them; 0 until it is finished.
    allotted: String,
    claimed: String,
    /// Orders whose fees were recorded in it.
    orders: u64,
    /// Number of the epoch that was opened before it, plus one; 0 where it is the first.
    previous: u32,
    rent_payer: String,
    /// Number of its last event.
    seq: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Epochs {
    /// Newest first.
    pub items: Vec<Epoch>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EpochDetail {
    #[serde(flatten)]
    pub epoch: Epoch,
    pub index: Index,
}

/// What a list of epochs asks for.
#[derive(Debug, Serialize)]
struct Filter {
    status: Vec<String>,
}

const SELECT: &str = "SELECT e.address, e.epoch, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM epochs e JOIN accounts a ON a.kind = 'epoch' AND a.address = e.address";

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    epoch: i64,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

impl Row {
    fn into_epoch(self) -> Result<Epoch> {
        let mut account = accounts::json(EntityKind::Epoch, &self.bytes)?;
        // `index` is how far the index is, wherever the API answers.
        if let Some(fields) = account.as_object_mut()
            && let Some(number) = fields.remove("index")
        {
            fields.insert("epoch".to_owned(), number);
        }
        Ok(Epoch {
            address: base58(&self.address),
            account,
            proof: self.proof.into(),
        })
    }
}

/// Reward periods, newest first.
#[utoipa::path(
    get, path = "/v1/epochs", tag = "rewards",
    params(
        ("status" = Option<Vec<String>>, Query, description = "Any of"),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Epochs),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Epochs>> {
    let filter = Filter {
        status: params.named("status", &names::EPOCH_STATUS)?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "epochs", &filter)?;
    params.end()?;

    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_any_of(&mut sql, "e", [("status", filter.status)]);
    push_newest_first(&mut sql, ("e", "epoch"), page.after.as_ref(), page.rows());

    let mut tx = api.snapshot().await?;
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *tx).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.epoch, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_epoch)
        .collect::<Result<_>>()?;
    Ok(Json(Epochs {
        items,
        next_cursor,
        index,
    }))
}

/// One reward period.
#[utoipa::path(
    get, path = "/v1/epochs/{epoch}", tag = "rewards",
    params(("epoch" = u32, Path, description = "Its number")),
    responses((status = 200, body = EpochDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn epoch(
    State(api): State<Api>,
    Segment(number): Segment,
    params: Params,
) -> Result<Json<EpochDetail>> {
    let epoch: u32 = number
        .parse()
        .map_err(|_| Problem::bad("epoch", format!("{number:?} is no number of an epoch")))?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE e.epoch = ").push_bind(i64::from(epoch));
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row =
        row.ok_or_else(|| Problem::not_found(format!("nobody has opened epoch {epoch} yet")))?;
    Ok(Json(EpochDetail {
        epoch: row.into_epoch()?,
        index: Index::read(&mut tx).await?,
    }))
}
