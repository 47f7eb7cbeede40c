//! Folds events into accounts, and accounts into the tables that are asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pedigree_sdk::{
    accounts::{Account, EntityKind, from_bytes},
    entity::{self, Change, EntityChange, FoldError},
};
use solana_program::pubkey::Pubkey;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    StoreError, accounts, derive, entity_events, gaps,
    listings::{self, VersionRow},
    refold,
    touched::{Touch, Touched},
};

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

    pub fn from_columns((kind, address): (String, Vec<u8>)) -> Option<Self> {
        Some(Self {
            kind: EntityKind::from_name(&kind)?,
            address: Pubkey::new_from_array(address.try_into().ok()?),
        })
    }
}

/// Deletes the rows of these entities, all their lives, from a table that has a kind and an address.
pub async fn delete(
    db: &mut PgConnection,
    table: &'static str,
    entities: &BTreeSet<Entity>,
) -> Result<(), sqlx::Error> {
    let (kinds, addresses): (Vec<&str>, Vec<Vec<u8>>) =
        entities.iter().map(Entity::columns).unzip();
    let sql = format!(
        "DELETE FROM {table} t USING unnest($1::text[], $2::bytea[]) AS old (kind, address)
         WHERE t.kind = old.kind AND t.address = old.address"
    );
    // Made of constants of this crate alone.
    sqlx::query(AssertSqlSafe(sql))
        .bind(kinds)
        .bind(addresses)
        .execute(db)
        .await?;
    Ok(())
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

/// Notes what events changed, given in the chain's order, and folds it into every table derived from them.
pub async fn apply(db: &mut PgConnection, touched: Touched<'_>) -> Result<(), StoreError> {
    match note(db, touched).await? {
        Some(noted) => noted.write(db).await,
        None => Ok(()),
    }
}

/// What events come to, with nothing kept of the events themselves: they may be given up before it is written.
pub struct Noted {
    stored: HashMap<EntityKey, Folded>,
    fold: Fold,
    /// Accounts that a snapshot told: the events may be behind it, or take its place.
    told: BTreeSet<Entity>,
}

/// Notes what events changed, and folds it. `None` where they changed nothing.
pub async fn note(
    db: &mut PgConnection,
    touched: Touched<'_>,
) -> Result<Option<Noted>, StoreError> {
    if touched.is_empty() {
        return Ok(None);
    }
    let stored = accounts::load(db, touched.keys()).await?;
    let told = refold::with_snapshots(db).await?;
    let told: BTreeSet<Entity> = touched
        .keys()
        .map(EntityKey::entity)
        .filter(|entity| told.contains(entity))
        .collect();
    let mut fold = Fold::default();
    let noted = entity_events::insert(db, &touched, &stored, |key, touches| {
        if told.contains(&key.entity()) {
            return Ok(());
        }
        fold.add(&stored, key, touches)
    });
    noted.await?;
    Ok(Some(Noted { stored, fold, told }))
}

impl Noted {
    /// Brings every table up to date with it.
    pub async fn write(self, db: &mut PgConnection) -> Result<(), StoreError> {
        self.fold.write(db, &self.stored).await?;
        refold::refold(db, self.told).await
    }
}

/// Folds changes over the accounts `stored`, which hold every life of each entity touched.
pub async fn fold_into(
    db: &mut PgConnection,
    touched: Touched<'_>,
    stored: &HashMap<EntityKey, Folded>,
) -> Result<(), StoreError> {
    let mut fold = Fold::default();
    for (key, touches) in &touched {
        fold.add(stored, key, touches)?;
    }
    drop(touched);
    fold.write(db, stored).await
}

/// Accounts in the folding.
#[derive(Default)]
struct Fold {
    folded: BTreeMap<EntityKey, Folded>,
    versions: Vec<VersionRow>,
    /// Accounts with a change that could not be folded.
    unfolded: BTreeSet<EntityKey>,
}

impl Fold {
    /// Folds the changes of an account's life over what is stored of it, as far as they can be.
    fn add(
        &mut self,
        stored: &HashMap<EntityKey, Folded>,
        key: &EntityKey,
        touches: &[Touch<'_>],
    ) -> Result<(), StoreError> {
        let before = stored.get(key);
        let mut touches: Vec<_> = touches.iter().collect();
        // An event goes before a snapshot of the same state, which then says nothing new.
        touches.sort_by_key(|touch| (touch.seq, touch.event().is_none()));
        let mut after: Option<Folded> = None;
        for touch in touches {
            let current = after.as_ref().or(before);
            let next = match fold(current, touch) {
                Ok(Some(next)) => next,
                Ok(None) => continue,
                // It stays in `entity_events`; the event that it lacked is looked for.
                Err(error) => {
                    tracing::error!(%error, "an event could not be folded");
                    self.unfolded.insert(*key);
                    continue;
                }
            };
            if key.kind == EntityKind::Listing {
                self.versions
                    .extend(listings::version(key, current, &next)?);
            }
            after = Some(next);
        }
        if let Some(account) = after {
            self.folded.insert(*key, account);
        }
        Ok(())
    }

    /// Writes the accounts, and what is derived of them.
    async fn write(
        self,
        db: &mut PgConnection,
        stored: &HashMap<EntityKey, Folded>,
    ) -> Result<(), StoreError> {
        accounts::save(db, &self.folded, stored).await?;
        gaps::insert(db, &self.unfolded).await?;
        derive::derive(db, &self.folded, stored, &self.versions).await
    }
}

/// The account after one more change; `None` where the change is known already.
fn fold(current: Option<&Folded>, touch: &Touch<'_>) -> Result<Option<Folded>, FoldError> {
    let (seq, events) = current.map_or((0, 0), |current| (current.seq, current.events));
    if touch.seq <= seq {
        return Ok(None);
    }
    let (slot, event) = (touch.slot, touch.event());
    let Some(change) = touch.change() else {
        return Ok(None);
    };
    let bytes = entity::fold(current.map(|current| &current.bytes[..]), &change)?;
    Ok(Some(Folded {
        seq: change.seq,
        events: events.saturating_add(u64::from(event.is_some())),
        slot,
        signature: event.map(|event| event.signature),
        bytes,
        closed: matches!(change.change, Change::Closed(_)),
    }))
}

/// The newest life of each address of a kind, as the tables of live accounts hold it.
#[derive(Debug)]
pub struct Newest<'a> {
    pub live: Vec<(&'a EntityKey, &'a Folded)>,
    /// Addresses whose account is closed.
    pub gone: Vec<Vec<u8>>,
}

/// Every life of the accounts of one kind among those that were folded, closed ones too.
pub fn lives<T: Account>(
    folded: &BTreeMap<EntityKey, Folded>,
) -> impl Iterator<Item = Result<(&EntityKey, &Folded, T), StoreError>> {
    let of_kind = folded.iter().filter(|(key, _)| key.kind == T::KIND);
    of_kind.map(|(key, folded)| Ok((key, folded, from_bytes(&folded.bytes)?)))
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
