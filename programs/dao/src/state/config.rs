use anchor_lang::prelude::*;
use common::voting::MAX_VOTE;

use super::plus;
use crate::{
    constants::{APPEAL, PHASE, QUORUM_PPM},
    error::DaoError,
};

/// The program's settings, PDA `["config"]`. Disputes copy what concerns them.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 2],
    /// Revealed weight that a first round needs, in ppm of the active weight.
    pub quorum_ppm: u32,
    pub seq: u64,
    pub authority: Address,
    /// All zero unless a transfer of the authority was proposed.
    pub pending_authority: Address,
    /// The wallet that donations to vaults go to, to its associated token account.
    pub treasury: Address,
    /// What bonds are paid in: the reward program's token.
    pub mint: Address,
    pub rent_payer: Address,
    /// Seconds, as the three below.
    pub evidence: u32,
    pub commit: u32,
    pub reveal: u32,
    pub appeal: u32,
    /// Revealed weight that a first round needs at least.
    pub quorum_floor: u64,
    /// Bond of who opens a case that is no order's.
    pub case_bond: u64,
    /// Bond of a first appeal; twice as much for the second.
    pub appeal_bond: u64,
    pub spare: [u8; 128],
}

impl Config {
    /// Bounds of all settings.
    pub fn invariant(&self) -> Result<()> {
        let phases = [self.evidence, self.commit, self.reveal];
        let whole = phases
            .into_iter()
            .try_fold(0u32, |sum, phase| sum.checked_add(phase));
        require!(
            phases.iter().all(|phase| PHASE.contains(phase))
                && whole.is_some_and(|whole| whole <= MAX_VOTE),
            DaoError::PhaseOutOfBounds
        );
        require!(APPEAL.contains(&self.appeal), DaoError::AppealOutOfBounds);
        require!(
            QUORUM_PPM.contains(&self.quorum_ppm) && self.quorum_floor > 0,
            DaoError::QuorumOutOfBounds
        );
        require!(
            self.case_bond > 0 && self.appeal_bond > 0,
            DaoError::BondOutOfBounds
        );
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = plus(self.seq, 1)?;
        Ok(())
    }
}
