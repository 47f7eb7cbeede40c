//! Events as they came: the input that every derived table is folded from.

use sqlx::PgConnection;

use super::rows::int;
use crate::decode::{DecodedBlock, Located};

/// An instruction path as Postgres writes an array.
pub fn path(ix_path: &[i32]) -> String {
    let numbers: Vec<_> = ix_path.iter().map(i32::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// Stores the events of new blocks and returns them in the chain's order.
pub async fn insert<'a>(
    db: &mut PgConnection,
    blocks: &'a [DecodedBlock],
) -> Result<Vec<&'a Located>, sqlx::Error> {
    let (hashes, events): (Vec<&[u8]>, Vec<&Located>) = blocks
        .iter()
        .flat_map(|block| block.events.iter().map(|event| (&block.hash[..], event)))
        .unzip();
    if events.is_empty() {
        return Ok(events);
    }
    let slots: Vec<i64> = events.iter().map(|event| int(event.key.slot)).collect();
    let signatures: Vec<&[u8]> = events
        .iter()
        .map(|event| &event.key.signature[..])
        .collect();
    let paths: Vec<String> = events
        .iter()
        .map(|event| path(&event.key.ix_path))
        .collect();
    let indexes: Vec<i32> = events
        .iter()
        .map(|event| i32::try_from(event.tx_index).unwrap_or(i32::MAX))
        .collect();
    let programs: Vec<Vec<u8>> = events
        .iter()
        .map(|event| event.event.program().to_bytes().to_vec())
        .collect();
    let names: Vec<&str> = events.iter().map(|event| event.event.name()).collect();
    let data: Vec<&[u8]> = events.iter().map(|event| &event.data[..]).collect();
    sqlx::query(
        "INSERT INTO raw_events (slot, signature, ix_path, block_hash, tx_index, program, name, data)
         SELECT slot, signature, ix_path::integer[], block_hash, tx_index, program, name, data
         FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bytea[], $5::integer[], $6::bytea[], $7::text[],
                     $8::bytea[])
              AS new (slot, signature, ix_path, block_hash, tx_index, program, name, data)",
    )
    .bind(slots)
    .bind(signatures)
    .bind(paths)
    .bind(hashes)
    .bind(indexes)
    .bind(programs)
    .bind(names)
    .bind(data)
    .execute(db)
    .await?;
    Ok(events)
}
