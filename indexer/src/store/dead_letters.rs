//! What was sent as an event and could not be read.

use serde::Serialize;
use sqlx::PgConnection;

use super::rows::{Bytea, Table, bytes};
use crate::decode::DecodedBlock;

const TABLE: Table = Table {
    name: "dead_letters",
    key: &["slot", "signature", "ix_path"],
    columns: &[
        "slot",
        "signature",
        "ix_path",
        "block_hash",
        "tx_index",
        "program",
        "reason",
        "data",
    ],
};

#[derive(Serialize)]
struct Row<'a> {
    slot: u64,
    signature: Bytea,
    ix_path: &'a [i32],
    block_hash: Bytea,
    tx_index: u32,
    program: Bytea,
    reason: &'a str,
    data: Bytea,
}

pub async fn insert(db: &mut PgConnection, blocks: &[DecodedBlock]) -> Result<(), sqlx::Error> {
    let letters = blocks
        .iter()
        .flat_map(|block| block.dead_letters.iter().map(move |letter| (block, letter)));
    let rows: Vec<Row<'_>> = letters
        .map(|(block, letter)| Row {
            slot: letter.key.slot,
            signature: bytes(letter.key.signature),
            ix_path: &letter.key.ix_path,
            block_hash: bytes(block.hash),
            tx_index: letter.tx_index,
            program: bytes(letter.program),
            reason: &letter.reason,
            data: bytes(&letter.data),
        })
        .collect();
    TABLE.upsert(db, &rows).await
}
