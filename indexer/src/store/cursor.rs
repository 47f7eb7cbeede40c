//! The contiguous frontier.

use sqlx::{AssertSqlSafe, PgConnection};

use super::{rows::int, taints::PENDING};
use crate::decode::Point;

/// From a row; none where it is not one that this program wrote.
pub fn point((slot, hash): (i64, Vec<u8>)) -> Option<Point> {
    Some(Point {
        slot: slot.try_into().ok()?,
        hash: hash.try_into().ok()?,
    })
}

/// The newest stored block; all before it are stored too.
pub async fn read(db: &mut PgConnection) -> Result<Option<Point>, sqlx::Error> {
    let row = sqlx::query_as("SELECT slot, hash FROM cursor")
        .fetch_optional(db)
        .await?;
    Ok(row.and_then(point))
}

/// Reads it and keeps other writers out until the transaction ends.
pub async fn lock(db: &mut PgConnection) -> Result<Option<Point>, sqlx::Error> {
    sqlx::query("LOCK TABLE cursor IN EXCLUSIVE MODE")
        .execute(&mut *db)
        .await?;
    read(db).await
}

/// Moves it, on a fork even back. [`set_folded`] says how far derived tables are.
pub async fn set(db: &mut PgConnection, to: Point) -> Result<(), sqlx::Error> {
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

/// Up to which slot derived tables hold every event.
pub async fn folded_to(db: &mut PgConnection) -> Result<Option<u64>, sqlx::Error> {
    let slot: Option<Option<i64>> = sqlx::query_scalar("SELECT folded_slot FROM cursor")
        .fetch_optional(db)
        .await?;
    Ok(slot.flatten().and_then(|slot| slot.try_into().ok()))
}

/// Notes that derived tables hold every event up to `slot`, or none; and taint with them, where there is nothing to spread.
pub async fn set_folded(db: &mut PgConnection, slot: Option<u64>) -> Result<(), sqlx::Error> {
    let sql = format!(
        "UPDATE cursor SET folded_slot = $1, taint_slot = CASE WHEN {PENDING} THEN taint_slot ELSE $1 END"
    );
    // Made of constants of this crate alone.
    sqlx::query(AssertSqlSafe(sql))
        .bind(slot.map(int))
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
