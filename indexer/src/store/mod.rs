//! Everything in Postgres: one file per aggregate.

mod blocks;
mod cursor;
mod dead_letters;
mod documents;
mod edges;
mod entities;
mod error;
mod listings;
pub mod manifests;
mod orders;
mod partitions;
mod profiles;
mod raw_events;
mod reach;
mod rebuild;
pub(crate) mod rows;
mod royalties;
mod table_hash;
mod writer;

use sqlx::{PgPool, postgres::PgPoolOptions};

pub use cursor::Frontier;
pub use error::StoreError;
pub use reach::{Unreachable, reach};
pub use writer::WriterLock;

use crate::decode::DecodedBlock;

/// Connections of the writing side: the pipeline, the manifest worker, and one to spare.
const CONNECTIONS: u32 = 4;

/// The database of one network.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    partitions: partitions::Partitions,
}

/// What a batch added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The frontier after it.
    pub slot: u64,
    pub events: u64,
}

impl Store {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// Where the database cannot be reached, or holds a schema that this program does not know.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        reach(url).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect(url)
            .await?;
        sqlx::migrate!("../migrations").run(&pool).await?;
        Ok(Self {
            pool,
            partitions: partitions::Partitions::default(),
        })
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Binds an empty database to a network, and refuses the database of another one.
    ///
    /// # Errors
    /// [`StoreError::OtherNetwork`].
    pub async fn check_network(&self, genesis_hash: [u8; 32]) -> Result<(), StoreError> {
        let stored: Vec<u8> = sqlx::query_scalar(
            // Without the update an existing row would not be returned.
            "INSERT INTO network (genesis_hash) VALUES ($1)
             ON CONFLICT (single) DO UPDATE SET genesis_hash = network.genesis_hash
             RETURNING genesis_hash",
        )
        .bind(&genesis_hash[..])
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
    pub async fn frontier(&self) -> Result<Option<Frontier>, StoreError> {
        Ok(cursor::read(&mut *self.pool.acquire().await?).await?)
    }

    /// Stores blocks that follow one another, all they hold, and the new frontier: all of it or nothing.
    ///
    /// Blocks that are stored already are left out, so that giving a block again changes nothing. `None` where all were.
    ///
    /// # Errors
    /// [`StoreError::OtherBlock`] for another block in a stored slot, [`StoreError::Hole`] where the first new block
    /// does not follow the frontier.
    pub async fn apply(&self, batch: &[DecodedBlock]) -> Result<Option<Applied>, StoreError> {
        let Some(last) = batch.last() else {
            return Ok(None);
        };
        self.partitions.ensure(&self.pool, batch).await?;
        let mut tx = self.pool.begin().await?;
        let frontier = cursor::lock(&mut tx).await?;
        let new = blocks::follow(&mut tx, frontier, batch).await?;
        let (Some(_), true) = (
            new.first(),
            frontier.is_none_or(|frontier| frontier.slot < last.slot),
        ) else {
            return Ok(None);
        };
        blocks::insert(&mut tx, new).await?;
        dead_letters::insert(&mut tx, new).await?;
        let events = raw_events::insert(&mut tx, new).await?;
        entities::apply(&mut tx, &events).await?;
        cursor::advance(
            &mut tx,
            Frontier {
                slot: last.slot,
                hash: last.hash,
            },
        )
        .await?;
        tx.commit().await?;
        Ok(Some(Applied {
            slot: last.slot,
            events: events.len() as u64,
        }))
    }

    /// The newest stored block at or below `slot` that is not known to be final.
    pub async fn newest_unfinalized(&self, slot: u64) -> Result<Option<Frontier>, StoreError> {
        Ok(blocks::newest_unfinalized(&mut *self.pool.acquire().await?, slot).await?)
    }

    /// Marks every stored block up to `slot` as final.
    pub async fn finalize(&self, slot: u64) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        blocks::finalize(&mut tx, slot).await?;
        cursor::finalize(&mut tx, slot).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Derives every table again from the raw events.
    pub async fn rebuild(&self) -> Result<(), StoreError> {
        rebuild::rebuild(&self.pool).await
    }

    /// SHA-256 over every row that the chain determines, in key order: equal chains, equal hashes.
    pub async fn table_hash(&self) -> Result<[u8; 32], StoreError> {
        Ok(table_hash::table_hash(&self.pool).await?)
    }
}
