//! Events as they came: the input that every derived table is folded from.

use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{StoreError, copy::CopyIn, rows::int};
use crate::decode::{self, DecodedBlock, Emission, EventKey, Located};

/// An event as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub struct Raw {
    slot: i64,
    signature: Vec<u8>,
    ix_path: Vec<i32>,
    tx_index: i32,
    program: Vec<u8>,
    data: Vec<u8>,
}

/// Stores the events of new blocks, numbered from `first_seq` in the chain's order. `each` is given every one of them
/// while the server is at work on those before it.
pub async fn insert<'a>(
    db: &mut PgConnection,
    blocks: &'a [DecodedBlock],
    first_seq: i64,
    mut each: impl FnMut(&'a Located),
) -> Result<u64, sqlx::Error> {
    let copy = CopyIn::into(
        "raw_events",
        &[
            "slot",
            "signature",
            "ix_path",
            "block_hash",
            "tx_index",
            "program",
            "name",
            "data",
            "applied_seq",
        ],
    );
    let mut seq = first_seq;
    let mut events = 0u64;
    let mut copy = copy.open(db);
    for block in blocks {
        for located in &block.events {
            copy.row()
                .await?
                .count(located.key.slot)
                .bytea(located.key.signature)
                .int4_array(&located.key.ix_path)
                .bytea(block.hash)
                .int4(i32::try_from(located.tx_index).unwrap_or(i32::MAX))
                .bytea(located.event.program())
                .text(located.event.name())
                .bytea(located.event.encode())
                .int8(seq);
            each(located);
            seq = seq.saturating_add(1);
            events = events.saturating_add(1);
        }
    }
    copy.finish().await?;
    Ok(events)
}

/// Events of slots after `after`, up to `to`, in the chain's order, from a place in it on.
pub async fn page(
    db: &mut PgConnection,
    after: &Place,
    to: u64,
    limit: i64,
) -> Result<Vec<Located>, StoreError> {
    let rows: Vec<Raw> = sqlx::query_as(
        // The first bound is for the planner: it knows no index of the rest.
        "SELECT slot, signature, ix_path, tx_index, program, data FROM raw_events
         WHERE slot >= $1 AND slot <= $2 AND (slot, tx_index, ix_path) > ($1, $3, $4)
         ORDER BY slot, tx_index, ix_path LIMIT $5",
    )
    .bind(after.slot)
    .bind(int(to))
    .bind(after.tx_index)
    .bind(&after.ix_path)
    .bind(limit)
    .fetch_all(db)
    .await?;
    decode(rows)
}

/// A place in the chain's order of events.
#[derive(Clone, Debug)]
pub struct Place {
    slot: i64,
    tx_index: i32,
    ix_path: Vec<i32>,
}

impl Place {
    /// Before the first event of a slot.
    pub fn before(slot: u64) -> Self {
        Self {
            slot: int(slot),
            tx_index: -1,
            ix_path: Vec::new(),
        }
    }

    /// Of an event.
    pub fn of(located: &Located) -> Self {
        Self {
            slot: int(located.key.slot),
            tx_index: i32::try_from(located.tx_index).unwrap_or(i32::MAX),
            ix_path: located.key.ix_path.clone(),
        }
    }
}

/// Reads stored events again.
///
/// # Errors
/// Where a row is none that this program wrote, or holds an event that it cannot read any more.
pub fn decode(rows: Vec<Raw>) -> Result<Vec<Located>, StoreError> {
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        match decode::read_one(row.emission()?) {
            Ok(event) => events.extend(event),
            Err(letter) => return Err(StoreError::Event(letter.reason)),
        }
    }
    Ok(events)
}

impl Raw {
    fn emission(self) -> Result<Emission, StoreError> {
        emission(
            self.slot,
            self.signature,
            self.ix_path,
            self.tx_index,
            self.program,
            self.data,
        )
    }
}

/// What was emitted, from the columns that keep it.
pub fn emission(
    slot: i64,
    signature: Vec<u8>,
    ix_path: Vec<i32>,
    tx_index: i32,
    program: Vec<u8>,
    data: Vec<u8>,
) -> Result<Emission, StoreError> {
    let broken = |column: &str| {
        StoreError::Database(sqlx::Error::Decode(
            format!("{column} of an event is not what this program writes").into(),
        ))
    };
    Ok(Emission {
        key: EventKey {
            slot: slot.try_into().map_err(|_| broken("slot"))?,
            signature: signature.try_into().map_err(|_| broken("signature"))?,
            ix_path,
        },
        tx_index: tx_index.try_into().map_err(|_| broken("tx_index"))?,
        program: Pubkey::new_from_array(program.try_into().map_err(|_| broken("program"))?),
        data,
    })
}
