use anchor_lang::prelude::*;

use super::{Position, less, plus};

/// Sums over all positions, PDA `["stake"]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Stake {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 6],
    pub seq: u64,
    /// What the vault holds for positions.
    pub locked: u64,
    /// Of that, in positions whose unlock was not requested: the active weight.
    pub active: u64,
    pub positions: u64,
    /// Slashed so far, burnt and rewarded.
    pub slashed: u64,
    pub rent_payer: Address,
    pub spare: [u8; 32],
}

impl Stake {
    /// A new position.
    pub fn lock(&mut self, amount: u64) -> Result<()> {
        self.locked = plus(self.locked, amount)?;
        self.active = plus(self.active, amount)?;
        self.positions = plus(self.positions, 1)?;
        Ok(())
    }

    /// A position's unlock was requested.
    pub fn deactivate(&mut self, amount: u64) -> Result<()> {
        self.active = less(self.active, amount)?;
        Ok(())
    }

    /// A position whose unlock was requested is withdrawn.
    pub fn release(&mut self, amount: u64) -> Result<()> {
        self.locked = less(self.locked, amount)?;
        self.positions = less(self.positions, 1)?;
        Ok(())
    }

    /// Part of a position, as it was before, is slashed.
    pub fn slash(&mut self, position: &Position, amount: u64) -> Result<()> {
        self.locked = less(self.locked, amount)?;
        if !position.is_unlocking() {
            self.active = less(self.active, amount)?;
        }
        self.slashed = plus(self.slashed, amount)?;
        Ok(())
    }
}
