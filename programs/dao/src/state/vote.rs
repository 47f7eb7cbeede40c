use anchor_lang::prelude::*;

use super::plus;

/// How a position votes on a proposal.
pub mod vote_choice {
    pub const YES: u8 = 1;
    pub const NO: u8 = 2;
    /// Counts for the quorum alone.
    pub const ABSTAIN: u8 = 3;
}

/// A position's vote on a proposal, PDA `["vote", proposal, position]`. Its owner paid its rent.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Vote {
    pub layout: u8,
    pub bump: u8,
    /// One of [`vote_choice`].
    pub choice: u8,
    pub reserved: [u8; 5],
    pub seq: u64,
    /// Slot in which the account was made.
    pub born_slot: u64,
    /// Number of the proposal, which no other ever has.
    pub proposal: u64,
    /// Of the position when it was cast.
    pub weight: u64,
    pub owner: Address,
}

impl Vote {
    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = plus(self.seq, 1)?;
        Ok(())
    }
}
