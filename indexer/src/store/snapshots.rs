//! Accounts as the network gave them, where their events are missing.

use std::collections::{BTreeSet, HashMap};

use pedigree_sdk::accounts::EntityKind;
use solana_program::pubkey::Pubkey;
use sqlx::{PgConnection, PgPool};

use super::{
    StoreError, copy::CopyIn, cursor, entities::Entity, rebuild, refold, rows::int, taints,
};

/// An account as the network has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub kind: EntityKind,
    pub address: Pubkey,
    pub born_slot: u64,
    pub seq: u64,
    /// Of the bank that it was read from.
    pub slot: u64,
    pub bytes: Vec<u8>,
}

/// Where the index stands with an account: its newest life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub born_slot: u64,
    pub seq: u64,
    /// Of its last event.
    pub slot: u64,
    pub closed: bool,
    pub account_hash: Vec<u8>,
}

/// Stores snapshots and folds their entities again: all or nothing.
pub async fn add(pool: &PgPool, snapshots: &[Snapshot]) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    let frontier = cursor::lock(&mut tx).await?;
    rebuild::check_folded(&mut tx, frontier).await?;
    for one in snapshots {
        sqlx::query(
            "DELETE FROM snapshots WHERE kind = $1 AND address = $2 AND born_slot = $3 AND seq = $4",
        )
        .bind(one.kind.name())
        .bind(one.address.to_bytes())
        .bind(int(one.born_slot))
        .bind(int(one.seq))
        .execute(&mut *tx)
        .await?;
    }
    let mut copy = CopyIn::into(
        "snapshots",
        &["kind", "address", "born_slot", "seq", "slot", "bytes"],
    );
    for one in snapshots {
        copy.row()
            .text(one.kind.name())
            .bytea(one.address)
            .count(one.born_slot)
            .count(one.seq)
            .count(one.slot)
            .bytea(&one.bytes);
    }
    copy.write(&mut tx).await?;
    let entities: BTreeSet<Entity> = snapshots
        .iter()
        .map(|one| Entity {
            kind: one.kind,
            address: one.address,
        })
        .collect();
    refold::refold(&mut tx, entities).await?;
    // What a snapshot changed happened at its slot at the latest, and nobody knows since when.
    taints::behind(&mut tx, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets the snapshots of these entities that say nothing which their events do not say by now.
pub async fn forget_told(
    db: &mut PgConnection,
    entities: &BTreeSet<Entity>,
) -> Result<(), sqlx::Error> {
    let (kinds, addresses): (Vec<&str>, Vec<Vec<u8>>) =
        entities.iter().map(Entity::columns).unzip();
    sqlx::query(
        "DELETE FROM snapshots s USING unnest($1::text[], $2::bytea[]) AS told (kind, address), accounts a
         WHERE s.kind = told.kind AND s.address = told.address
             AND a.kind = s.kind AND a.address = s.address AND a.born_slot = s.born_slot
             AND a.events = a.seq AND a.seq >= s.seq",
    )
    .bind(kinds)
    .bind(addresses)
    .execute(db)
    .await?;
    Ok(())
}

/// Where the index stands with these accounts; those that it never saw are not in it.
pub async fn standings(
    db: &mut PgConnection,
    kind: EntityKind,
    addresses: &[Pubkey],
) -> Result<HashMap<Pubkey, Standing>, sqlx::Error> {
    let addresses: Vec<Vec<u8>> = addresses
        .iter()
        .map(|key| key.to_bytes().to_vec())
        .collect();
    type Row = (Vec<u8>, i64, i64, i64, bool, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT DISTINCT ON (a.address) a.address, a.born_slot, a.seq, a.slot, a.closed, a.account_hash
         FROM unnest($2::bytea[]) AS wanted (address)
         JOIN accounts a ON a.kind = $1 AND a.address = wanted.address
         ORDER BY a.address, a.born_slot DESC",
    )
    .bind(kind.name())
    .bind(addresses)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(standing).collect())
}

fn standing(
    (address, born_slot, seq, slot, closed, account_hash): (Vec<u8>, i64, i64, i64, bool, Vec<u8>),
) -> Option<(Pubkey, Standing)> {
    let standing = Standing {
        born_slot: born_slot.try_into().ok()?,
        seq: seq.try_into().ok()?,
        slot: slot.try_into().ok()?,
        closed,
        account_hash,
    };
    Some((Pubkey::new_from_array(address.try_into().ok()?), standing))
}

/// Accounts of a kind that are open here and did not change after `slot`.
pub async fn open_at(
    db: &mut PgConnection,
    kind: EntityKind,
    slot: u64,
) -> Result<Vec<Pubkey>, sqlx::Error> {
    let addresses: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT address FROM accounts a WHERE kind = $1 AND NOT closed AND slot <= $2 AND NOT EXISTS (
             SELECT FROM accounts b WHERE b.kind = a.kind AND b.address = a.address AND b.born_slot > a.born_slot)",
    )
    .bind(kind.name())
    .bind(int(slot))
    .fetch_all(db)
    .await?;
    Ok(addresses
        .into_iter()
        .filter_map(|address| Some(Pubkey::new_from_array(address.try_into().ok()?)))
        .collect())
}
