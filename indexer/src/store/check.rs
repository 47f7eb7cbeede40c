//! Whether what is stored is whole.

use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::{StoreError, cursor, rebuild, table_hash, taints::PENDING};

/// What is wrong with an index; all zero where nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub slot: Option<i64>,
    pub finalized_slot: Option<i64>,
    /// Stored blocks whose parent is not the stored block before them, by slot and, where the network chains them, by hash.
    pub unlinked_blocks: i64,
    /// Blocks at or below the last final slot that are not marked as such.
    pub unpromoted_blocks: i64,
    /// Slots of which raw events are stored, but no derived rows yet.
    pub unfolded_slots: i64,
    /// Places where events of an account are missing.
    pub gaps: i64,
    /// Accounts that are told by a snapshot.
    pub snapshots: i64,
    pub dead_letters: i64,
    /// Accounts whose bytes do not have the hash that is served.
    pub wrong_hashes: i64,
    /// Listings with another taint than their lineage gives them, once it is spread; 0 until then.
    pub wrong_taints: i64,
    /// Whether deriving every table again changes nothing; null where that was not asked.
    pub derived_equal: Option<bool>,
}

impl Checked {
    /// Whether nothing is wrong. Dead letters and snapshots are known, told and kept; they are no fault of the index.
    pub fn is_sound(&self) -> bool {
        let faults = [
            self.unlinked_blocks,
            self.unpromoted_blocks,
            self.unfolded_slots,
            self.gaps,
            self.wrong_hashes,
            self.wrong_taints,
        ];
        faults.iter().all(|fault| *fault == 0) && self.derived_equal != Some(false)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    slot: Option<i64>,
    finalized_slot: Option<i64>,
    unlinked_blocks: i64,
    unpromoted_blocks: i64,
    unfolded_slots: i64,
    gaps: i64,
    snapshots: i64,
    dead_letters: i64,
    wrong_hashes: i64,
    wrong_taints: i64,
}

pub async fn check(db: &mut PgConnection) -> Result<Checked, StoreError> {
    // The last one follows the lineage through whatever circles it claims.
    let sql = format!(
        "WITH RECURSIVE descending AS (
             SELECT listing FROM own_taints
             UNION SELECT e.child FROM descending d JOIN edges e ON e.parent = d.listing AND e.status <> 'revoked')
         SELECT (SELECT slot FROM cursor) AS slot,
                (SELECT finalized_slot FROM cursor) AS finalized_slot,
                (SELECT count(*) FROM (
                     SELECT parent_slot, parent_hash, lag(slot) OVER by_slot AS before, lag(hash) OVER by_slot AS before_hash
                     FROM blocks WINDOW by_slot AS (ORDER BY slot)) AS linked
                 WHERE before IS NOT NULL AND (parent_slot <> before
                     OR parent_hash <> before_hash AND (SELECT hashes_chain FROM network))) AS unlinked_blocks,
                (SELECT count(*) FROM blocks
                 WHERE status = 'confirmed' AND slot <= (SELECT finalized_slot FROM cursor)) AS unpromoted_blocks,
                coalesce((SELECT slot - coalesce(folded_slot, 0) FROM cursor), 0) AS unfolded_slots,
                (SELECT count(*) FROM entity_gaps) AS gaps,
                (SELECT count(DISTINCT (kind, address)) FROM snapshots) AS snapshots,
                (SELECT count(*) FROM dead_letters) AS dead_letters,
                (SELECT count(*) FROM accounts WHERE sha256(bytes) <> account_hash) AS wrong_hashes,
                (SELECT count(*) FROM descending d FULL JOIN taints t ON t.listing = d.listing
                 WHERE (d.listing IS NULL OR t.listing IS NULL) AND NOT {PENDING}) AS wrong_taints"
    );
    // Made of constants of this crate alone.
    let row: Row = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(db).await?;
    Ok(Checked {
        slot: row.slot,
        finalized_slot: row.finalized_slot,
        unlinked_blocks: row.unlinked_blocks,
        unpromoted_blocks: row.unpromoted_blocks,
        unfolded_slots: row.unfolded_slots,
        gaps: row.gaps,
        snapshots: row.snapshots,
        dead_letters: row.dead_letters,
        wrong_hashes: row.wrong_hashes,
        wrong_taints: row.wrong_taints,
        derived_equal: None,
    })
}

/// Whether deriving every table again changes nothing. Nothing is changed either way: it is rolled back.
pub async fn derives_equal(pool: &PgPool) -> Result<bool, StoreError> {
    let mut tx = pool.begin().await?;
    let Some(frontier) = cursor::lock(&mut tx).await? else {
        return Ok(true);
    };
    let before = table_hash::of(&mut tx).await?;
    rebuild::derive_all(&mut tx, frontier).await?;
    let after = table_hash::of(&mut tx).await?;
    tx.rollback().await?;
    Ok(before == after)
}
