use std::time::Duration;

use super::Unreachable;
use crate::decode::Point;

/// Why the database did not take or give something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database did not answer for {0:?}: its connection is given up")]
    Silent(Duration),
    #[error("the database cannot be brought to this program's schema: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error(
        "the database follows the network with genesis hash {stored}, this network's is {network}: use another database"
    )]
    OtherNetwork { stored: String, network: String },
    #[error("another indexer writes to this database: stop it first")]
    SecondWriter,
    #[error(
        "block {block} differs from the stored block of that slot: the chain forked, or two nodes disagree; nothing \
         was changed"
    )]
    OtherBlock { block: Point },
    #[error(
        "a fork at block {ancestor} would undo blocks up to {finalized} that are final: two nodes disagree, or the \
         database is another chain's; nothing was changed. Compare the block hashes of several nodes, and index into \
         an empty database if the stored ones are wrong"
    )]
    BelowFinal { ancestor: Point, finalized: u64 },
    #[error("slot {slot} is not stored, so nothing can be added to it: index it first")]
    NotStored { slot: u64 },
    #[error(
        "derived tables hold events up to slot {folded} only, raw events reach slot {slot}: run `pedigree index rebuild`"
    )]
    NotFolded { folded: u64, slot: u64 },
    #[error(
        "block {slot} follows slot {parent_slot}, but blocks are stored up to slot {stored_slot} only"
    )]
    Hole {
        slot: u64,
        parent_slot: u64,
        stored_slot: u64,
    },
    #[error("an account in the database cannot be read: {0}")]
    Account(#[from] pedigree_sdk::accounts::AccountError),
    #[error("an event in the database cannot be read: {0}")]
    Event(String),
}

impl StoreError {
    /// Whether trying again is of no use until somebody acts.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self,
            StoreError::Database(_) | StoreError::Silent(_) | StoreError::Hole { .. }
        )
    }
}
