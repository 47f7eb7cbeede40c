use anchor_lang::prelude::*;

use super::{Position, less, plus};
use crate::constants::WEEK;

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
    /// The week of the last change, counted from 1970.
    pub week: u64,
    /// Least active weight in it so far.
    pub low: u64,
    /// Least active weight in the week before it.
    pub low_before: u64,
    pub spare: [u8; 8],
}

impl Stake {
    /// A new position.
    pub fn lock(&mut self, amount: u64, now: i64) -> Result<()> {
        let active = plus(self.active, amount)?;
        self.set_active(active, now);
        self.locked = plus(self.locked, amount)?;
        self.positions = plus(self.positions, 1)?;
        Ok(())
    }

    /// A position's unlock was requested.
    pub fn deactivate(&mut self, amount: u64, now: i64) -> Result<()> {
        let active = less(self.active, amount)?;
        self.set_active(active, now);
        Ok(())
    }

    /// What was active all the time of this week and the one before, at least seven days: what is locked for a moment is not in
    /// it, and raises no quorum that it could not vote for.
    pub fn settled(&self, now: i64) -> u64 {
        let (_, low, low_before) = self.lows(now);
        low.min(low_before)
    }

    /// This week, and the least active weights of this one and of the one before.
    fn lows(&self, now: i64) -> (u64, u64, u64) {
        let week = u64::try_from(now).unwrap_or(0) / WEEK;
        match week.saturating_sub(self.week) {
            0 => (self.week, self.low, self.low_before),
            1 => (week, self.active, self.low),
            _ => (week, self.active, self.active),
        }
    }

    fn set_active(&mut self, active: u64, now: i64) {
        let (week, low, low_before) = self.lows(now);
        self.active = active;
        self.week = week;
        self.low = low.min(active);
        self.low_before = low_before;
    }

    /// A position whose unlock was requested is withdrawn.
    pub fn release(&mut self, amount: u64) -> Result<()> {
        self.locked = less(self.locked, amount)?;
        self.positions = less(self.positions, 1)?;
        Ok(())
    }

    /// Part of a position, as it was before, is slashed.
    pub fn slash(&mut self, position: &Position, amount: u64, now: i64) -> Result<()> {
        self.locked = less(self.locked, amount)?;
        if !position.is_unlocking() {
            self.deactivate(amount, now)?;
        }
        self.slashed = plus(self.slashed, amount)?;
        Ok(())
    }
}
