//! Which accounts are changed, and by what.

use std::collections::BTreeMap;

use pedigree_sdk::entity::EntityChange;

use super::entities::EntityKey;
use crate::decode::{EventKey, Located};

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

    pub fn change(&self) -> Option<EntityChange> {
        match &self.teller {
            Teller::Event(located, index) => located.event.entities().into_iter().nth(*index),
            Teller::Snapshot(change) => Some(change.clone()),
        }
    }
}

/// Changes by the life of the account that they changed.
pub type Touched<'a> = BTreeMap<EntityKey, Vec<Touch<'a>>>;

/// What events change, as far as `wanted` asks for it.
pub fn by<'a>(
    events: impl IntoIterator<Item = &'a Located>,
    wanted: impl Fn(&EntityChange) -> bool,
) -> Touched<'a> {
    let mut touched = Touched::new();
    for located in events {
        add(&mut touched, located, &wanted);
    }
    touched
}

/// Adds what one more event changes.
pub fn add<'a>(
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
