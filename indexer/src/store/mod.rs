//! Everything in Postgres: one file per aggregate.

mod accounts;
mod amend;
mod blocks;
mod cases;
mod check;
pub mod copy;
mod cursor;
mod dead_letters;
mod derive;
mod disputes;
mod documents;
mod edges;
mod entities;
mod entity_events;
mod epochs;
mod error;
mod gaps;
mod listings;
pub mod log;
pub mod manifests;
mod market;
mod orders;
mod orphans;
mod partitions;
mod positions;
mod profiles;
mod proposals;
mod raw_events;
mod reach;
mod rebuild;
mod refold;
mod replace;
mod reviews;
pub(crate) mod rows;
mod royalties;
mod search_changes;
mod sessions;
mod snapshots;
mod spread;
mod table_hash;
mod taints;
mod touched;
mod writer;

use std::{collections::HashMap, str::FromStr, time::Duration};

use pedigree_sdk::accounts::EntityKind;
use solana_program::pubkey::Pubkey;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use accounts::ACCOUNTS;
pub use amend::Replayed;
pub use check::Checked;
pub use documents::Texts;
pub use edges::EDGES;
pub use error::{StoreError, answered};
pub use gaps::Gap;
pub use listings::LISTINGS;
pub use reach::{Unreachable, reach};
pub use rows::Table;
pub use snapshots::{Snapshot, Standing};
pub use spread::BATCH as TAINT_BATCH;
pub use writer::WriterLock;

use crate::decode::{DecodedBlock, Point};

/// Connections of the writing side: the pipeline, the manifest worker, the spreading of taint, and two to spare.
const CONNECTIONS: u32 = 5;

/// How long the server keeps the transaction of a client that says nothing.
const GONE_AFTER: &str = "60s";

/// How long the database may take over one batch, or over anything else that is asked of it while it follows the chain,
/// before its connection counts as dead. Far above what the largest batch takes: what is cut off for nothing has to be done
/// again.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The database of one network.
///
/// What follows, repairs and folds gives up a connection that went silent ([`StoreError::Silent`]); what checks or
/// rebuilds everything takes as long as it takes.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    partitions: partitions::Partitions,
    patience: Duration,
}

/// Blocks to store. Given by value they are given up as soon as they are read, which is before all is written.
pub trait Batch: AsRef<[DecodedBlock]> + Send + Sync {}

impl<T: AsRef<[DecodedBlock]> + Send + Sync> Batch for T {}

/// What a batch added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The frontier after it.
    pub slot: u64,
    pub events: u64,
    /// Blocks that left the chain.
    pub orphaned: u64,
}

impl Store {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// Where the database cannot be reached, or holds a schema that this program does not know.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        reach(url).await?;
        let options = PgConnectOptions::from_str(url)?.options([
            // The notice that a table is there already would come with every batch.
            ("client_min_messages", "warning"),
            // What a client holds that is gone without a word, the next one waits for.
            ("idle_in_transaction_session_timeout", GONE_AFTER),
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            // The pool itself would wait for ever for a connection that is half-open.
            .after_release(|connection, _| {
                Box::pin(async move {
                    match writer::answers(connection).await {
                        true => Ok(true),
                        // Unlike `false` it says that the connection is not to be ended politely.
                        false => Err(sqlx::Error::PoolTimedOut),
                    }
                })
            })
            .connect_with(options)
            .await?;
        sqlx::migrate!("../migrations").run(&pool).await?;
        Ok(Self {
            pool,
            partitions: partitions::Partitions::default(),
            patience: PATIENCE,
        })
    }

    /// The same with another patience than [`PATIENCE`].
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn answered<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        // A transaction's future is large, and would be part of everything that awaits it.
        answered(self.patience, Box::pin(work)).await
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Binds an empty database to a network, and refuses the database of another one. `hashes_chain` as
    /// [`Source::hashes_chain`](crate::source::Source::hashes_chain) says.
    ///
    /// # Errors
    /// [`StoreError::OtherNetwork`].
    pub async fn check_network(
        &self,
        genesis_hash: [u8; 32],
        hashes_chain: bool,
    ) -> Result<(), StoreError> {
        let stored: Vec<u8> = sqlx::query_scalar(
            // Without the update an existing row would not be returned.
            "INSERT INTO network (genesis_hash, hashes_chain) VALUES ($1, $2)
             ON CONFLICT (single) DO UPDATE SET genesis_hash = network.genesis_hash
             RETURNING genesis_hash",
        )
        .bind(&genesis_hash[..])
        .bind(hashes_chain)
        .fetch_one(&self.pool)
        .await?;
        if stored == genesis_hash {
            return Ok(());
        }
        Err(StoreError::OtherNetwork {
            stored: bs58::encode(stored).into_string(),
            network: bs58::encode(genesis_hash).into_string(),
        })
    }

    /// The contiguous frontier; none where nothing was stored yet.
    pub async fn frontier(&self) -> Result<Option<Point>, StoreError> {
        self.answered(async { Ok(cursor::read(&mut *self.pool.acquire().await?).await?) })
            .await
    }

    /// Stores blocks that follow one another, all they hold, and the new frontier: all of it or nothing.
    ///
    /// Blocks that are stored already are left out, so that giving a block again changes nothing. `None` where all were.
    ///
    /// # Errors
    /// [`StoreError::OtherBlock`] for another block in a stored slot, [`StoreError::Hole`] where the first new block
    /// does not follow the frontier.
    pub async fn apply(&self, batch: impl Batch) -> Result<Option<Applied>, StoreError> {
        self.answered(self.write(batch, None, true)).await
    }

    /// Undoes every block after `ancestor` and stores `batch`, which follows it: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::BelowFinal`] where that would undo a final block, and those of [`Store::apply`].
    pub async fn replace(
        &self,
        ancestor: Point,
        batch: impl Batch,
    ) -> Result<Option<Applied>, StoreError> {
        self.answered(self.write(batch, Some(ancestor), true)).await
    }

    /// As [`Store::apply`], but leaves derived tables alone: [`Store::fold_pending`] brings them up to date.
    ///
    /// # Errors
    /// Those of [`Store::apply`].
    pub async fn load(&self, batch: impl Batch) -> Result<Option<Applied>, StoreError> {
        self.answered(self.write(batch, None, false)).await
    }

    async fn write(
        &self,
        batch: impl Batch,
        ancestor: Option<Point>,
        derive: bool,
    ) -> Result<Option<Applied>, StoreError> {
        let Some(last) = batch.as_ref().last().map(DecodedBlock::point) else {
            return Ok(None);
        };
        self.partitions.ensure(&self.pool, batch.as_ref()).await?;
        let mut tx = self.pool.begin().await?;
        let mut frontier = cursor::lock(&mut tx).await?;
        if derive {
            rebuild::check_folded(&mut tx, frontier).await?;
        }
        let mut orphaned = 0;
        if let Some(ancestor) = ancestor {
            orphaned = orphans::undo(&mut tx, ancestor).await?;
            taints::undone(&mut tx, ancestor.slot).await?;
            frontier = Some(ancestor);
        }
        let new = blocks::follow(&mut tx, frontier, batch.as_ref()).await?;
        if new.is_empty() {
            return Ok(None);
        }
        blocks::insert(&mut tx, new).await?;
        dead_letters::insert(&mut tx, new).await?;
        let first_seq = log::applied(&mut tx, new).await?;
        let mut touched = touched::Touched::new();
        let events = raw_events::insert(&mut tx, new, first_seq, |located| {
            if derive {
                touched::add(&mut touched, located, |_| true);
            }
        });
        let events = events.await?;
        cursor::set(&mut tx, last).await?;
        let noted = match derive {
            true => entities::note(&mut tx, touched).await?,
            false => None,
        };
        // The room that it takes is the next one's, from here on.
        drop(batch);
        if let Some(noted) = noted {
            noted.write(&mut tx).await?;
        }
        if derive {
            cursor::set_folded(&mut tx, Some(last.slot)).await?;
        }
        tx.commit().await?;
        Ok(Some(Applied {
            slot: last.slot,
            events,
            orphaned,
        }))
    }

    /// Adds to a stored block what is missing of its events: one that a node left out, or a dead letter that can be read
    /// by now. Gives the number of events added.
    ///
    /// # Errors
    /// [`StoreError::OtherBlock`] or [`StoreError::NotStored`] where the block is not the stored one.
    pub async fn amend(&self, block: &DecodedBlock) -> Result<u64, StoreError> {
        self.answered(async {
            self.partitions
                .ensure(&self.pool, std::slice::from_ref(block))
                .await?;
            amend::amend(&self.pool, block).await
        })
        .await
    }

    /// Decodes every dead letter again, and stores what can be read by now.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn replay_dead_letters(&self) -> Result<Replayed, StoreError> {
        amend::replay_dead_letters(self).await
    }

    /// The end of the stored chain that a fork may still undo, oldest first; its first block may not be undone.
    pub async fn tail(&self, limit: usize) -> Result<Vec<Point>, StoreError> {
        self.answered(async { Ok(blocks::tail(&mut *self.pool.acquire().await?, limit).await?) })
            .await
    }

    /// The newest stored block at or below `slot` that is not known to be final.
    pub async fn newest_unfinalized(&self, slot: u64) -> Result<Option<Point>, StoreError> {
        self.answered(async {
            Ok(blocks::newest_unfinalized(&mut *self.pool.acquire().await?, slot).await?)
        })
        .await
    }

    /// Marks every stored block up to `slot` as final.
    pub async fn finalize(&self, slot: u64) -> Result<(), StoreError> {
        self.answered(async {
            let mut tx = self.pool.begin().await?;
            cursor::lock(&mut tx).await?;
            if let Some((from, to)) = blocks::finalize(&mut tx, slot).await? {
                log::again(&mut tx, log::Op::Finalized, from..=to).await?;
            }
            cursor::finalize(&mut tx, slot).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Forgets entries of the event log older than `keep`.
    pub async fn prune_log(&self, keep: Duration) -> Result<(), StoreError> {
        self.answered(async {
            let mut tx = self.pool.begin().await?;
            cursor::lock(&mut tx).await?;
            log::prune(&mut tx, keep).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Forgets which listings changed longer than `keep` ago, and no longer than twice that.
    pub async fn prune_search_changes(&self, keep: Duration) -> Result<(), StoreError> {
        self.answered(search_changes::prune(&self.pool, keep)).await
    }

    /// Stores accounts as the network gave them, and folds them again.
    pub async fn add_snapshots(&self, snapshots: &[Snapshot]) -> Result<(), StoreError> {
        self.answered(snapshots::add(&self.pool, snapshots)).await
    }

    /// Where the index stands with accounts of a kind; those that it never saw are left out.
    pub async fn standings(
        &self,
        kind: EntityKind,
        addresses: &[Pubkey],
    ) -> Result<HashMap<Pubkey, Standing>, StoreError> {
        self.answered(async {
            let mut db = self.pool.acquire().await?;
            Ok(snapshots::standings(&mut db, kind, addresses).await?)
        })
        .await
    }

    /// Accounts of a kind that are open in the index and did not change after `slot`.
    pub async fn open_at(&self, kind: EntityKind, slot: u64) -> Result<Vec<Pubkey>, StoreError> {
        self.answered(async {
            Ok(snapshots::open_at(&mut *self.pool.acquire().await?, kind, slot).await?)
        })
        .await
    }

    /// Holes in the events of accounts.
    pub async fn gaps(&self) -> Result<Vec<Gap>, StoreError> {
        self.answered(async { Ok(gaps::gaps(&mut *self.pool.acquire().await?).await?) })
            .await
    }

    /// The first slot that the index knows of: it has the block, or the link of its first block says that there is none.
    pub async fn beginning(&self) -> Result<Option<u64>, StoreError> {
        self.answered(async { Ok(blocks::beginning(&mut *self.pool.acquire().await?).await?) })
            .await
    }

    /// Slots of the stored blocks within a range, ascending.
    pub async fn slots_between(&self, from: u64, to: u64) -> Result<Vec<u64>, StoreError> {
        self.answered(async {
            Ok(blocks::between(&mut *self.pool.acquire().await?, from, to).await?)
        })
        .await
    }

    /// Brings derived tables up to the frontier after [`Store::load`], some events at a time: what is killed goes on
    /// where it was.
    pub async fn fold_pending(&self) -> Result<(), StoreError> {
        while self.answered(rebuild::fold_some(&self.pool)).await? {}
        Ok(())
    }

    /// Whether taint is left to spread.
    pub async fn taint_pending(&self) -> Result<bool, StoreError> {
        self.answered(async { Ok(spread::is_pending(&mut *self.pool.acquire().await?).await?) })
            .await
    }

    /// Spreads taint to at most [`TAINT_BATCH`] listings or so, in one transaction. False where all is spread: the writer
    /// may have left more since.
    pub async fn spread_taint(&self) -> Result<bool, StoreError> {
        self.answered(spread::spread_some(&self.pool)).await
    }

    /// Derives every table again from the inputs: raw events, snapshots, manifests.
    pub async fn rebuild(&self) -> Result<(), StoreError> {
        rebuild::rebuild(&self.pool).await
    }

    /// Looks for holes, lost events and wrong hashes.
    pub async fn check(&self) -> Result<Checked, StoreError> {
        check::check(&mut *self.pool.acquire().await?).await
    }

    /// Whether deriving every table again would change nothing.
    pub async fn derives_equal(&self) -> Result<bool, StoreError> {
        check::derives_equal(&self.pool).await
    }

    /// SHA-256 over every row that the chain determines, in key order: equal chains, equal hashes.
    pub async fn table_hash(&self) -> Result<[u8; 32], StoreError> {
        Ok(table_hash::table_hash(&self.pool).await?)
    }
}
