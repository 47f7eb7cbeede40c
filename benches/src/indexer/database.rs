//! What measurements do to databases besides indexing.

use anyhow::Result;
use sqlx::{Connection, Executor, PgConnection};

/// Tables that hold one row each, or none, and no input.
const NO_ROWS: [&str; 6] = [
    "_sqlx_migrations",
    "api_secret",
    "cursor",
    "event_log_head",
    "network",
    "search_marks",
];

/// Writes to disk what waits for it, so that nobody else's rows are written while somebody's time is taken.
pub async fn settle(url: &str) -> Result<()> {
    let mut db = PgConnection::connect(url).await?;
    db.execute("CHECKPOINT").await?;
    Ok(db.close().await?)
}

/// Every table with rows.
pub async fn tables(db: &mut PgConnection) -> Result<Vec<String>> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
         ORDER BY 1",
    )
    .fetch_all(db)
    .await?;
    let names = names.into_iter();
    Ok(names.filter(|name| !NO_ROWS.contains(&&name[..])).collect())
}

/// Room for raw events of any slot.
pub async fn partition(db: &mut PgConnection) -> Result<()> {
    db.execute("CREATE TABLE raw_events_all PARTITION OF raw_events FOR VALUES FROM (MINVALUE) TO (MAXVALUE)")
        .await?;
    Ok(())
}
