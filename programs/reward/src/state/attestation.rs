use anchor_lang::prelude::*;
use common::dispute::{DisputeHead, DocketHead, dispute_status};

use crate::{
    constants::{CASE_PERIOD, SLASHING_PERIOD},
    error::RewardError,
};

/// A validator's verdict.
pub mod verdict {
    pub const GOOD: u8 = 1;
    pub const BAD: u8 = 2;
}

/// A validator's verdict on a version of a listing, PDA `["attestation", position, listing, version]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Attestation {
    pub layout: u8,
    pub bump: u8,
    /// One of [`verdict`].
    pub verdict: u8,
    pub reserved: [u8; 1],
    /// Of the listing.
    pub version: u32,
    pub seq: u64,
    /// Slot in which the account was made: tells two at one address apart.
    pub born_slot: u64,
    /// Base units of the position that it risks.
    pub stake: u64,
    /// Unix seconds.
    pub attested_at: i64,
    /// From then on it may be closed.
    pub expires_at: i64,
    pub position: Address,
    /// The position's.
    pub owner: Address,
    pub listing: Address,
    /// [`common::dispute::version_hash`] of what was attested.
    pub subject_hash: [u8; 32],
    pub evidence_hash: [u8; 32],
    pub rent_payer: Address,
    pub spare: [u8; 32],
}

impl Attestation {
    /// Whether a dispute of what was attested ended in a ruling to the contrary.
    pub fn is_contradicted(&self, dispute: &DisputeHead) -> bool {
        let contrary = match self.verdict {
            verdict::GOOD => 100,
            _ => 0,
        };
        dispute.status == dispute_status::FINAL && dispute.share == contrary
    }

    /// Errors with `AttestationAlive`, `ListingDisputed` unless it may be closed at `now`; `docket` is the listing's,
    /// where it was ever disputed. What is disputed later than a case lasts holds nothing back: else cases could follow one
    /// another for ever.
    pub fn check_closable(&self, docket: Option<&DocketHead>, now: i64) -> Result<()> {
        require!(now >= self.expires_at, RewardError::AttestationAlive);
        let last = self
            .expires_at
            .saturating_add(CASE_PERIOD)
            .saturating_add(SLASHING_PERIOD);
        let disputed = docket.filter(|_| now < last).is_some_and(|docket| {
            let slashable = docket.ended_at.saturating_add(SLASHING_PERIOD);
            docket.open > 0 || (docket.ended_at > 0 && now < slashable)
        });
        require!(!disputed, RewardError::ListingDisputed);
        Ok(())
    }
}
