use anchor_lang::prelude::*;

use super::{Points, plus};
use crate::{error::RewardError, math};

/// Status of an epoch: `OPEN → FINISHED → EXPIRED`.
pub mod epoch_status {
    /// Fees are recorded in it while it lasts.
    pub const OPEN: u8 = 1;
    /// Points are claimed.
    pub const FINISHED: u8 = 2;
    /// What was not claimed rolled on.
    pub const EXPIRED: u8 = 3;
}

/// A reward period in which fees were recorded, PDA `["epoch", index]`. Never closes.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Epoch {
    pub layout: u8,
    pub bump: u8,
    /// One of [`epoch_status`].
    pub status: u8,
    pub reserved: [u8; 1],
    pub index: u32,
    pub seq: u64,
    /// Unix seconds.
    pub starts_at: i64,
    /// Unix seconds: the beginning of the next one.
    pub ends_at: i64,
    /// Claims are taken up to then; 0 until it is finished.
    pub claim_until: i64,
    /// Points of all.
    pub total: u64,
    /// Base units for them; 0 until it is finished.
    pub allotted: u64,
    pub claimed: u64,
    /// Orders whose fees were recorded in it.
    pub orders: u64,
    /// Index of the epoch that was opened before it, plus one; 0 where it is the first.
    pub previous: u32,
    pub reserved_2: [u8; 4],
    pub rent_payer: Address,
    pub spare: [u8; 32],
}

impl Epoch {
    /// Errors with `NotCurrentEpoch` unless fees may be recorded in it at `now`.
    pub fn check_current(&self, now: i64) -> Result<()> {
        let lasts = self.starts_at <= now && now < self.ends_at;
        require!(
            self.status == epoch_status::OPEN && lasts,
            RewardError::NotCurrentEpoch
        );
        Ok(())
    }

    /// Errors with `WrongEpochState`, `EpochNotOver` unless it may be finished at `now`.
    pub fn check_over(&self, now: i64) -> Result<()> {
        require!(
            self.status == epoch_status::OPEN,
            RewardError::WrongEpochState
        );
        require!(now >= self.ends_at, RewardError::EpochNotOver);
        Ok(())
    }

    /// Counts an order whose fee credits so many points.
    pub fn credit(&mut self, points: u64) -> Result<()> {
        self.total = plus(self.total, points)?;
        self.orders = plus(self.orders, 1)?;
        Ok(())
    }

    /// Takes a claim of `points` at `now`, and returns the base units that they bring.
    ///
    /// Fails with `WrongEpochState`, `ClaimOver`, `WrongAccount` where the points are another epoch's.
    pub fn claim(&mut self, points: &Points, now: i64) -> Result<u64> {
        require!(
            self.status == epoch_status::FINISHED,
            RewardError::WrongEpochState
        );
        require!(now <= self.claim_until, RewardError::ClaimOver);
        require!(points.epoch == self.index, RewardError::WrongAccount);
        let amount = math::claim(points.points, self.total, self.allotted)
            .ok_or(RewardError::AmountTooLarge)?;
        self.claimed = plus(self.claimed, amount)?;
        require!(self.claimed <= self.allotted, RewardError::LedgerBroken);
        Ok(amount)
    }

    /// Errors with `WrongEpochState`, `ClaimStillOpen` unless what was not claimed rolls on at `now`.
    pub fn check_expired(&self, now: i64) -> Result<()> {
        require!(
            self.status == epoch_status::FINISHED,
            RewardError::WrongEpochState
        );
        require!(now > self.claim_until, RewardError::ClaimStillOpen);
        Ok(())
    }
}
