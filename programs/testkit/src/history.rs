//! Accounts as their events alone rebuild them.

use std::collections::HashMap;

use pedigree_sdk::{
    entity::{self, Change},
    events::Event,
};
use solana_program::pubkey::Pubkey;

use crate::Fault;

/// The bytes of every account that events told of; `None` once it was closed.
#[derive(Clone, Default)]
pub struct History {
    accounts: HashMap<Pubkey, Option<Vec<u8>>>,
}

impl History {
    pub fn apply(&mut self, events: &[Event]) -> Result<(), Fault> {
        for change in events.iter().flat_map(Event::entities) {
            let previous = self
                .accounts
                .get(&change.address)
                .and_then(Option::as_deref);
            let bytes = entity::fold(previous, &change)
                .map_err(|error| Fault::Wrong(format!("the events do not fold: {error}")))?;
            let closed = matches!(change.change, Change::Closed(_));
            self.accounts
                .insert(change.address, (!closed).then_some(bytes));
        }
        Ok(())
    }

    /// The account as the events left it.
    pub fn bytes(&self, address: &Pubkey) -> Option<&[u8]> {
        self.accounts.get(address).and_then(Option::as_deref)
    }

    /// An account that a test put there by hand.
    pub fn put(&mut self, address: Pubkey, bytes: Vec<u8>) {
        self.accounts.insert(address, Some(bytes));
    }
}
