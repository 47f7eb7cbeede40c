//! Accounts that belong to another one without naming it: a dispute's jurors, a proposal's votes.

use pedigree_sdk::accounts::EntityKind;
use sqlx::PgConnection;

use super::{problem::Result, render::ProofRow};

/// Parts that are shown of a whole.
const SHOWN: i64 = 100;

#[derive(sqlx::FromRow)]
pub struct Part {
    pub address: Vec<u8>,
    pub closed: bool,
    pub bytes: Vec<u8>,
    #[sqlx(flatten)]
    pub proof: ProofRow,
}

/// Those that were made last, the newest first. Whose part an account is the event says that made it, as it changed both.
pub async fn newest(
    db: &mut PgConnection,
    kind: EntityKind,
    whole: EntityKind,
    address: &[u8],
    born_slot: i64,
) -> Result<Vec<Part>> {
    let parts = sqlx::query_as(
        "SELECT a.address, a.closed, a.bytes, a.slot AS proof_slot, a.seq AS proof_seq,
                a.signature AS proof_signature, a.account_hash AS proof_hash
         FROM entity_events w
         JOIN entity_events p ON p.kind = $1 AND p.seq = 1
             AND p.slot = w.slot AND p.signature = w.signature AND p.ix_path = w.ix_path
         JOIN accounts a ON a.kind = p.kind AND a.address = p.address AND a.born_slot = p.born_slot
         WHERE w.kind = $2 AND w.address = $3 AND w.born_slot = $4
         ORDER BY w.seq DESC LIMIT $5",
    )
    .bind(kind.name())
    .bind(whole.name())
    .bind(address)
    .bind(born_slot)
    .bind(SHOWN)
    .fetch_all(db)
    .await?;
    Ok(parts)
}
