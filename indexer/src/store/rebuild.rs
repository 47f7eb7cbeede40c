//! Derives every table again from the raw events.

use futures_util::TryStreamExt;
use pedigree_sdk::events;
use solana_program::pubkey::Pubkey;
use sqlx::{PgConnection, PgPool};

use super::{StoreError, cursor, entities};
use crate::decode::{EventKey, Located};

/// Events folded at once.
const CHUNK: usize = 2_000;

#[derive(sqlx::FromRow)]
struct Raw {
    slot: i64,
    signature: Vec<u8>,
    ix_path: Vec<i32>,
    tx_index: i32,
    program: Vec<u8>,
    data: Vec<u8>,
}

/// In one transaction: readers see the old tables until the new ones are whole. Fetched manifests are kept; they are
/// an input.
pub async fn rebuild(pool: &PgPool) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    cursor::lock(&mut tx).await?;
    for table in [
        "entity_events",
        "accounts",
        "profiles",
        "listings",
        "versions",
        "edges",
        "royalty_tables",
        "pools",
        "mints",
        "orders",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&mut *tx)
            .await?;
    }
    let mut reader = pool.acquire().await?;
    fold_all(&mut reader, &mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The writers' lock is held, so another connection reads the same events.
async fn fold_all(reader: &mut PgConnection, tx: &mut PgConnection) -> Result<(), StoreError> {
    let mut rows = sqlx::query_as::<_, Raw>(
        "SELECT slot, signature, ix_path, tx_index, program, data FROM raw_events ORDER BY slot, tx_index, ix_path",
    )
    .fetch(reader);
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(raw) = rows.try_next().await? {
        chunk.extend(raw.decode()?);
        if chunk.len() >= CHUNK {
            entities::apply(tx, &chunk.iter().collect::<Vec<_>>()).await?;
            chunk.clear();
        }
    }
    entities::apply(tx, &chunk.iter().collect::<Vec<_>>()).await
}

impl Raw {
    fn decode(self) -> Result<Option<Located>, StoreError> {
        let broken = |what: &str| {
            StoreError::Database(sqlx::Error::Decode(format!("raw_events.{what}").into()))
        };
        let program: [u8; 32] = self.program.try_into().map_err(|_| broken("program"))?;
        let key = EventKey {
            slot: self.slot.try_into().map_err(|_| broken("slot"))?,
            signature: self.signature.try_into().map_err(|_| broken("signature"))?,
            ix_path: self.ix_path,
        };
        let tx_index = self.tx_index.try_into().map_err(|_| broken("tx_index"))?;
        let event = events::decode(&Pubkey::new_from_array(program), &self.data)?;
        Ok(event.map(|event| Located {
            key,
            tx_index,
            event,
            data: self.data,
        }))
    }
}
