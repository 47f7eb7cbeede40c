//! Derives tables from the raw events that are stored.

use sqlx::{PgConnection, PgPool};

use super::{
    StoreError, cursor, entities,
    raw_events::{self, Place},
    refold, taints, touched,
};
use crate::decode::{Located, Point};

/// Events folded at once.
const PAGE: i64 = 4_000;

/// Every table that is derived.
const DERIVED: &[&str] = &[
    "entity_events",
    "accounts",
    "unfolded",
    "profiles",
    "listings",
    "versions",
    "edges",
    "royalty_tables",
    "pools",
    "reviews",
    "mints",
    "orders",
    "market",
    "market_volumes",
    "market_days",
    "sessions",
    "epochs",
    "positions",
    "disputes",
    "proposals",
    "upheld_cases",
    "own_taints",
];

/// In one transaction: readers see the old tables until the new ones are whole. Fetched manifests and snapshots are kept;
/// they are inputs.
pub async fn rebuild(pool: &PgPool) -> Result<(), StoreError> {
    let mut tx = pool.begin().await?;
    let Some(frontier) = cursor::lock(&mut tx).await? else {
        return Ok(());
    };
    derive_all(&mut tx, frontier).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes what is derived, and derives it again.
pub async fn derive_all(db: &mut PgConnection, frontier: Point) -> Result<(), StoreError> {
    for table in DERIVED {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&mut *db)
            .await?;
    }
    taints::doubt_all(db).await?;
    let mut after = Place::before(0);
    loop {
        let page = raw_events::page(db, &after, frontier.slot, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Place::of(last);
        entities::apply(db, touched::by(&page, |_| true)).await?;
    }
    let told = refold::with_snapshots(db).await?;
    refold::refold(db, told).await?;
    Ok(cursor::set_folded(db, Some(frontier.slot)).await?)
}

/// Folds a page of events that are not yet, in one transaction with the note of how far it went. False where there are none.
pub async fn fold_some(pool: &PgPool) -> Result<bool, StoreError> {
    let mut tx = pool.begin().await?;
    let Some(frontier) = cursor::lock(&mut tx).await? else {
        return Ok(false);
    };
    let folded = cursor::folded_to(&mut tx).await?;
    if folded >= Some(frontier.slot) {
        return Ok(false);
    }
    let from = folded.map_or(0, |slot| slot.saturating_add(1));
    let (events, to) = whole_slots(&mut tx, from, frontier.slot).await?;
    entities::apply(&mut tx, touched::by(&events, |_| true)).await?;
    cursor::set_folded(&mut tx, Some(to)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Events from slot `from` on, as many whole slots as about a page holds, and the last slot that they reach.
async fn whole_slots(
    db: &mut PgConnection,
    from: u64,
    frontier: u64,
) -> Result<(Vec<Located>, u64), StoreError> {
    let mut page = raw_events::page(db, &Place::before(from), frontier, PAGE).await?;
    let full = i64::try_from(page.len()).is_ok_and(|length| length >= PAGE);
    let (Some(first), Some(last)) = (page.first(), page.last()) else {
        return Ok((page, frontier));
    };
    let (first, last) = (first.key.slot, last.key.slot);
    if !full {
        return Ok((page, frontier));
    }
    if first == last {
        // One slot holds more than a page.
        let whole = raw_events::page(db, &Place::before(first), first, i64::MAX).await?;
        return Ok((whole, first));
    }
    page.retain(|event| event.key.slot < last);
    Ok((page, last.saturating_sub(1)))
}

/// Refuses to write over derived tables that lack events.
pub async fn check_folded(
    db: &mut PgConnection,
    frontier: Option<Point>,
) -> Result<(), StoreError> {
    let Some(frontier) = frontier else {
        return Ok(());
    };
    match cursor::folded_to(db).await? {
        Some(folded) if folded >= frontier.slot => Ok(()),
        folded => Err(StoreError::NotFolded {
            folded: folded.unwrap_or_default(),
            slot: frontier.slot,
        }),
    }
}
