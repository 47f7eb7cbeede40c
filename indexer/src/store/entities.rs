//! Folds events into accounts, and accounts into the tables that are asked.

use std::collections::{BTreeMap, HashMap};

use pedigree_sdk::{
    accounts::{EntityKind, account_hash},
    entity::{self, Change, EntityChange},
};
use serde::Serialize;
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{
    StoreError, documents, edges, listings, manifests, orders, profiles, raw_events,
    rows::{Bytea, Table, bytes, int},
    royalties,
};
use crate::decode::{EventKey, Located};

/// One life of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityKey {
    pub kind: EntityKind,
    pub address: Pubkey,
    pub born_slot: u64,
}

/// An account as its events leave it.
#[derive(Clone, Debug)]
pub struct Folded {
    pub seq: u64,
    /// How many events were folded; less than `seq` where some are missing.
    pub events: u64,
    pub slot: u64,
    pub signature: Vec<u8>,
    pub bytes: Vec<u8>,
    pub closed: bool,
}

/// A change and the event that made it.
#[derive(Debug)]
struct Touch<'a> {
    change: EntityChange,
    event: &'a EventKey,
}

/// Folds events, in the chain's order, into every table derived from them.
pub async fn apply(db: &mut PgConnection, events: &[&Located]) -> Result<(), StoreError> {
    let mut touched: BTreeMap<EntityKey, Vec<Touch<'_>>> = BTreeMap::new();
    for located in events {
        for change in located.event.entities() {
            let key = EntityKey {
                kind: change.kind,
                address: change.address,
                born_slot: change.born_slot,
            };
            touched.entry(key).or_default().push(Touch {
                change,
                event: &located.key,
            });
        }
    }
    if touched.is_empty() {
        return Ok(());
    }
    insert_events(db, &touched).await?;
    let mut stored = load(db, touched.keys()).await?;
    let mut folded = BTreeMap::new();
    let mut versions = Vec::new();
    for (key, mut touches) in touched {
        touches.sort_by_key(|touch| touch.change.seq);
        let mut current = stored.remove(&key);
        for touch in touches {
            let Some(next) = fold(&key, current.as_ref(), &touch) else {
                continue;
            };
            if key.kind == EntityKind::Listing {
                versions.extend(listings::version(&key, current.as_ref(), &next)?);
            }
            current = Some(next);
        }
        if let Some(current) = current {
            folded.insert(key, current);
        }
    }
    save(db, &folded).await?;
    derive(db, &folded, &versions).await
}

/// The account after one more change; `None` where the change is known already or cannot be folded.
fn fold(key: &EntityKey, current: Option<&Folded>, touch: &Touch<'_>) -> Option<Folded> {
    let change = &touch.change;
    if current.is_some_and(|current| change.seq <= current.seq) {
        return None;
    }
    match entity::fold(current.map(|current| &current.bytes[..]), change) {
        Ok(bytes) => Some(Folded {
            seq: change.seq,
            events: current
                .map_or(0, |current| current.events)
                .saturating_add(1),
            slot: touch.event.slot,
            signature: touch.event.signature.to_vec(),
            bytes,
            closed: matches!(change.change, Change::Closed(_)),
        }),
        Err(error) => {
            // The event stays in `entity_events` without having been folded: `entity_gaps` shows what it lacked.
            tracing::error!(%error, kind = key.kind.name(), address = %key.address, "an event could not be folded");
            None
        }
    }
}

async fn insert_events(
    db: &mut PgConnection,
    touched: &BTreeMap<EntityKey, Vec<Touch<'_>>>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<(&EntityKey, &Touch<'_>)> = touched
        .iter()
        .flat_map(|(key, touches)| touches.iter().map(move |touch| (key, touch)))
        .collect();
    let kinds: Vec<&str> = rows.iter().map(|(key, _)| key.kind.name()).collect();
    let addresses: Vec<Vec<u8>> = rows
        .iter()
        .map(|(key, _)| key.address.to_bytes().to_vec())
        .collect();
    let born: Vec<i64> = rows.iter().map(|(key, _)| int(key.born_slot)).collect();
    let seqs: Vec<i64> = rows
        .iter()
        .map(|(_, touch)| int(touch.change.seq))
        .collect();
    let slots: Vec<i64> = rows
        .iter()
        .map(|(_, touch)| int(touch.event.slot))
        .collect();
    let signatures: Vec<&[u8]> = rows
        .iter()
        .map(|(_, touch)| &touch.event.signature[..])
        .collect();
    let paths: Vec<String> = rows
        .iter()
        .map(|(_, touch)| raw_events::path(&touch.event.ix_path))
        .collect();
    sqlx::query(
        "INSERT INTO entity_events (kind, address, born_slot, seq, slot, signature, ix_path)
         SELECT kind, address, born_slot, seq, slot, signature, ix_path::integer[]
         FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::text[])
              AS new (kind, address, born_slot, seq, slot, signature, ix_path)
         ON CONFLICT DO NOTHING",
    )
    .bind(kinds)
    .bind(addresses)
    .bind(born)
    .bind(seqs)
    .bind(slots)
    .bind(signatures)
    .bind(paths)
    .execute(db)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct StoredAccount {
    kind: String,
    address: Vec<u8>,
    born_slot: i64,
    seq: i64,
    events: i64,
    slot: i64,
    signature: Vec<u8>,
    bytes: Vec<u8>,
    closed: bool,
}

async fn load(
    db: &mut PgConnection,
    keys: impl Iterator<Item = &EntityKey>,
) -> Result<HashMap<EntityKey, Folded>, sqlx::Error> {
    let addresses: Vec<Vec<u8>> = keys.map(|key| key.address.to_bytes().to_vec()).collect();
    let rows: Vec<StoredAccount> = sqlx::query_as(
        "SELECT kind, address, born_slot, seq, events, slot, signature, bytes, closed
         FROM accounts WHERE address = ANY($1)",
    )
    .bind(addresses)
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(StoredAccount::into_entity)
        .collect())
}

impl StoredAccount {
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
            signature: self.signature,
            bytes: self.bytes,
            closed: self.closed,
        };
        Some((key, folded))
    }
}

const TABLE: Table = Table {
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
    ],
};

#[derive(Serialize)]
struct Row<'a> {
    kind: &'a str,
    address: Bytea,
    born_slot: u64,
    seq: u64,
    events: u64,
    slot: u64,
    signature: Bytea,
    bytes: Bytea,
    account_hash: Bytea,
    closed: bool,
}

async fn save(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<Row<'_>> = folded
        .iter()
        .map(|(key, folded)| Row {
            kind: key.kind.name(),
            address: bytes(key.address),
            born_slot: key.born_slot,
            seq: folded.seq,
            events: folded.events,
            slot: folded.slot,
            signature: bytes(&folded.signature),
            bytes: bytes(&folded.bytes),
            account_hash: bytes(account_hash(&folded.bytes)),
            closed: folded.closed,
        })
        .collect();
    TABLE.upsert(db, &rows).await
}

/// The newest life of each address of a kind, as the tables of live accounts hold it.
pub struct Newest<'a> {
    pub live: Vec<(&'a EntityKey, &'a Folded)>,
    /// Addresses whose account is closed.
    pub gone: Vec<Vec<u8>>,
}

fn newest(folded: &BTreeMap<EntityKey, Folded>, kind: EntityKind) -> Newest<'_> {
    let mut by_address = BTreeMap::new();
    // In order of the birth slot: the last one wins.
    for (key, account) in folded.iter().filter(|(key, _)| key.kind == kind) {
        by_address.insert(key.address, (key, account));
    }
    let (gone, live): (Vec<_>, Vec<_>) = by_address
        .into_values()
        .partition(|(_, account)| account.closed);
    Newest {
        live,
        gone: gone
            .into_iter()
            .map(|(key, _)| key.address.to_bytes().to_vec())
            .collect(),
    }
}

async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
    versions: &[listings::VersionRow],
) -> Result<(), StoreError> {
    profiles::derive(db, &newest(folded, EntityKind::Profile)).await?;
    edges::derive(db, &newest(folded, EntityKind::Edge)).await?;
    royalties::derive_tables(db, &newest(folded, EntityKind::RoyaltyTable)).await?;
    royalties::derive_pools(db, &newest(folded, EntityKind::PoolLedger)).await?;
    orders::derive_mints(db, &newest(folded, EntityKind::MintConfig)).await?;
    let orders = folded
        .iter()
        .filter(|(key, _)| key.kind == EntityKind::Order);
    orders::derive(db, orders).await?;

    let listings = newest(folded, EntityKind::Listing);
    // Before the listings: a fetch that ends now either waits for this transaction or is seen by it.
    manifests::expect(db, &listings).await?;
    listings::derive(db, &listings).await?;
    listings::insert_versions(db, versions).await?;
    let mut changed: Vec<Vec<u8>> = listings
        .live
        .iter()
        .map(|(key, _)| key.address.to_bytes().to_vec())
        .collect();
    changed.extend(profiles::listings_of(db, &newest(folded, EntityKind::Profile)).await?);
    documents::refresh(db, changed).await?;
    Ok(())
}
