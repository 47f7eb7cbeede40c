use super::Unreachable;

/// Why the database did not take or give something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database cannot be brought to this program's schema: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error(
        "the database follows the network with genesis hash {stored}, this network's is {network}: use another database"
    )]
    OtherNetwork { stored: String, network: String },
    #[error("another indexer writes to this database: stop it first")]
    SecondWriter,
    #[error(
        "block {slot} ({hash}) differs from the stored block of that slot: the chain forked, or two nodes disagree; \
         nothing was changed"
    )]
    OtherBlock { slot: u64, hash: String },
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
    Event(#[from] pedigree_sdk::events::DecodeError),
}

impl StoreError {
    /// Whether trying again is of no use until somebody acts.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, StoreError::Database(_) | StoreError::Hole { .. })
    }
}
