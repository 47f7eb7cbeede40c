//! Loads the index, and keeps it up to date.
//!
//! Whatever writes to a table that search depends on leaves the listings that it concerns in `search_changes`, by its
//! transaction. Transactions do not end in the order in which they begin; so what a reader remembers is the oldest one that
//! was not over, and which of those from there on it saw. A replica cannot say which are running (its `pg_snapshot` has no
//! list of them), but it does say which is the oldest.
//!
//! To read a listing once too often changes nothing. So everything is read page by page, each page as it is at that moment,
//! and what changed meanwhile is read again after it: nothing holds a snapshot for long, which would keep the server from
//! clearing up behind its writers.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use pedigree_search::{Address, Index, Listing};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::{
    sync::{Mutex, mpsc, watch},
    task,
    time::{sleep, timeout},
};

use super::{Changed, Pages, Shared, Slots, UNSEEN, put, rows};
use crate::backoff::pause;

/// How often to look where nobody says that anything changed.
const POLL: Duration = Duration::from_millis(50);
/// Longest pause after something that took as long.
const LONGEST: Duration = Duration::from_secs(1);
/// Bounds of the pause after something failed.
const TROUBLE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A page that takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Changed listings read at once.
const PAGE: usize = 5_000;
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Reads [`Now`], of a mark.
static NOW: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
             coalesce(c.slot, -1) AS slot, c.finalized_slot, c.taint_slot,
             ARRAY(SELECT xid::text::bigint FROM unnest({UNSEEN}) AS new (xid)) AS news,
             m.pruned <= $1::bigint::text::xid8
                 AND pg_snapshot_xmax(pg_current_snapshot()) >= $1::bigint::text::xid8 AS continues
         FROM search_marks m LEFT JOIN cursor c ON true"
    )
});

/// Where the index is: which changes it has.
#[derive(Debug)]
struct Mark {
    /// Every transaction before this one was over.
    xmin: i64,
    /// Those from there on whose changes were read.
    seen: BTreeSet<i64>,
}

/// Reads the database that the index follows.
#[derive(Debug)]
pub struct Feed {
    options: PgConnectOptions,
    shared: Arc<Shared>,
    /// Until it fails.
    connection: Option<PgConnection>,
    /// Which database it was last, of which history.
    database: Option<String>,
    /// None before everything was read.
    mark: Option<Mark>,
}

/// How the database is at one moment.
#[derive(sqlx::FromRow)]
struct Now {
    xmin: i64,
    slot: i64,
    finalized_slot: Option<i64>,
    taint_slot: Option<i64>,
    /// Transactions with changes that are not in the mark.
    news: Vec<i64>,
    /// Whether all changes since the mark are still kept.
    continues: bool,
}

/// Follows for ever; what fails is tried again.
pub async fn run(feed: Arc<Mutex<Feed>>, mut wake: watch::Receiver<i64>) {
    let mut failures = 0u32;
    loop {
        let begun = Instant::now();
        wake.mark_unchanged();
        let followed = feed.lock().await.follow().await;
        match followed {
            Ok(()) => failures = 0,
            Err(error) => {
                failures = failures.saturating_add(1);
                let pause = pause(TROUBLE, failures);
                tracing::warn!(%error, ?pause, "search does not follow the database for now");
                sleep(pause).await;
                continue;
            }
        }
        // While there is always something, others get as much time.
        sleep(begun.elapsed().min(LONGEST)).await;
        // Nobody may be left to wake it.
        if let Ok(Err(_)) = timeout(POLL, wake.changed()).await {
            sleep(POLL).await;
        }
    }
}

impl Feed {
    pub fn new(pool: &PgPool, shared: Arc<Shared>) -> Self {
        let timeout = PATIENCE.as_millis().to_string();
        let options = PgConnectOptions::clone(&pool.connect_options())
            // Compiling a page's query takes as long as its rows do.
            .options([
                ("statement_timeout", &timeout[..]),
                ("jit", "off"),
                // A plan of when the tables were small would read all of them for each listing.
                ("plan_cache_mode", "force_custom_plan"),
            ]);
        Self {
            options,
            shared,
            connection: None,
            database: None,
            mark: None,
        }
    }

    /// Brings the index up to date, or loads it where that cannot be done.
    pub async fn follow(&mut self) -> Result<(), sqlx::Error> {
        // A connection that fails half-way is not used again.
        let mut db = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let caught_up = self.catch_up(&mut db).await;
        if let Err(sqlx::Error::WorkerCrashed) = caught_up {
            // It may have been half-way.
            self.mark = None;
            self.shared.clear();
        }
        if !caught_up? {
            let loading = self.shared.clone();
            loading.loading.send_replace(true);
            let loaded = self.load(&mut db).await;
            loading.loading.send_replace(false);
            loaded?;
        }
        self.connection = Some(db);
        Ok(())
    }

    async fn connect(&mut self) -> Result<PgConnection, sqlx::Error> {
        let mut db = within(PgConnection::connect_with(&self.options)).await?;
        // A server that took another's place may lack its last transactions, and gives out their numbers again.
        let database: String = within(sqlx::query_scalar(
            // One that was promoted writes in its new timeline before a checkpoint tells of it.
            "SELECT format('%s/%s/%s', (pg_control_system()).system_identifier, d.oid, CASE
                 WHEN pg_is_in_recovery() THEN
                     greatest((pg_control_checkpoint()).timeline_id, (pg_control_recovery()).min_recovery_end_timeline)
                 ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END)
             FROM pg_database d WHERE d.datname = current_database()",
        )
        .fetch_one(&mut db))
        .await?;
        if self
            .database
            .as_ref()
            .is_some_and(|known| *known != database)
        {
            tracing::warn!("search follows another database, or another history of it");
            self.mark = None;
            self.shared.clear();
        }
        self.database = Some(database);
        Ok(db)
    }

    /// Reads again what changed. False where that cannot be known.
    async fn catch_up(&mut self, db: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let Some(mark) = &mut self.mark else {
            return Ok(false);
        };
        let caught_up = mark.catch_up(db, &Target::Answering(&self.shared)).await?;
        if caught_up.is_none() {
            tracing::warn!("what search has missed is not kept any more: it loads again");
        }
        Ok(caught_up.is_some())
    }

    /// Reads everything into an index beside the one that answers.
    async fn load(&mut self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        let begun = Instant::now();
        let mut mark = Mark::begin(db).await?;
        let mut pages = within(Pages::begin(db)).await?;
        let (read, mut taken) = mpsc::channel::<Vec<Changed>>(1);
        // One page is taken in while the next one is read.
        let building = task::spawn_blocking(move || {
            let mut index = Index::new();
            while let Some(page) = taken.blocking_recv() {
                for changed in page {
                    put(&mut index, changed);
                }
            }
            index
        });
        let target = Target::Building(read);
        let slots = loop {
            let page = within(pages.next(db)).await?;
            let is_last = page.is_none();
            let page = page.into_iter().flatten();
            let page = page.map(|listing| (listing.address, Some(listing)));
            target.take(page.collect(), None).await?;
            // Page by page: at the end what changed since the first may not be kept any more.
            let Some(slots) = mark.catch_up(db, &target).await? else {
                let late = "what changed while search was loading is not kept any more";
                return Err(sqlx::Error::Protocol(late.to_owned()));
            };
            if is_last {
                break slots;
            }
        };
        drop(target);
        let index = done(building.await)?;
        tracing::info!(listings = index.len(), slot = slots.slot, took = ?begun.elapsed(), "search is loaded");
        self.shared.replace(index, slots);
        self.mark = Some(mark);
        Ok(())
    }
}

/// The index that what was read goes into.
enum Target<'a> {
    Answering(&'a Arc<Shared>),
    /// On another thread.
    Building(mpsc::Sender<Vec<Changed>>),
}

impl Target<'_> {
    /// With the last of what is new it is at `slots`.
    async fn take(&self, changed: Vec<Changed>, slots: Option<Slots>) -> Result<(), sqlx::Error> {
        match self {
            Self::Answering(shared) => {
                let is_nothing = |slots: &Slots| changed.is_empty() && shared.is_at(slots);
                if slots.as_ref().is_some_and(is_nothing) {
                    return Ok(());
                }
                give(shared, changed, slots).await
            }
            Self::Building(_) if changed.is_empty() => Ok(()),
            Self::Building(pages) => {
                let sent = pages.send(changed).await;
                sent.map_err(|_| sqlx::Error::WorkerCrashed)
            }
        }
    }
}

impl Mark {
    /// Before anything is read.
    async fn begin(db: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let xmin = within(
            sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
                .fetch_one(db),
        );
        Ok(Self {
            xmin: xmin.await?,
            seen: BTreeSet::new(),
        })
    }

    /// Reads again what changed since, and says what that is the state of; none where it is not kept any more.
    async fn catch_up(
        &mut self,
        db: &mut PgConnection,
        target: &Target<'_>,
    ) -> Result<Option<Slots>, sqlx::Error> {
        loop {
            let now = within(Now::read(db, self)).await?;
            if !now.continues {
                return Ok(None);
            }
            if now.news.is_empty() {
                return self.reach(&now, Vec::new(), target).await.map(Some);
            }
            let mut tx = within(db.begin_with(SNAPSHOT)).await?;
            let now = within(Now::read(&mut tx, self)).await?;
            let listings = within(changed(&mut tx, &now.news)).await?;
            if listings.len() <= PAGE {
                let changed = reread(&mut tx, &listings).await?;
                within(tx.commit()).await?;
                return self.reach(&now, changed, target).await.map(Some);
            }
            // More than one snapshot should be held for.
            within(tx.commit()).await?;
            for page in listings.chunks(PAGE) {
                target.take(reread(db, page).await?, None).await?;
            }
            self.advance(&now);
        }
    }

    /// With this all that was new is read.
    async fn reach(
        &mut self,
        now: &Now,
        changed: Vec<Changed>,
        target: &Target<'_>,
    ) -> Result<Slots, sqlx::Error> {
        self.advance(now);
        let slots = now.slots(self);
        target.take(changed, Some(slots.clone())).await?;
        Ok(slots)
    }

    /// Everything that was new is read.
    fn advance(&mut self, now: &Now) {
        self.xmin = self.xmin.max(now.xmin);
        self.seen.extend(&now.news);
        self.seen = self.seen.split_off(&self.xmin);
    }
}

impl Now {
    async fn read(db: &mut PgConnection, mark: &Mark) -> Result<Self, sqlx::Error> {
        let seen: Vec<i64> = mark.seen.iter().copied().collect();
        sqlx::query_as(AssertSqlSafe(NOW.as_str()))
            .bind(mark.xmin)
            .bind(seen)
            .fetch_one(db)
            .await
    }

    fn slots(&self, mark: &Mark) -> Slots {
        Slots {
            slot: self.slot,
            finalized_slot: self.finalized_slot,
            taint_slot: self.taint_slot,
            xmin: mark.xmin,
            seen: mark.seen.iter().copied().collect(),
        }
    }
}

/// Listings that these transactions changed.
async fn changed(db: &mut PgConnection, news: &[i64]) -> Result<Vec<Address>, sqlx::Error> {
    let listings: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT DISTINCT listing FROM search_changes
         WHERE xid = ANY (ARRAY(SELECT xid::text::xid8 FROM unnest($1::bigint[]) AS news (xid)))",
    )
    .bind(news)
    .fetch_all(db)
    .await?;
    let addresses = listings.into_iter().map(rows::address);
    addresses.collect()
}

/// These listings as they are now.
async fn reread(db: &mut PgConnection, listings: &[Address]) -> Result<Vec<Changed>, sqlx::Error> {
    let found = within(rows::of(db, listings)).await?;
    let mut found: HashMap<Address, Listing> = found
        .into_iter()
        .map(|listing| (listing.address, listing))
        .collect();
    let changed = listings
        .iter()
        .map(|address| (*address, found.remove(address)));
    Ok(changed.collect())
}

/// An error where nothing comes for too long: nobody tells of a connection that is half-open.
async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    match timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}

/// Puts listings into the index that answers, on a thread for long work.
async fn give(
    shared: &Arc<Shared>,
    changed: Vec<Changed>,
    slots: Option<Slots>,
) -> Result<(), sqlx::Error> {
    let shared = shared.clone();
    done(task::spawn_blocking(move || shared.put(changed, slots)).await)
}

fn done<T>(joined: Result<T, task::JoinError>) -> Result<T, sqlx::Error> {
    joined.map_err(|_| sqlx::Error::WorkerCrashed)
}
