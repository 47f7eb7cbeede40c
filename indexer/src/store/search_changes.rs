//! Which listings changed, for whoever searches. Triggers write it (`migrations/`), `search/feed.rs` reads it.

use std::time::Duration;

use sqlx::PgPool;

use super::StoreError;

/// Forgets changes older than `keep`: those before the mark that was set as long ago, if it was, and sets the next one.
pub async fn prune(pool: &PgPool, keep: Duration) -> Result<(), StoreError> {
    sqlx::query(
        "WITH due AS (
             SELECT next FROM search_marks WHERE marked_at <= now() - make_interval(secs => $1)
         ),
         gone AS (DELETE FROM search_changes WHERE xid < (SELECT next FROM due))
         UPDATE search_marks
         SET pruned = next, next = pg_snapshot_xmin(pg_current_snapshot()), marked_at = now()
         WHERE EXISTS (SELECT FROM due)",
    )
    .bind(keep.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(())
}
