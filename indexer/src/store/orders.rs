//! Orders, and the mints they may be paid in.

use common::receipt::flag;
use escrow::state::{MintConfig, Order};
use pedigree_sdk::{accounts::from_bytes, names};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, Newest},
    rows::{Bytea, Table, bytes, named, non_zero},
};

const ORDERS: Table = Table {
    name: "orders",
    key: &["address", "born_slot"],
    columns: &[
        "address",
        "born_slot",
        "mode",
        "state",
        "closed",
        "free",
        "unclaimed",
        "term",
        "listing",
        "version",
        "generation",
        "buyer",
        "seller",
        "payee",
        "idempotency_key",
        "mint",
        "decimals",
        "pool",
        "manifest_hash",
        "content_hash",
        "quantity",
        "price",
        "fee_ppm",
        "royalty_ppm",
        "deposited",
        "paid",
        "fee_paid",
        "royalty_paid",
        "refunded",
        "paid_due",
        "fee_due",
        "royalty_due",
        "refund_due",
        "opened_at",
        "valid_until",
        "deliver_by",
        "delivered_at",
        "settle_after",
        "closed_at",
    ],
};

#[derive(Serialize)]
struct OrderRow {
    address: Bytea,
    born_slot: u64,
    mode: String,
    state: String,
    closed: bool,
    free: bool,
    unclaimed: bool,
    term: u8,
    listing: Bytea,
    version: u32,
    generation: u16,
    buyer: Bytea,
    seller: Bytea,
    payee: Bytea,
    idempotency_key: Bytea,
    mint: Bytea,
    decimals: u8,
    pool: Option<Bytea>,
    manifest_hash: Bytea,
    content_hash: Option<Bytea>,
    quantity: u64,
    price: u64,
    fee_ppm: u32,
    royalty_ppm: u32,
    deposited: u64,
    paid: u64,
    fee_paid: u64,
    royalty_paid: u64,
    refunded: u64,
    paid_due: u64,
    fee_due: u64,
    royalty_due: u64,
    refund_due: u64,
    opened_at: i64,
    valid_until: i64,
    deliver_by: i64,
    delivered_at: Option<i64>,
    settle_after: Option<i64>,
    closed_at: Option<i64>,
}

pub async fn derive(
    db: &mut PgConnection,
    orders: impl Iterator<Item = (&EntityKey, &Folded)>,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (key, folded) in orders {
        rows.push(row(key, folded.closed, &from_bytes(&folded.bytes)?));
    }
    Ok(ORDERS.upsert(db, &rows).await?)
}

fn row(key: &EntityKey, closed: bool, order: &Order) -> OrderRow {
    let head = &order.head;
    let time = |seconds: i64| (seconds != 0).then_some(seconds);
    OrderRow {
        address: bytes(key.address),
        born_slot: key.born_slot,
        mode: named(&names::MODE, head.mode),
        state: named(&names::ORDER_STATE, head.state),
        closed,
        free: head.flags & flag::FREE != 0,
        unclaimed: head.flags & flag::UNCLAIMED != 0,
        term: head.term,
        listing: bytes(head.listing),
        version: head.version,
        generation: head.generation,
        buyer: bytes(head.buyer),
        seller: bytes(order.seller),
        payee: bytes(order.payee),
        idempotency_key: bytes(head.key),
        mint: bytes(order.mint),
        decimals: head.decimals,
        pool: non_zero(order.pool),
        manifest_hash: bytes(order.manifest_hash),
        content_hash: non_zero(order.content_hash),
        quantity: order.quantity,
        price: order.price,
        fee_ppm: head.fee_ppm,
        royalty_ppm: head.royalty_ppm,
        deposited: order.deposited,
        paid: order.paid,
        fee_paid: order.fee_paid,
        royalty_paid: order.royalty_paid,
        refunded: order.refunded,
        paid_due: order.paid_due,
        fee_due: order.fee_due,
        royalty_due: order.royalty_due,
        refund_due: order.refund_due,
        opened_at: order.opened_at,
        valid_until: order.valid_until,
        deliver_by: order.deliver_by,
        delivered_at: time(order.delivered_at),
        settle_after: time(order.settle_after),
        closed_at: time(order.closed_at),
    }
}

const MINTS: Table = Table {
    name: "mints",
    key: &["mint"],
    columns: &[
        "mint",
        "address",
        "enabled",
        "decimals",
        "max_deposit",
        "token_program",
        "treasury",
    ],
};

#[derive(Serialize)]
struct MintRow {
    mint: Bytea,
    address: Bytea,
    enabled: bool,
    decimals: u8,
    max_deposit: u64,
    token_program: Bytea,
    treasury: Bytea,
}

/// Settings of mints never close.
pub async fn derive_mints(db: &mut PgConnection, mints: &Newest<'_>) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (key, folded) in &mints.live {
        let mint: MintConfig = from_bytes(&folded.bytes)?;
        rows.push(MintRow {
            mint: bytes(mint.mint),
            address: bytes(key.address),
            enabled: mint.enabled != 0,
            decimals: mint.decimals,
            max_deposit: mint.max_deposit,
            token_program: bytes(mint.token_program),
            treasury: bytes(mint.treasury),
        });
    }
    Ok(MINTS.upsert(db, &rows).await?)
}
