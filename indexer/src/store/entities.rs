//! Folds events into accounts, and accounts into the tables that are asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pedigree_sdk::{
    accounts::EntityKind,
    entity::{self, Change, EntityChange},
};
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

use super::{
    StoreError, accounts, derive, entity_events,
    listings::{self, VersionRow},
    refold,
};
use crate::decode::{EventKey, Located};

/// An account, whatever life of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entity {
    pub kind: EntityKind,
    pub address: Pubkey,
}

impl Entity {
    /// As the database names it.
    pub fn columns(&self) -> (&'static str, Vec<u8>) {
        (self.kind.name(), self.address.to_bytes().to_vec())
    }
}

/// One life of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityKey {
    pub kind: EntityKind,
    pub address: Pubkey,
    pub born_slot: u64,
}

impl EntityKey {
    pub fn of(change: &EntityChange) -> Self {
        Self {
            kind: change.kind,
            address: change.address,
            born_slot: change.born_slot,
        }
    }

    pub fn entity(&self) -> Entity {
        Entity {
            kind: self.kind,
            address: self.address,
        }
    }
}

/// An account as its events leave it.
#[derive(Clone, Debug)]
pub struct Folded {
    pub seq: u64,
    /// How many events were folded; less than `seq` where some are missing.
    pub events: u64,
    pub slot: u64,
    /// None where a snapshot told it.
    pub signature: Option<[u8; 64]>,
    pub bytes: Vec<u8>,
    pub closed: bool,
}

/// A change of an account.
#[derive(Debug)]
pub struct Touch<'a> {
    pub seq: u64,
    pub slot: u64,
    teller: Teller<'a>,
}

/// What tells of a change. The account's bytes are not read from an event before they are wanted, so that they are not
/// held twice.
#[derive(Debug)]
enum Teller<'a> {
    /// An event, and which of the accounts that it changes.
    Event(&'a Located, usize),
    Snapshot(EntityChange),
}

impl<'a> Touch<'a> {
    pub fn by_snapshot(change: EntityChange, slot: u64) -> Self {
        Self {
            seq: change.seq,
            slot,
            teller: Teller::Snapshot(change),
        }
    }

    /// None where a snapshot told it.
    pub fn event(&self) -> Option<&'a EventKey> {
        match &self.teller {
            Teller::Event(located, _) => Some(&located.key),
            Teller::Snapshot(_) => None,
        }
    }

    fn change(self) -> Option<EntityChange> {
        match self.teller {
            Teller::Event(located, index) => located.event.entities().into_iter().nth(index),
            Teller::Snapshot(change) => Some(change),
        }
    }
}

/// Changes by the life of the account that they changed.
pub type Touched<'a> = BTreeMap<EntityKey, Vec<Touch<'a>>>;

/// What events change, as far as `wanted` asks for it.
pub fn touched<'a>(
    events: impl IntoIterator<Item = &'a Located>,
    wanted: impl Fn(&EntityChange) -> bool,
) -> Touched<'a> {
    let mut touched = Touched::new();
    for located in events {
        touch(&mut touched, located, &wanted);
    }
    touched
}

/// Adds what one more event changes.
pub fn touch<'a>(
    touched: &mut Touched<'a>,
    located: &'a Located,
    wanted: impl Fn(&EntityChange) -> bool,
) {
    for (index, change) in located.event.entities().iter().enumerate() {
        if wanted(change) {
            let touches = touched.entry(EntityKey::of(change)).or_default();
            touches.push(Touch {
                seq: change.seq,
                slot: located.key.slot,
                teller: Teller::Event(located, index),
            });
        }
    }
}

/// Notes what events changed, given in the chain's order, and folds it into every table derived from them.
pub async fn apply(db: &mut PgConnection, mut touched: Touched<'_>) -> Result<(), StoreError> {
    if touched.is_empty() {
        return Ok(());
    }
    let stored = accounts::load(db, touched.keys()).await?;
    entity_events::insert(db, &touched, &stored).await?;
    // Of an account that a snapshot told, the events may be behind the snapshot, or take its place.
    let told = refold::with_snapshots(db).await?;
    let told: BTreeSet<Entity> = touched
        .keys()
        .map(EntityKey::entity)
        .filter(|entity| told.contains(entity))
        .collect();
    touched.retain(|key, _| !told.contains(&key.entity()));
    fold_into(db, touched, &stored).await?;
    refold::refold(db, told).await
}

/// Folds changes over the accounts `stored`, which hold every life of each entity touched.
pub async fn fold_into(
    db: &mut PgConnection,
    touched: Touched<'_>,
    stored: &HashMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let mut folded = BTreeMap::new();
    let mut versions = Vec::new();
    for (key, touches) in touched {
        if let Some(account) = fold_all(&key, stored.get(&key), touches, &mut versions)? {
            folded.insert(key, account);
        }
    }
    accounts::save(db, &folded, stored).await?;
    derive::derive(db, &folded, stored, &versions).await
}

/// The account after its changes; `None` where none of them could be folded.
fn fold_all(
    key: &EntityKey,
    before: Option<&Folded>,
    mut touches: Vec<Touch<'_>>,
    versions: &mut Vec<VersionRow>,
) -> Result<Option<Folded>, StoreError> {
    // An event goes before a snapshot of the same state, which then says nothing new.
    touches.sort_by_key(|touch| (touch.seq, touch.event().is_none()));
    let mut after: Option<Folded> = None;
    for touch in touches {
        let current = after.as_ref().or(before);
        let Some(next) = fold(key, current, touch) else {
            continue;
        };
        if key.kind == EntityKind::Listing {
            versions.extend(listings::version(key, current, &next)?);
        }
        after = Some(next);
    }
    Ok(after)
}

/// The account after one more change; `None` where the change is known already or cannot be folded.
fn fold(key: &EntityKey, current: Option<&Folded>, touch: Touch<'_>) -> Option<Folded> {
    let (seq, events) = current.map_or((0, 0), |current| (current.seq, current.events));
    if touch.seq <= seq {
        return None;
    }
    let (slot, event) = (touch.slot, touch.event());
    let change = touch.change()?;
    match entity::fold(current.map(|current| &current.bytes[..]), &change) {
        Ok(bytes) => Some(Folded {
            seq: change.seq,
            events: events.saturating_add(u64::from(event.is_some())),
            slot,
            signature: event.map(|event| event.signature),
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

/// The newest life of each address of a kind, as the tables of live accounts hold it.
#[derive(Debug)]
pub struct Newest<'a> {
    pub live: Vec<(&'a EntityKey, &'a Folded)>,
    /// Addresses whose account is closed.
    pub gone: Vec<Vec<u8>>,
}

/// Of the accounts that were folded, those that no life in `stored` succeeds.
pub fn newest<'a>(
    folded: &'a BTreeMap<EntityKey, Folded>,
    stored: &HashMap<EntityKey, Folded>,
    kind: EntityKind,
) -> Newest<'a> {
    let succeeded: BTreeSet<(Pubkey, u64)> = stored
        .keys()
        .filter(|key| key.kind == kind)
        .map(|key| (key.address, key.born_slot))
        .collect();
    let mut by_address = BTreeMap::new();
    // In order of the birth slot: the last one wins.
    for (key, account) in folded.iter().filter(|(key, _)| key.kind == kind) {
        let later = (key.address, key.born_slot.saturating_add(1))..=(key.address, u64::MAX);
        if succeeded.range(later).next().is_none() {
            by_address.insert(key.address, (key, account));
        }
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
