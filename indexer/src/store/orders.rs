//! Orders, and the mints they may be paid in.

use std::collections::{BTreeMap, HashMap};

use common::receipt::flag;
use escrow::state::{MintConfig, Order};
use pedigree_sdk::{
    accounts::{EntityKind, from_bytes},
    names,
};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    copy::{CopyIn, Stream},
    entities::{EntityKey, Folded, Newest},
    market::{self, Counts},
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
        "owner",
        "earned",
        "pending",
        "accruing",
        "contested",
        "bond",
        "ends_at",
        "matures_at",
        "arbitrate_by",
        "sold",
        "disputes",
    ],
};

/// Deletes what was derived of these orders, all their lives, whose accounts are still there.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), StoreError> {
    if addresses.is_empty() {
        return Ok(());
    }
    market::clear(db, addresses).await?;
    Ok(ORDERS.delete(db, "address", addresses).await?)
}

/// Deletes what was derived of the settings of mints.
pub async fn clear_mints(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    MINTS.delete(db, "address", addresses).await
}

/// Writes orders, over what is there of those in `stored`.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
    stored: &HashMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let orders = folded
        .iter()
        .filter(|(key, _)| key.kind == EntityKind::Order);
    let (known, new): (Vec<_>, Vec<_>) = orders.partition(|(key, _)| stored.contains_key(key));
    let mut counts = Counts::default();
    let copy = CopyIn::into(ORDERS.name, ORDERS.columns).open(db);
    send(copy, &new, &mut counts).await?;
    if !known.is_empty() {
        for (key, _) in &known {
            counts.take(&from_bytes(&stored[*key].bytes)?);
        }
        send(ORDERS.stage(db).await?, &known, &mut counts).await?;
        ORDERS.replace(db, known.len() as u64).await?;
    }
    Ok(counts.write(db).await?)
}

async fn send(
    mut rows: Stream<'_>,
    orders: &[(&EntityKey, &Folded)],
    counts: &mut Counts,
) -> Result<(), StoreError> {
    for (key, folded) in orders {
        let order = from_bytes(&folded.bytes)?;
        write(rows.row().await?, key, folded.closed, &order);
        counts.put(&order);
    }
    Ok(rows.finish().await?)
}

/// The columns of [`ORDERS`], in their order.
fn write(row: &mut CopyIn, key: &EntityKey, closed: bool, order: &Order) {
    let head = &order.head;
    let time = |seconds: i64| (seconds != 0).then_some(seconds);
    row.bytea(key.address)
        .count(key.born_slot)
        .text(&named(&names::MODE, head.mode))
        .text(&named(&names::ORDER_STATE, head.state))
        .boolean(closed)
        .boolean(head.flags & flag::FREE != 0)
        .boolean(head.flags & flag::UNCLAIMED != 0)
        .int2(head.term)
        .bytea(head.listing)
        .count(head.version)
        .int4(head.generation.into())
        .bytea(head.buyer)
        .bytea(order.seller)
        .bytea(order.payee)
        .bytea(head.key)
        .bytea(order.mint)
        .int2(head.decimals)
        .or_null(non_zero(order.pool), CopyIn::bytea)
        .bytea(order.manifest_hash)
        .or_null(non_zero(order.content_hash), CopyIn::bytea)
        .numeric(order.quantity)
        .numeric(order.price)
        .count(head.fee_ppm)
        .count(head.royalty_ppm)
        .numeric(order.deposited)
        .numeric(order.paid)
        .numeric(order.fee_paid)
        .numeric(order.royalty_paid)
        .numeric(order.refunded)
        .numeric(order.paid_due)
        .numeric(order.fee_due)
        .numeric(order.royalty_due)
        .numeric(order.refund_due)
        .int8(order.opened_at)
        .int8(order.valid_until)
        .int8(order.deliver_by)
        .or_null(time(order.delivered_at), CopyIn::int8)
        .or_null(time(order.settle_after), CopyIn::int8)
        .or_null(time(order.closed_at), CopyIn::int8)
        .bytea(head.owner)
        .numeric(order.earned)
        .numeric(order.pending)
        .numeric(order.accruing)
        .numeric(order.contested)
        .numeric(order.bond)
        .or_null(time(order.ends_at), CopyIn::int8)
        .or_null(time(order.matures_at), CopyIn::int8)
        .or_null(time(order.arbitrate_by), CopyIn::int8)
        .boolean(head.is_paid())
        .int4(order.disputes.into());
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
