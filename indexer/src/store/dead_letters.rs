//! What was sent as an event and could not be read.

use sqlx::PgConnection;

use super::{StoreError, copy::CopyIn, raw_events};
use crate::decode::{DecodedBlock, Emission, Point};

pub async fn insert(db: &mut PgConnection, blocks: &[DecodedBlock]) -> Result<(), sqlx::Error> {
    let mut copy = CopyIn::into(
        "dead_letters",
        &[
            "slot",
            "signature",
            "ix_path",
            "block_hash",
            "tx_index",
            "program",
            "reason",
            "data",
        ],
    );
    for block in blocks {
        for letter in &block.dead_letters {
            copy.row()
                .count(letter.key.slot)
                .bytea(letter.key.signature)
                .int4_array(&letter.key.ix_path)
                .bytea(block.hash)
                .int4(i32::try_from(letter.tx_index).unwrap_or(i32::MAX))
                .bytea(letter.program)
                .text(&letter.reason)
                .bytea(&letter.data);
        }
    }
    copy.write(db).await
}

#[derive(sqlx::FromRow)]
struct Row {
    slot: i64,
    signature: Vec<u8>,
    ix_path: Vec<i32>,
    block_hash: Vec<u8>,
    tx_index: i32,
    program: Vec<u8>,
    data: Vec<u8>,
}

/// All of them, in the chain's order, each with the block that it stands in.
pub async fn all(db: &mut PgConnection) -> Result<Vec<(Point, Emission)>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT slot, signature, ix_path, block_hash, tx_index, program, data FROM dead_letters
         ORDER BY slot, tx_index, ix_path",
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let hash = row.block_hash.try_into().map_err(|_| {
                sqlx::Error::Decode("block_hash of a dead letter is no hash".into())
            })?;
            let emission = raw_events::emission(
                row.slot,
                row.signature,
                row.ix_path,
                row.tx_index,
                row.program,
                row.data,
            )?;
            let slot = emission.key.slot;
            Ok((Point { slot, hash }, emission))
        })
        .collect()
}
