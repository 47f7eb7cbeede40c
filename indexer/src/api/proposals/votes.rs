//! Who votes on a proposal.

use pedigree_sdk::accounts::{self, EntityKind};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Proof, Result, VoteAccount, base58};
use crate::api::parts::{self, Part};

/// A position's vote: the fields of its account, as rebuilt from its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Vote {
    pub address: String,
    /// Whether its account is closed; these are its last fields then.
    pub closed: bool,
    #[serde(flatten)]
    #[schema(value_type = VoteAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Those that were cast last.
pub async fn newest(db: &mut PgConnection, proposal: &[u8], born_slot: i64) -> Result<Vec<Vote>> {
    let (kind, whole) = (EntityKind::Vote, EntityKind::Proposal);
    let parts = parts::newest(db, kind, whole, proposal, born_slot).await?;
    parts.into_iter().map(Vote::of).collect()
}

impl Vote {
    fn of(part: Part) -> Result<Self> {
        Ok(Self {
            address: base58(&part.address),
            closed: part.closed,
            account: accounts::json(EntityKind::Vote, &part.bytes)?,
            proof: part.proof.into(),
        })
    }
}
