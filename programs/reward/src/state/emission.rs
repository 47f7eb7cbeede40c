use anchor_lang::prelude::*;

use super::{Config, Epoch, less, plus};
use crate::error::RewardError;

/// What was emitted and is nobody's yet, PDA `["emission"]`.
///
/// At every moment the emission of the first `accrued` epochs, and what was `returned`, are what is in the `pool` and what
/// was `granted`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Emission {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 2],
    /// Epochs whose emission is in the figures below.
    pub accrued: u32,
    pub seq: u64,
    /// Emitted, and allotted to no epoch.
    pub pool: u64,
    /// Allotted to epochs so far.
    pub granted: u64,
    /// Of that, back in the pool, as nobody claimed it.
    pub returned: u64,
    /// Index of the epoch that was opened last, plus one; 0 before the first.
    pub last_opened: u32,
    /// Index of the epoch that was finished last, plus one; 0 before the first.
    pub last_finished: u32,
    pub rent_payer: Address,
    pub spare: [u8; 32],
}

impl Emission {
    /// Emits for all epochs up to `epoch`, and allots to it what its points can bring at most. Returns what was emitted.
    ///
    /// Fails with `EpochOutOfOrder` where one that was opened before it is not finished.
    pub fn finish(&mut self, config: &Config, epoch: &mut Epoch) -> Result<u64> {
        require!(
            epoch.previous == self.last_finished,
            RewardError::EpochOutOfOrder
        );
        let accrued = epoch
            .index
            .checked_add(1)
            .ok_or(RewardError::AmountTooLarge)?;
        let emitted = less(
            config.cumulative(accrued)?,
            config.cumulative(self.accrued)?,
        )?;
        self.accrued = accrued;
        self.last_finished = accrued;
        let pool = plus(self.pool, emitted)?;
        epoch.allotted = pool.min(epoch.total);
        self.pool = less(pool, epoch.allotted)?;
        self.granted = plus(self.granted, epoch.allotted)?;
        self.invariant(config)?;
        Ok(emitted)
    }

    /// Takes back what of `epoch` nobody claimed, and returns how much.
    pub fn take_back(&mut self, config: &Config, epoch: &Epoch) -> Result<u64> {
        let amount = less(epoch.allotted, epoch.claimed)?;
        self.pool = plus(self.pool, amount)?;
        self.returned = plus(self.returned, amount)?;
        self.invariant(config)?;
        Ok(amount)
    }

    fn invariant(&self, config: &Config) -> Result<()> {
        let emitted = plus(config.cumulative(self.accrued)?, self.returned)?;
        require!(
            emitted == plus(self.pool, self.granted)? && self.returned <= self.granted,
            RewardError::LedgerBroken
        );
        Ok(())
    }
}
