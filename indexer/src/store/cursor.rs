//! The contiguous frontier.

use sqlx::PgConnection;

use super::rows::int;

/// The newest stored block; all before it are stored too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frontier {
    pub slot: u64,
    pub hash: [u8; 32],
}

impl Frontier {
    /// From a row; none where it is not one that this program wrote.
    pub(super) fn of((slot, hash): (i64, Vec<u8>)) -> Option<Self> {
        Some(Self {
            slot: slot.try_into().ok()?,
            hash: hash.try_into().ok()?,
        })
    }
}

pub async fn read(db: &mut PgConnection) -> Result<Option<Frontier>, sqlx::Error> {
    let row = sqlx::query_as("SELECT slot, hash FROM cursor")
        .fetch_optional(db)
        .await?;
    Ok(row.and_then(Frontier::of))
}

/// Reads it and keeps other writers out until the transaction ends.
pub async fn lock(db: &mut PgConnection) -> Result<Option<Frontier>, sqlx::Error> {
    sqlx::query("LOCK TABLE cursor IN EXCLUSIVE MODE")
        .execute(&mut *db)
        .await?;
    read(db).await
}

pub async fn advance(db: &mut PgConnection, to: Frontier) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO cursor (slot, hash) VALUES ($1, $2)
         ON CONFLICT (single) DO UPDATE SET slot = excluded.slot, hash = excluded.hash",
    )
    .bind(int(to.slot))
    .bind(&to.hash[..])
    .execute(db)
    .await?;
    Ok(())
}

pub async fn finalize(db: &mut PgConnection, slot: u64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE cursor SET finalized_slot = greatest(finalized_slot, $1)")
        .bind(int(slot))
        .execute(db)
        .await?;
    Ok(())
}
