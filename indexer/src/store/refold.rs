//! Folds entities again from the events that are stored: after a fork took some away, or a repair brought some.

use std::collections::{BTreeSet, HashMap};

use pedigree_sdk::entity::{Change, EntityChange};
use sqlx::PgConnection;

use super::{
    StoreError, accounts, derive, documents,
    entities::{self, Entity, EntityKey},
    profiles,
    raw_events::{self, Raw},
    rows::int,
    touched::{self, Touch},
};
use crate::decode::Located;

/// Events folded at once.
const PAGE: i64 = 2_000;
/// Entities folded at once.
const ENTITIES: usize = 1_000;

/// Entities that an event at or after `slot` changed.
pub async fn touched_since(
    db: &mut PgConnection,
    slot: u64,
) -> Result<BTreeSet<Entity>, sqlx::Error> {
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("SELECT DISTINCT kind, address FROM entity_events WHERE slot >= $1")
            .bind(int(slot))
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().filter_map(Entity::from_columns).collect())
}

/// Entities of which there is a snapshot.
pub async fn with_snapshots(db: &mut PgConnection) -> Result<BTreeSet<Entity>, sqlx::Error> {
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("SELECT DISTINCT kind, address FROM snapshots")
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().filter_map(Entity::from_columns).collect())
}

/// Derives everything about these entities again, as if nothing had been derived of them. Every table ends as a clean
/// run over the stored inputs would leave it.
pub async fn refold(db: &mut PgConnection, entities: BTreeSet<Entity>) -> Result<(), StoreError> {
    let mut publishers = Vec::new();
    let all: Vec<Entity> = entities.into_iter().collect();
    for some in all.chunks(ENTITIES) {
        let some: BTreeSet<Entity> = some.iter().copied().collect();
        publishers.extend(derive::clear(db, &some).await?);
        for table in ["accounts", "unfolded"] {
            entities::delete(db, table, &some).await?;
        }
    }
    for some in all.chunks(ENTITIES) {
        let snapshots = snapshots(db, some).await?;
        let (told, plain): (BTreeSet<Entity>, BTreeSet<Entity>) = some
            .iter()
            .partition(|entity| snapshots.contains_key(entity));
        fold_pages(db, &plain).await?;
        fold_with(db, &told, snapshots).await?;
    }
    let orphaned = profiles::listings_of(db, publishers).await?;
    documents::refresh(db, orphaned).await?;
    Ok(())
}

/// Entities with events alone: page by page, in the chain's order.
async fn fold_pages(db: &mut PgConnection, entities: &BTreeSet<Entity>) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = page(db, entities, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some((last.key.slot, last.tx_index, last.key.ix_path.clone()));
        let touched = touched::by(&page, |change| entities.contains(&of(change)));
        let stored = accounts::load(db, touched.keys()).await?;
        entities::fold_into(db, touched, &stored).await?;
    }
}

/// Entities with snapshots, which stand between events: all of each at once. They are few, and mended soon.
async fn fold_with(
    db: &mut PgConnection,
    entities: &BTreeSet<Entity>,
    snapshots: HashMap<Entity, Vec<(EntityChange, u64)>>,
) -> Result<(), StoreError> {
    if entities.is_empty() {
        return Ok(());
    }
    let events = page(db, entities, None, i64::MAX).await?;
    let mut touched = touched::by(&events, |change| entities.contains(&of(change)));
    for (change, slot) in snapshots.into_values().flatten() {
        touched
            .entry(EntityKey::of(&change))
            .or_default()
            .push(Touch::by_snapshot(change, slot));
    }
    entities::fold_into(db, touched, &HashMap::new()).await?;
    Ok(super::snapshots::forget_told(db, entities).await?)
}

fn of(change: &EntityChange) -> Entity {
    EntityKey::of(change).entity()
}

/// Stored events that changed one of these entities, in the chain's order.
async fn page(
    db: &mut PgConnection,
    entities: &BTreeSet<Entity>,
    after: Option<&(u64, u32, Vec<i32>)>,
    limit: i64,
) -> Result<Vec<Located>, StoreError> {
    if entities.is_empty() {
        return Ok(Vec::new());
    }
    let (kinds, addresses): (Vec<&str>, Vec<Vec<u8>>) =
        entities.iter().map(Entity::columns).unzip();
    let rows: Vec<Raw> = sqlx::query_as(
        "SELECT e.slot, e.signature, e.ix_path, e.tx_index, e.program, e.data
         FROM (SELECT DISTINCT t.slot, t.signature, t.ix_path
               FROM unnest($1::text[], $2::bytea[]) AS wanted (kind, address)
               JOIN entity_events t ON t.kind = wanted.kind AND t.address = wanted.address) AS told
         JOIN raw_events e ON e.slot = told.slot AND e.signature = told.signature AND e.ix_path = told.ix_path
         WHERE (e.slot, e.tx_index, e.ix_path) > ($3, $4, $5)
         ORDER BY e.slot, e.tx_index, e.ix_path
         LIMIT $6",
    )
    .bind(kinds)
    .bind(addresses)
    .bind(after.map_or(-1, |(slot, _, _)| int(*slot)))
    .bind(after.map_or(-1, |(_, tx_index, _)| {
        i32::try_from(*tx_index).unwrap_or(i32::MAX)
    }))
    .bind(after.map_or_else(Vec::new, |(_, _, path)| path.clone()))
    .bind(limit)
    .fetch_all(db)
    .await?;
    raw_events::decode(rows)
}

async fn snapshots(
    db: &mut PgConnection,
    entities: &[Entity],
) -> Result<HashMap<Entity, Vec<(EntityChange, u64)>>, StoreError> {
    let (kinds, addresses): (Vec<&str>, Vec<Vec<u8>>) =
        entities.iter().map(Entity::columns).unzip();
    type Row = (String, Vec<u8>, i64, i64, i64, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.kind, s.address, s.born_slot, s.seq, s.slot, s.bytes
         FROM unnest($1::text[], $2::bytea[]) AS wanted (kind, address)
         JOIN snapshots s ON s.kind = wanted.kind AND s.address = wanted.address",
    )
    .bind(kinds)
    .bind(addresses)
    .fetch_all(db)
    .await?;
    let mut found: HashMap<Entity, Vec<_>> = HashMap::new();
    for (kind, address, born_slot, seq, slot, bytes) in rows {
        let Some(entity) = Entity::from_columns((kind, address)) else {
            continue;
        };
        let change = EntityChange {
            kind: entity.kind,
            address: entity.address,
            born_slot: born_slot.try_into().unwrap_or_default(),
            seq: seq.try_into().unwrap_or_default(),
            change: Change::State(bytes),
        };
        found
            .entry(entity)
            .or_default()
            .push((change, slot.try_into().unwrap_or_default()));
    }
    Ok(found)
}
