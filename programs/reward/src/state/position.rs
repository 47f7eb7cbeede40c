use anchor_lang::prelude::*;

use super::{less, plus};
use crate::error::RewardError;

/// Locked tokens, PDA `["position", owner, id]`: weight in votes, standing of a validator.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Position {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 2],
    /// Attestations of it that are alive.
    pub attestations: u32,
    pub seq: u64,
    /// Slot in which the account was made: tells two positions at one address apart.
    pub born_slot: u64,
    /// In the address.
    pub id: u64,
    pub amount: u64,
    /// Of that, what its attestations risk.
    pub staked: u64,
    /// Unix seconds.
    pub locked_at: i64,
    /// From then on it may be withdrawn; 0 until its unlock is requested.
    pub unlock_at: i64,
    /// In the address.
    pub owner: Address,
    pub rent_payer: Address,
    pub spare: [u8; 32],
}

impl Position {
    /// Whether its unlock was requested: it has no weight then.
    pub fn is_unlocking(&self) -> bool {
        self.unlock_at != 0
    }

    /// Requests its unlock. Fails with `Unlocking` where that was done.
    pub fn request_unlock(&mut self, now: i64, cooling: u32) -> Result<()> {
        require!(!self.is_unlocking(), RewardError::Unlocking);
        self.unlock_at = now
            .checked_add(i64::from(cooling))
            .ok_or(RewardError::AmountTooLarge)?;
        Ok(())
    }

    /// Errors with `StillLocked`, `StillAttesting` unless it may be withdrawn at `now`.
    pub fn check_withdrawable(&self, now: i64) -> Result<()> {
        require!(
            self.is_unlocking() && now >= self.unlock_at,
            RewardError::StillLocked
        );
        require!(self.attestations == 0, RewardError::StillAttesting);
        Ok(())
    }

    /// Puts `stake` of it at risk. Fails with `Unlocking`, `StakeOutOfBounds` where that is less than `least` or more
    /// than is at no risk yet.
    pub fn risk(&mut self, stake: u64, least: u64) -> Result<()> {
        require!(!self.is_unlocking(), RewardError::Unlocking);
        let staked = plus(self.staked, stake)?;
        require!(
            stake >= least && staked <= self.amount,
            RewardError::StakeOutOfBounds
        );
        self.staked = staked;
        self.attestations = self
            .attestations
            .checked_add(1)
            .ok_or(RewardError::AmountTooLarge)?;
        Ok(())
    }

    /// What an attestation risked is at risk no more.
    pub fn release(&mut self, stake: u64) -> Result<()> {
        self.staked = less(self.staked, stake)?;
        self.attestations = self
            .attestations
            .checked_sub(1)
            .ok_or(RewardError::LedgerBroken)?;
        Ok(())
    }

    /// What an attestation risked is lost.
    pub fn slash(&mut self, stake: u64) -> Result<()> {
        self.release(stake)?;
        self.amount = less(self.amount, stake)?;
        Ok(())
    }
}
