//! Accounts as their events leave them.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;
use pedigree_sdk::accounts::{EntityKind, account_hash};
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{
    copy::{CopyIn, Stream},
    entities::{Entity, EntityKey, Folded},
    rows::Table,
};

/// Of every kind of account.
pub const ACCOUNTS: Table = Table {
    name: "accounts",
    key: &["kind", "address", "born_slot"],
    columns: &[
        "kind",
        "address",
        "born_slot",
        "seq",
        "events",
        "slot",
        "signature",
        "bytes",
        "account_hash",
        "closed",
        "whole",
    ],
};

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    address: Vec<u8>,
    born_slot: i64,
    seq: i64,
    events: i64,
    slot: i64,
    signature: Option<Vec<u8>>,
    bytes: Vec<u8>,
    closed: bool,
}

/// Every life of these entities, whatever life each key names; keys of one entity follow one another. The bytes are read
/// where a change may need them or what was counted of them is taken off, and left empty elsewhere.
pub async fn load(
    db: &mut PgConnection,
    keys: impl Iterator<Item = &EntityKey>,
) -> Result<HashMap<EntityKey, Folded>, sqlx::Error> {
    let mut entities: Vec<Entity> = keys.map(EntityKey::entity).collect();
    entities.dedup();
    let (kinds, addresses): (Vec<&str>, Vec<&[u8]>) = entities
        .iter()
        .map(|entity| (entity.kind.name(), entity.address.as_ref()))
        .unzip();
    let needed: Vec<&str> = EntityKind::ALL
        .iter()
        .filter(|kind| kind.is_patched() || **kind == EntityKind::Order)
        .map(|kind| kind.name())
        .collect();
    let mut rows = sqlx::query_as::<_, Row>(
        "SELECT a.kind, a.address, a.born_slot, a.seq, a.events, a.slot, a.signature, a.closed,
                CASE WHEN a.kind = ANY($3) THEN a.bytes ELSE '' END AS bytes
         FROM unnest($1::text[], $2::bytea[]) AS wanted (kind, address)
         JOIN accounts a ON a.kind = wanted.kind AND a.address = wanted.address",
    )
    .bind(kinds)
    .bind(addresses)
    .bind(needed)
    .fetch(db);
    let mut found = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        found.extend(row.into_entity());
    }
    Ok(found)
}

impl Row {
    fn into_entity(self) -> Option<(EntityKey, Folded)> {
        let key = EntityKey {
            kind: EntityKind::from_name(&self.kind)?,
            address: Pubkey::new_from_array(self.address.try_into().ok()?),
            born_slot: self.born_slot.try_into().ok()?,
        };
        let folded = Folded {
            seq: self.seq.try_into().ok()?,
            events: self.events.try_into().ok()?,
            slot: self.slot.try_into().ok()?,
            signature: self.signature.and_then(|bytes| bytes.try_into().ok()),
            bytes: self.bytes,
            closed: self.closed,
        };
        Some((key, folded))
    }
}

/// Writes accounts, those in `stored` over what is there.
pub async fn save(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
    stored: &HashMap<EntityKey, Folded>,
) -> Result<(), sqlx::Error> {
    let (known, new): (Vec<_>, Vec<_>) =
        folded.iter().partition(|(key, _)| stored.contains_key(key));
    let copy = CopyIn::into(ACCOUNTS.name, ACCOUNTS.columns).open(db);
    send(copy, &new).await?;
    if !known.is_empty() {
        send(ACCOUNTS.stage(db).await?, &known).await?;
        ACCOUNTS.replace(db, known.len() as u64).await?;
    }
    Ok(())
}

/// The columns of [`ACCOUNTS`], in their order.
async fn send(mut rows: Stream<'_>, accounts: &[(&EntityKey, &Folded)]) -> Result<(), sqlx::Error> {
    for (key, account) in accounts {
        rows.row()
            .await?
            .text(key.kind.name())
            .bytea(key.address)
            .count(key.born_slot)
            .count(account.seq)
            .count(account.events)
            .count(account.slot)
            .or_null(account.signature, CopyIn::bytea)
            .bytea(&account.bytes)
            .bytea(account_hash(&account.bytes))
            .boolean(account.closed)
            .boolean(account.events == account.seq);
    }
    rows.finish().await
}
