//! Spreads taint from the listings that have it by themselves to all that descends from them, and takes it back.
//!
//! It is done in batches, each a transaction under the cursor's lock and so between two of the writer's, and what is left is
//! in the database: whoever goes on after a kill goes on there. Taint that an ancestor gave may have come by other ways too.
//! So a listing that lost something is doubted with all its descendants, each is looked at for a tainted parent that is not,
//! such taint is spread again, and only then what is left of the doubted ends. Until then they count as tainted. That needs
//! no lineage without circles, though the programs allow none.

use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::{StoreError, cursor, taints::PENDING};

/// Listings looked at in one batch.
pub const BATCH: usize = 1_000;
/// Steps of one batch, so that a long and narrow lineage does not hold up the writer either.
const STEPS: usize = 32;
/// Listings whose children are looked at in one step.
const WAVES: i64 = 64;

/// Whether a batch has anything to do.
pub async fn is_pending(db: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let sql = format!(
        "SELECT folded_slot IS NOT NULL AND (taint_slot IS DISTINCT FROM folded_slot OR {PENDING}) FROM cursor"
    );
    // Made of constants of this crate alone.
    let pending: Option<bool> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_optional(db)
        .await?;
    Ok(pending.unwrap_or_default())
}

/// Spreads one batch. False where all is spread, which `cursor` says then.
pub async fn spread_some(pool: &PgPool) -> Result<bool, StoreError> {
    let mut tx = pool.begin().await?;
    cursor::lock(&mut tx).await?;
    let (mut left, mut more) = (BATCH, true);
    for _ in 0..STEPS {
        let looked_at = step(&mut tx, left).await?;
        if looked_at == 0 {
            sqlx::query(
                "UPDATE cursor SET taint_slot = folded_slot WHERE taint_slot IS DISTINCT FROM folded_slot",
            )
            .execute(&mut *tx)
            .await?;
            more = false;
            break;
        }
        left = left.saturating_sub(looked_at);
        if left == 0 {
            break;
        }
    }
    tx.commit().await?;
    Ok(more)
}

/// One step of the first kind that there is work for, as each relies on there being none for those before it. Gives how many
/// listings were looked at; 0 where nothing is left.
async fn step(db: &mut PgConnection, limit: usize) -> Result<usize, sqlx::Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut looked_at = look(db, limit).await?;
    if looked_at == 0 {
        looked_at = wave(db, true, limit).await?;
    }
    if looked_at == 0 {
        looked_at = wave(db, false, limit).await?;
    }
    if looked_at == 0 {
        looked_at = judge(db, limit).await?;
    }
    if looked_at == 0 {
        looked_at = end(db, limit).await?;
    }
    Ok(looked_at)
}

/// Listings that changed by themselves, or by an edge to a parent.
async fn look(db: &mut PgConnection, limit: i64) -> Result<usize, sqlx::Error> {
    let changes: Vec<(Vec<u8>, bool, bool)> = sqlx::query_as(
        "WITH taken AS (
             DELETE FROM taint_changes
             WHERE listing IN (SELECT listing FROM taint_changes ORDER BY listing LIMIT $1)
             RETURNING listing, lost
         )
         SELECT c.listing, c.lost, coalesce(t.standing = 'sure', false)
         FROM taken c LEFT JOIN taints t ON t.listing = c.listing",
    )
    .bind(limit)
    .fetch_all(&mut *db)
    .await?;
    let (mut lost, mut others) = (Vec::new(), Vec::new());
    let count = changes.len();
    for (listing, has_lost, is_sure) in changes {
        match (has_lost, is_sure) {
            (true, true) => lost.push(listing),
            (_, false) => others.push(listing),
            (false, true) => {}
        }
    }
    doubt(db, &lost).await?;
    let tainted = founded(db, &others).await?;
    taint(db, &tainted).await?;
    Ok(count)
}

/// Children of listings that are doubted or tainted, as many as there is room for.
async fn wave(db: &mut PgConnection, doubts: bool, limit: i64) -> Result<usize, sqlx::Error> {
    let waves: Vec<(Vec<u8>, Vec<u8>, bool)> = sqlx::query_as(
        "SELECT w.listing, w.after, w.doubts OR coalesce(t.standing = 'sure', false)
         FROM taint_waves w LEFT JOIN taints t ON t.listing = w.listing
         WHERE w.doubts = $1 ORDER BY w.listing LIMIT $2",
    )
    .bind(doubts)
    .bind(WAVES)
    .fetch_all(&mut *db)
    .await?;
    // A listing that was doubted since taints nobody.
    let (going, stopped): (Vec<_>, Vec<_>) = waves.into_iter().partition(|(_, _, goes)| *goes);
    let mut over: Vec<Vec<u8>> = stopped.into_iter().map(|(listing, _, _)| listing).collect();
    let found = children(db, &going, limit).await?;
    let is_cut = i64::try_from(found.len()).is_ok_and(|found| found >= limit);
    let last = found.last().filter(|_| is_cut);
    for (place, (listing, ..)) in (1..).zip(&going) {
        match last {
            Some(last) if place == last.place => move_on(db, doubts, listing, &last.child).await?,
            Some(last) if place > last.place => break,
            _ => over.push(listing.clone()),
        }
    }
    sqlx::query("DELETE FROM taint_waves WHERE doubts = $1 AND listing = ANY($2)")
        .bind(doubts)
        .bind(&over)
        .execute(&mut *db)
        .await?;
    // A wave that brings nobody is work too.
    let looked_at = found.len().saturating_add(over.len());
    let in_force = found.into_iter().filter(|found| found.in_force);
    let mut children: Vec<Vec<u8>> = in_force.map(|found| found.child).collect();
    children.sort();
    children.dedup();
    match doubts {
        true => doubt(db, &children).await?,
        false => taint(db, &children).await?,
    }
    Ok(looked_at)
}

/// An edge to one of the parents that are asked about.
#[derive(sqlx::FromRow)]
struct Found {
    /// Of the parent among them, from 1.
    place: i64,
    child: Vec<u8>,
    in_force: bool,
}

/// Edges to parents, each from where its wave is, in their order.
async fn children(
    db: &mut PgConnection,
    waves: &[(Vec<u8>, Vec<u8>, bool)],
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    let (parents, after): (Vec<&[u8]>, Vec<&[u8]>) = waves
        .iter()
        .map(|(listing, after, _)| (&listing[..], &after[..]))
        .unzip();
    sqlx::query_as(
        "SELECT w.place, c.child, c.in_force
         FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS w (listing, after, place)
         CROSS JOIN LATERAL (
             SELECT e.child, e.status <> 'revoked' AS in_force FROM edges e
             WHERE e.parent = w.listing AND e.child > w.after ORDER BY e.child LIMIT $3
         ) AS c
         ORDER BY w.place, c.child LIMIT $3",
    )
    .bind(parents)
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await
}

async fn move_on(
    db: &mut PgConnection,
    doubts: bool,
    listing: &[u8],
    after: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE taint_waves SET after = $3 WHERE doubts = $1 AND listing = $2")
        .bind(doubts)
        .bind(listing)
        .bind(after)
        .execute(db)
        .await?;
    Ok(())
}

/// Doubted listings: each is tainted after all, or only others that are doubted say so.
async fn judge(db: &mut PgConnection, limit: i64) -> Result<usize, sqlx::Error> {
    let doubted: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT listing FROM taints WHERE standing = 'doubted' ORDER BY listing LIMIT $1",
    )
    .bind(limit)
    .fetch_all(&mut *db)
    .await?;
    if doubted.is_empty() {
        return Ok(0);
    }
    let tainted = founded(db, &doubted).await?;
    sqlx::query("UPDATE taints SET standing = 'unfounded' WHERE listing = ANY($1)")
        .bind(&doubted)
        .execute(&mut *db)
        .await?;
    taint(db, &tainted).await?;
    Ok(doubted.len())
}

/// Taint that nothing is left of.
async fn end(db: &mut PgConnection, limit: i64) -> Result<usize, sqlx::Error> {
    let ended = sqlx::query(
        "DELETE FROM taints WHERE listing IN (
             SELECT listing FROM taints WHERE standing = 'unfounded' ORDER BY listing LIMIT $1)",
    )
    .bind(limit)
    .execute(db)
    .await?;
    Ok(usize::try_from(ended.rows_affected()).unwrap_or(usize::MAX))
}

/// Those that are tainted by themselves, or by a parent whose taint is sure.
async fn founded(db: &mut PgConnection, listings: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    if listings.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar(
        "SELECT w.listing FROM unnest($1::bytea[]) AS w (listing)
         WHERE EXISTS (SELECT FROM own_taints o WHERE o.listing = w.listing)
             OR EXISTS (SELECT FROM edges e JOIN taints t ON t.listing = e.parent AND t.standing = 'sure'
                        WHERE e.child = w.listing AND e.status <> 'revoked')",
    )
    .bind(listings)
    .fetch_all(db)
    .await
}

/// Taints listings for sure; those that were not have their children looked at.
async fn taint(db: &mut PgConnection, listings: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    if listings.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "WITH tainted AS (
             INSERT INTO taints (listing) SELECT unnest($1::bytea[])
             ON CONFLICT (listing) DO UPDATE SET standing = 'sure' WHERE taints.standing <> 'sure'
             RETURNING listing
         )
         INSERT INTO taint_waves (doubts, listing) SELECT false, listing FROM tainted
         ON CONFLICT (doubts, listing) DO UPDATE SET after = ''",
    )
    .bind(listings)
    .execute(db)
    .await?;
    Ok(())
}

/// Doubts listings, but for those that are tainted by themselves, and has their children looked at.
async fn doubt(db: &mut PgConnection, listings: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    if listings.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "WITH doubted AS (
             UPDATE taints t SET standing = 'doubted'
             WHERE t.listing = ANY($1) AND t.standing = 'sure'
                 AND NOT EXISTS (SELECT FROM own_taints o WHERE o.listing = t.listing)
             RETURNING t.listing
         )
         INSERT INTO taint_waves (doubts, listing) SELECT true, listing FROM doubted
         ON CONFLICT (doubts, listing) DO UPDATE SET after = ''",
    )
    .bind(listings)
    .execute(db)
    .await?;
    Ok(())
}
