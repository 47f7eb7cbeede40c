//! Search in this process: an index in memory over all listings of the database, which follows it.
//!
//! The tables are the truth. [`feed`] loads the index from them and reads again whatever listing they say has changed, so
//! that any number of processes may search side by side, on replicas too.

mod feed;
mod rows;

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError},
    thread,
    time::{Duration, Instant},
};

use pedigree_search::{Address, Index, Listing, deadline};
use sqlx::PgPool;
use tokio::{
    sync::{Mutex, watch},
    task,
};
use tokio_util::sync::CancellationToken;

use feed::Feed;
pub use rows::Pages;

/// Transactions with changes that a state of the index has not seen, an array: `$1` is [`Slots::xmin`], `$2` [`Slots::seen`]. From
/// transaction to transaction along the index, never change by change: whoever keeps a transaction open, to dump the tables say,
/// keeps `$1` back, and after minutes there are millions of changes since.
macro_rules! unseen {
    () => {
        "ARRAY(WITH RECURSIVE since (xid) AS (
             (SELECT xid FROM search_changes WHERE xid >= $1::bigint::text::xid8 ORDER BY xid LIMIT 1)
             UNION ALL
             SELECT (SELECT s.xid FROM search_changes s WHERE s.xid > since.xid ORDER BY s.xid LIMIT 1)
             FROM since WHERE since.xid IS NOT NULL
         ) SELECT xid FROM since WHERE xid IS NOT NULL EXCEPT SELECT unnest($2::bigint[])::text::xid8)"
    };
}

/// The same for whoever puts a statement together.
const UNSEEN: &str = unseen!();

/// Whether listing `l` changed since the index read it: an expression for the statement that reads the rows of hits, on the
/// database that the index follows. `$1` is [`Slots::xmin`], `$2` [`Slots::seen`]. Where it is true of any, the answer is of
/// an older state than the rows: refresh, and search again.
pub const CHANGED_SINCE: &str = concat!(
    "l.address IN (SELECT c.listing FROM search_changes c WHERE c.xid = ANY (",
    unseen!(),
    "))"
);

/// Whether there are changes that the index has not read: `$1` is [`Slots::xmin`], `$2` [`Slots::seen`].
pub const BEHIND: &str = concat!("SELECT cardinality(", unseen!(), ") > 0");

/// Listings that are put into the index at once: searches wait for it.
const PORTION: usize = 64;
/// Nor are more put at once than take this long.
const LONG: Duration = Duration::from_millis(5);
/// Between two portions: searches that waited come before the second.
const BREATH: Duration = Duration::from_micros(500);
/// How long changes let searches go first.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long nobody is answered because changes are not complete: longer than all that are read in one snapshot take.
const SETTLING: Duration = Duration::from_secs(1);

/// The one state of the database that an answer is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    pub slot: i64,
    pub finalized_slot: Option<i64>,
    pub taint_slot: Option<i64>,
    /// Every transaction before this one was over.
    pub xmin: i64,
    /// Those from there on whose changes it saw.
    pub seen: Arc<[i64]>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Not everything was read once.
    #[error("search is loading")]
    Loading,
    #[error("the search takes too long")]
    Late,
}

/// Of the index, for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub listings: usize,
    /// Bytes, as the index estimated them when it last had a tenth more listings or fewer.
    pub memory: usize,
    pub slot: Option<i64>,
    /// Times that everything was read.
    pub loads: u64,
    /// Listings that were read again.
    pub reread: u64,
}

/// Answers searches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Search {
    shared: Arc<Shared>,
    /// Whoever holds it reads what changed; none where nothing is followed.
    feed: Option<Arc<Mutex<Feed>>>,
}

/// What searches and the feed share.
#[derive(Debug, Default)]
struct Shared {
    loaded: RwLock<Option<Loaded>>,
    slots: watch::Sender<Option<Slots>>,
    /// True while everything is read.
    loading: watch::Sender<bool>,
    counts: RwLock<Figures>,
}

#[derive(Debug)]
struct Loaded {
    index: Index,
    slots: Slots,
    /// Since when some of what changed is in it and the rest is not: it is of no one state.
    mixed_since: Option<Instant>,
}

/// A listing's new state; none where it is gone.
type Changed = (Address, Option<Listing>);

impl Search {
    /// Loads in the background, and follows the database of `pool` until `shutdown`; it looks at once whenever `wake`
    /// changes. It has a connection of its own.
    pub fn start(pool: PgPool, wake: watch::Receiver<i64>, shutdown: CancellationToken) -> Self {
        let shared = Arc::<Shared>::default();
        let feed = Arc::new(Mutex::new(Feed::new(&pool, shared.clone())));
        let following = feed::run(feed.clone(), wake);
        task::spawn(async move { shutdown.run_until_cancelled(following).await });
        Self {
            shared,
            feed: Some(feed),
        }
    }

    /// One that nothing is ever loaded into.
    pub fn empty() -> Self {
        Self {
            shared: Arc::default(),
            feed: None,
        }
    }

    /// How far it is; none until everything was read once.
    pub fn slots(&self) -> Option<Slots> {
        self.shared.slots.borrow().clone()
    }

    /// Asks the index, on a thread for long work, for no longer than `within`.
    ///
    /// # Errors
    /// Before everything was read once; where it takes longer.
    pub async fn ask<T: Send + 'static>(
        &self,
        within: Duration,
        ask: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Result<(T, Slots), Unanswered> {
        let shared = self.shared.clone();
        let asking = task::spawn_blocking(move || {
            let loaded = shared.settled();
            let Loaded { index, slots, .. } = loaded.as_ref().ok_or(Unanswered::Loading)?;
            // From here on: what it waited for is not its fault.
            let answer = deadline::by(Instant::now() + within, || ask(index));
            Ok((answer.ok_or(Unanswered::Late)?, slots.clone()))
        });
        match asking.await {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down.
                Err(_) => Err(Unanswered::Loading),
            },
        }
    }

    /// Reads what changed, and returns once searches see it; at once while everything is read anyway.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn refresh(&self) -> Result<(), sqlx::Error> {
        let Some(feed) = self.feed.clone() else {
            return Ok(());
        };
        let mut loading = self.shared.loading.subscribe();
        // What it gives may not be kept while something else is waited for.
        let loading = async { drop(loading.wait_for(|loading| *loading).await) };
        let following = async {
            // Whoever asks waits here itself, and no longer than it asks.
            let mut feed = feed.lock_owned().await;
            // From here on it goes on where whoever asks does not: what is half-way would meet what is read after it.
            let following = task::spawn(async move { feed.follow().await });
            following.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
        };
        tokio::select! {
            followed = following => followed,
            () = loading => Ok(()),
        }
    }

    /// Waits until it has read a slot.
    pub async fn reached(&self, slot: i64) {
        let mut slots = self.shared.slots.subscribe();
        let reached = |slots: &Option<Slots>| slots.as_ref().is_some_and(|at| at.slot >= slot);
        // Its sender is never dropped while `self` is here.
        let _ = slots.wait_for(reached).await;
    }

    /// How large it is, and what it did.
    pub async fn figures(&self) -> Figures {
        let shared = self.shared.clone();
        // It waits as a search does, and may take as long.
        let counted = task::spawn_blocking(move || shared.figures());
        counted.await.unwrap_or_default()
    }
}

impl Shared {
    /// The index, to write into it. Who waits for the lock to write keeps all others from searching meanwhile: behind a long
    /// search it is asked for again and again first, and waited for only once that took too long.
    fn write(&self, patient_until: Instant) -> RwLockWriteGuard<'_, Option<Loaded>> {
        while Instant::now() < patient_until {
            match self.loaded.try_write() {
                Ok(loaded) => return loaded,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => thread::sleep(BREATH),
            }
        }
        self.loaded.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The index, of one state; of none only while more changes than one snapshot is held for, or where the rest of them cannot be
    /// read.
    fn settled(&self) -> RwLockReadGuard<'_, Option<Loaded>> {
        loop {
            let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
            let since = loaded.as_ref().and_then(|loaded| loaded.mixed_since);
            if since.is_none_or(|since| since.elapsed() >= SETTLING) {
                return loaded;
            }
            drop(loaded);
            thread::sleep(BREATH);
        }
    }

    /// A whole index in the place of the one there is.
    fn replace(&self, index: Index, slots: Slots) {
        let new = Some(Loaded {
            index,
            slots: slots.clone(),
            mixed_since: None,
        });
        let old = {
            let mut loaded = self.write(Instant::now() + PATIENCE);
            std::mem::replace(&mut *loaded, new)
        };
        // Long enough for searches to notice, were they locked out.
        drop(old);
        self.slots.send_replace(Some(slots));
        self.count(|counts| counts.loads = counts.loads.saturating_add(1));
    }

    /// Some listings as they are now, a portion at a time. With the last of them it is at `slots`, where those are given.
    fn put(&self, changed: Vec<Changed>, slots: Option<Slots>) {
        self.count(|counts| counts.reread = counts.reread.saturating_add(changed.len() as u64));
        let mut changed = changed.into_iter().peekable();
        // Once for all portions: who searches between two of them waits for the last.
        let patient_until = Instant::now() + PATIENCE;
        loop {
            let mut guard = self.write(patient_until);
            let Some(loaded) = &mut *guard else {
                return;
            };
            let begun = Instant::now();
            for changed in changed.by_ref().take(PORTION) {
                put(&mut loaded.index, changed);
                if begun.elapsed() > LONG {
                    break;
                }
            }
            if changed.peek().is_none()
                && let Some(slots) = slots
            {
                loaded.mixed_since = None;
                loaded.slots = slots.clone();
                self.slots.send_replace(Some(slots));
                return;
            }
            loaded.mixed_since = loaded.mixed_since.or_else(|| Some(Instant::now()));
            if changed.peek().is_none() {
                return;
            }
            drop(guard);
            thread::sleep(BREATH);
        }
    }

    fn figures(&self) -> Figures {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let mut counts = *self.counts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(Loaded { index, slots, .. }) = &*loaded {
            // To estimate it takes a third of a second at a million: only where it may have become another.
            if index.len().abs_diff(counts.listings) > counts.listings / 10 {
                counts.memory = index.memory();
                self.count(|kept| (kept.listings, kept.memory) = (index.len(), counts.memory));
            }
            counts.listings = index.len();
            counts.slot = Some(slots.slot);
        }
        counts
    }

    /// Whether searches say already that they are there: they are not made to wait for nothing.
    fn is_at(&self, slots: &Slots) -> bool {
        let state = |slots: &Slots| (slots.slot, slots.finalized_slot, slots.taint_slot);
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        let at = loaded
            .as_ref()
            .filter(|loaded| loaded.mixed_since.is_none());
        at.is_some_and(|at| state(&at.slots) == state(slots))
    }

    /// Nothing is known any more.
    fn clear(&self) {
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.slots.send_replace(None);
    }

    fn count(&self, add: impl FnOnce(&mut Figures)) {
        add(&mut self.counts.write().unwrap_or_else(PoisonError::into_inner));
    }
}

fn put(index: &mut Index, (address, listing): Changed) {
    match listing {
        Some(listing) => index.put(listing),
        None => index.remove(&address),
    }
}
