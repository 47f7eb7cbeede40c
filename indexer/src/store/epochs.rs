//! Reward periods.

use pedigree_sdk::{accounts::from_bytes, names};
use reward::state::Epoch;
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::Newest,
    rows::{Bytea, Table, bytes, named},
};

const TABLE: Table = Table {
    name: "epochs",
    key: &["epoch"],
    columns: &["epoch", "address", "status"],
};

#[derive(Serialize)]
struct Row {
    epoch: u32,
    address: Bytea,
    status: String,
}

/// Epochs never close.
pub async fn derive(db: &mut PgConnection, epochs: &Newest<'_>) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (key, folded) in &epochs.live {
        let epoch: Epoch = from_bytes(&folded.bytes)?;
        rows.push(Row {
            epoch: epoch.index,
            address: bytes(key.address),
            status: named(&names::EPOCH_STATUS, epoch.status),
        });
    }
    Ok(TABLE.upsert(db, &rows).await?)
}

/// Deletes what was derived of these epochs.
pub async fn clear(db: &mut PgConnection, addresses: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", addresses).await
}
