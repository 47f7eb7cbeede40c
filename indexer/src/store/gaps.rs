//! Accounts of which events are missing, and the holes that these left.

use std::collections::BTreeSet;

use pedigree_sdk::accounts::EntityKind;
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{
    entities::{Entity, EntityKey},
    rows::int,
};

/// A hole in the events of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub kind: EntityKind,
    pub address: Pubkey,
    /// Slots between which the missing events lie, both included.
    pub from: u64,
    pub to: u64,
}

impl Gap {
    /// Whether it is of the same account, and part of what `other` is or was.
    pub fn overlaps(&self, other: &Self) -> bool {
        (self.kind, self.address) == (other.kind, other.address)
            && self.from < other.to
            && other.from < self.to
    }
}

/// Notes accounts with an event that could not be folded.
pub async fn insert(
    db: &mut PgConnection,
    unfolded: &BTreeSet<EntityKey>,
) -> Result<(), sqlx::Error> {
    for key in unfolded {
        sqlx::query(
            "INSERT INTO unfolded (kind, address, born_slot) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(key.kind.name())
        .bind(key.address.to_bytes())
        .bind(int(key.born_slot))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Holes in the events of accounts, by address.
pub async fn gaps(db: &mut PgConnection) -> Result<Vec<Gap>, sqlx::Error> {
    type Row = (String, Vec<u8>, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT kind, address, from_slot, to_slot FROM (
             SELECT e.kind, e.address, e.seq, e.slot AS to_slot,
                    lag(e.seq, 1, 0::bigint) OVER life AS previous_seq,
                    lag(e.slot, 1, e.born_slot) OVER life AS from_slot
             FROM incomplete
             JOIN entity_events e USING (kind, address, born_slot)
             WINDOW life AS (PARTITION BY e.kind, e.address, e.born_slot ORDER BY e.seq)
         ) AS numbered
         WHERE seq <> previous_seq + 1
         ORDER BY kind, address, to_slot",
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(gap).collect())
}

fn gap((kind, address, from, to): (String, Vec<u8>, i64, i64)) -> Option<Gap> {
    let Entity { kind, address } = Entity::from_columns((kind, address))?;
    Some(Gap {
        kind,
        address,
        from: from.try_into().ok()?,
        to: to.try_into().ok()?,
    })
}
