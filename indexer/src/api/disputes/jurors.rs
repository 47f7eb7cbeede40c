//! Who votes in a dispute.

use pedigree_sdk::accounts::{self, EntityKind};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Proof, Result, base58};
use crate::api::parts::{self, Part};

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

/// Those that committed a vote last.
pub async fn newest(db: &mut PgConnection, dispute: &[u8], born_slot: i64) -> Result<Vec<Juror>> {
    let (kind, whole) = (EntityKind::Juror, EntityKind::Dispute);
    let parts = parts::newest(db, kind, whole, dispute, born_slot).await?;
    parts.into_iter().map(Juror::of).collect()
}

impl Juror {
    fn of(part: Part) -> Result<Self> {
        Ok(Self {
            address: base58(&part.address),
            closed: part.closed,
            account: accounts::json(EntityKind::Juror, &part.bytes)?,
            proof: part.proof.into(),
        })
    }
}
