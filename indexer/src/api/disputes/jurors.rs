//! Who votes in a dispute.

use pedigree_sdk::accounts::{self, EntityKind};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Proof, ProofRow, Result, base58};

/// Jurors that are shown of a dispute.
const SHOWN: i64 = 100;

/// A vote that a position committed in a round: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Juror {
    pub address: String,
    /// Whether it is settled and its account closed; these are its last fields then.
    pub closed: bool,
    #[serde(flatten)]
    #[schema(value_type = JurorAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of a juror's account. Keys are base58, hashes hex, amounts base units of the token.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct JurorAccount {
    /// The position's.
    owner: String,
    /// From 0.
    round: u8,
    /// Index of what it chose, from 0 to 4: 0, 25, 50, 75, 100 percent; 255 until it is revealed.
    choice: u8,
    /// Of the position when it committed.
    weight: String,
    /// What it committed to, the first 24 bytes of a hash.
    commitment: Option<String>,
    born_slot: u64,
    /// Number of its last event.
    seq: u64,
}

#[derive(sqlx::FromRow)]
struct Row {
    address: Vec<u8>,
    closed: bool,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

/// Those that committed a vote last. A juror's account does not say of which dispute it is: the event does that made it,
/// as it changed both.
pub async fn newest(db: &mut PgConnection, dispute: &[u8], born_slot: i64) -> Result<Vec<Juror>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT a.address, a.closed, a.bytes, a.slot AS proof_slot, a.seq AS proof_seq,
                a.signature AS proof_signature, a.account_hash AS proof_hash
         FROM entity_events d
         JOIN entity_events j ON j.kind = 'juror' AND j.seq = 1
             AND j.slot = d.slot AND j.signature = d.signature AND j.ix_path = d.ix_path
         JOIN accounts a ON a.kind = j.kind AND a.address = j.address AND a.born_slot = j.born_slot
         WHERE d.kind = 'dispute' AND d.address = $1 AND d.born_slot = $2
         ORDER BY d.seq DESC LIMIT $3",
    )
    .bind(dispute)
    .bind(born_slot)
    .bind(SHOWN)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::into_juror).collect()
}

impl Row {
    fn into_juror(self) -> Result<Juror> {
        Ok(Juror {
            address: base58(&self.address),
            closed: self.closed,
            account: accounts::json(EntityKind::Juror, &self.bytes)?,
            proof: self.proof.into(),
        })
    }
}
