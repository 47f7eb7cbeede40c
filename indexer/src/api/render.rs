//! Values as the API writes them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::search::Slots;

/// Bytes of an address or a signature, in base58.
pub fn base58(bytes: &[u8]) -> String {
    bs58::encode(bytes).into_string()
}

/// Unix seconds as RFC 3339 in UTC; none for what no calendar holds.
pub fn time(seconds: i64) -> Option<String> {
    DateTime::<Utc>::from_timestamp(seconds, 0)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// What the index claims of an account, to be compared with the chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proof {
    /// Slot of the account's last event.
    pub slot: i64,
    /// Number of that event; the account stores it.
    pub seq: i64,
    /// Signature of its transaction, base58; null where a snapshot of the account stands for events that were never
    /// seen.
    pub signature: Option<String>,
    /// SHA-256 of the account's bytes as rebuilt from its events, hex.
    pub account_hash: String,
}

/// A proof's columns, as every query names them.
#[derive(Debug, sqlx::FromRow)]
pub struct ProofRow {
    pub proof_slot: i64,
    pub proof_seq: i64,
    pub proof_signature: Option<Vec<u8>>,
    pub proof_hash: Vec<u8>,
}

impl From<ProofRow> for Proof {
    fn from(row: ProofRow) -> Self {
        Self {
            slot: row.proof_slot,
            seq: row.proof_seq,
            signature: row.proof_signature.as_deref().map(base58),
            account_hash: hex::encode(row.proof_hash),
        }
    }
}

/// Up to where the index has read the chain.
#[derive(Clone, Debug, Default, Serialize, ToSchema, sqlx::FromRow)]
pub struct Index {
    /// Newest slot stored; null before the first.
    pub slot: Option<i64>,
    /// Newest slot known to be final.
    pub finalized_slot: Option<i64>,
    /// Up to here taint is spread to all descendants; null while that is not known.
    pub taint_slot: Option<i64>,
}

impl From<Slots> for Index {
    fn from(slots: Slots) -> Self {
        Self {
            // Before the first it is less than any.
            slot: Some(slots.slot).filter(|slot| *slot >= 0),
            finalized_slot: slots.finalized_slot,
            taint_slot: slots.taint_slot,
        }
    }
}

impl Index {
    pub async fn read(db: &mut sqlx::PgConnection) -> Result<Self, sqlx::Error> {
        let found = sqlx::query_as("SELECT slot, finalized_slot, taint_slot FROM cursor")
            .fetch_optional(db)
            .await?;
        Ok(found.unwrap_or_default())
    }
}
