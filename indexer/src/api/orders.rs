//! `/v1/orders`: orders and receipts.

use axum::{Json, extract::State};
use pedigree_sdk::{
    accounts::{self, EntityKind, from_bytes},
    names,
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

/// An order: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    pub address: String,
    /// Whether its account is closed; these are its last fields then.
    pub closed: bool,
    /// Nothing was paid for it.
    pub free: bool,
    /// What nobody has earned yet, in base units: of a metered order the most that further vouchers add.
    pub rest: String,
    #[serde(flatten)]
    #[schema(value_type = OrderAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of an order's account. Keys are base58, hashes hex, amounts base units, times RFC 3339; what is empty is null.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct OrderAccount {
    /// `one_time`, `metered`, `subscription` or `lease`
    mode: String,
    /// `funded`, `delivered`, `disputed`, `settled` or `refunded`
    state: String,
    /// In its address: who bought, or the session that did.
    buyer: String,
    /// Whose it is: the buyer, or the session's owner.
    owner: String,
    /// The listing's authority when it was opened.
    seller: String,
    /// Who gets the net.
    payee: String,
    /// The buyer's token account that paid.
    source: Option<String>,
    /// The token account that holds what was deposited.
    vault: Option<String>,
    listing: String,
    /// Version that was bought.
    version: u32,
    /// Index of the price term.
    term: u8,
    /// Idempotency key, hex.
    key: String,
    /// Bits: 1 free, 2 of an unclaimed listing, 4 bought by a session, 8 ended before a unit was paid.
    flags: u16,
    mint: Option<String>,
    token_program: Option<String>,
    decimals: u8,
    /// Where the royalty goes.
    pool: Option<String>,
    /// Of the royalty table in force when it was opened.
    generation: u16,
    rent_payer: String,
    manifest_hash: String,
    /// Of what was delivered, or was to be.
    content_hash: Option<String>,
    params_hash: Option<String>,
    /// The buyer's key for this order: one-time, the X25519 key that the content key is sealed for; metered, the Ed25519
    /// key that signs vouchers; lease, the key that sends heartbeats.
    buyer_key: Option<String>,
    sealed_key: Option<String>,
    /// What one unit is.
    unit: String,
    quantity: String,
    /// Of one unit.
    price: String,
    fee_ppm: u32,
    royalty_ppm: u32,
    deposited: String,
    /// To the payee.
    paid: String,
    fee_paid: String,
    royalty_paid: String,
    /// Back to the buyer.
    refunded: String,
    /// Parts that could not be paid when they fell due, and wait.
    paid_due: String,
    fee_due: String,
    royalty_due: String,
    refund_due: String,
    opened_at: Option<String>,
    valid_until: Option<String>,
    deliver_by: Option<String>,
    delivered_at: Option<String>,
    /// From then on anyone may settle it.
    settle_after: Option<String>,
    closed_at: Option<String>,
    /// What the seller has earned so far; metered, the cumulative amount of the last voucher.
    earned: String,
    /// Earned, and disputable until `matures_at`.
    pending: String,
    /// Earned by a lease while `pending` was not mature.
    accruing: String,
    /// In dispute.
    contested: String,
    /// Of the dispute that lasts.
    bond: String,
    /// Bonds that are the owner's again, the seller's again, or lost to the treasury, and wait.
    owner_bond_due: String,
    seller_bond_due: String,
    lost_bond_due: String,
    /// When an order of another mode than one-time is over.
    ends_at: Option<String>,
    /// When it was to be over at its opening.
    booked_until: Option<String>,
    matures_at: Option<String>,
    /// From then on anyone may let the dispute lapse.
    arbitrate_by: Option<String>,
    /// Metered: of the last voucher.
    sequence: u64,
    /// Lease: intervals up to the last one that the buyer authorised.
    authorised: u64,
    /// Lease: a bit for each of them, the last one lowest, that was authorised and is not confirmed.
    unconfirmed: u8,
    /// Disputes so far.
    disputes: u16,
    /// Whether its fee was recorded at the reward program.
    fees_recorded: bool,
    /// Who opened the dispute that lasts: `owner` or `seller`.
    opener: Option<String>,
    /// Seconds, as the four below; of a subscription's period or a lease's interval.
    period: u32,
    delivery_window: u32,
    dispute_window: u32,
    arbitration_period: u32,
    /// A dispute's bond, in ppm of what it contests.
    bond_ppm: u32,
    /// Number of its last event.
    seq: u64,
    born_slot: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Orders {
    /// Newest first.
    pub items: Vec<Order>,
    pub next_cursor: Option<String>,
    pub index: Index,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OrderDetail {
    #[serde(flatten)]
    pub order: Order,
    pub index: Index,
}

/// What a list of orders asks for.
#[derive(Debug, Serialize)]
struct Filter {
    buyer: Option<Vec<u8>>,
    owner: Option<Vec<u8>>,
    seller: Option<Vec<u8>>,
    listing: Option<Vec<u8>>,
    state: Vec<String>,
    mode: Vec<String>,
}

const SELECT: &str = "SELECT o.address, o.born_slot, o.closed, o.free, a.bytes, \
     a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature, a.account_hash AS proof_hash \
     FROM orders o JOIN accounts a ON a.kind = 'order' AND a.address = o.address AND a.born_slot = o.born_slot";

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    born_slot: i64,
    closed: bool,
    free: bool,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

impl Row {
    fn into_order(self) -> Result<Order> {
        let order: escrow::state::Order = from_bytes(&self.bytes)?;
        Ok(Order {
            address: base58(&self.address),
            closed: self.closed,
            free: self.free,
            // The program keeps no ledger that does not add up.
            rest: order.rest().unwrap_or_default().to_string(),
            account: accounts::json(EntityKind::Order, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}

/// Orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders",
    params(
        ("buyer" = Option<String>, Query), ("owner" = Option<String>, Query), ("seller" = Option<String>, Query), ("listing" = Option<String>, Query),
        ("state" = Option<Vec<String>>, Query, description = "Any of"),
        ("mode" = Option<Vec<String>>, Query, description = "Any of"),
        ("sort" = Option<String>, Query, pattern = "^newest$", description = "`newest`, as unless given"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "At most 100; 20 unless given"),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = Orders),
        (status = 422, description = "No such sort", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<Orders>> {
    let filter = Filter {
        buyer: params.address("buyer")?,
        owner: params.address("owner")?,
        seller: params.address("seller")?,
        listing: params.address("listing")?,
        state: params.named("state", &names::ORDER_STATE)?,
        mode: params.named("mode", &names::MODE)?,
    };
    let page = Page::newest_first(api.secret(), &mut params, "orders", &filter)?;
    params.end()?;

    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE true");
    push_equal(
        &mut sql,
        "o",
        [
            ("buyer", filter.buyer),
            ("owner", filter.owner),
            ("seller", filter.seller),
            ("listing", filter.listing),
        ],
    );
    push_any_of(
        &mut sql,
        "o",
        [("state", filter.state), ("mode", filter.mode)],
    );
    push_newest_first(
        &mut sql,
        ("o", "born_slot"),
        page.after.as_ref(),
        page.rows(),
    );

    let mut tx = api.snapshot().await?;
    let mut rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *tx).await?;
    let index = Index::read(&mut tx).await?;
    let next_cursor = page.cut(&mut rows, |last| Place::of(last.born_slot, &last.address));
    let items = rows
        .into_iter()
        .map(Row::into_order)
        .collect::<Result<_>>()?;
    Ok(Json(Orders {
        items,
        next_cursor,
        index,
    }))
}

/// One order; the newest where its address was used again.
#[utoipa::path(
    get, path = "/v1/orders/{address}", tag = "orders",
    params(("address" = String, Path)),
    responses((status = 200, body = OrderDetail), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub async fn order(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<OrderDetail>> {
    let bytes = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let mut sql = QueryBuilder::<Postgres>::new(SELECT);
    sql.push(" WHERE o.address = ")
        .push_bind(bytes)
        .push(" ORDER BY o.born_slot DESC LIMIT 1");
    let row: Option<Row> = sql.build_query_as().fetch_optional(&mut *tx).await?;
    let row = row
        .ok_or_else(|| Problem::not_found(format!("there is no order {address} in this index")))?;
    let index = Index::read(&mut tx).await?;
    Ok(Json(OrderDetail {
        order: row.into_order()?,
        index,
    }))
}
