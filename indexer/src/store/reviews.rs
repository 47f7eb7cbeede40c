//! What owners of paid orders say of what they bought.

use listing::state::Review;
use pedigree_sdk::accounts::from_bytes;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::Newest,
    rows::{Bytea, Table, bytes},
};

const TABLE: Table = Table {
    name: "reviews",
    key: &["address"],
    columns: &[
        "address",
        "listing",
        "order_address",
        "order_born_slot",
        "reviewer",
        "created_at",
    ],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    listing: Bytea,
    order_address: Bytea,
    order_born_slot: u64,
    reviewer: Bytea,
    created_at: i64,
}

/// Reviews never close.
pub async fn derive(db: &mut PgConnection, reviews: &Newest<'_>) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (key, folded) in &reviews.live {
        let review: Review = from_bytes(&folded.bytes)?;
        rows.push(Row {
            address: bytes(key.address),
            listing: bytes(review.listing),
            order_address: bytes(review.order),
            order_born_slot: review.order_born_slot,
            reviewer: bytes(review.reviewer),
            created_at: review.created_at,
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Deletes what was derived of these reviews.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
