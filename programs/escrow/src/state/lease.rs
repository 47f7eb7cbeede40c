//! Of leases: intervals that the buyer authorises and the provider confirms.

use anchor_lang::prelude::*;
use common::receipt::mode;

use super::{Order, Shares, order::sum};
use crate::error::EscrowError;

impl Order {
    /// The buyer's heartbeat: authorises the interval after the one that runs at `now`. Returns its number, from 0.
    ///
    /// Fails with `NotLease`, `WrongState`, `OrderEnded` where there is none after it, `AlreadyAuthorised`.
    pub fn authorise(&mut self, now: i64) -> Result<u64> {
        self.check_lease()?;
        let next = self.current_interval(now).saturating_add(1);
        require!(
            self.interval_start(next)? < self.ends_at,
            EscrowError::OrderEnded
        );
        let authorised = next.saturating_add(1);
        let passed = authorised.saturating_sub(self.authorised);
        require!(passed > 0, EscrowError::AlreadyAuthorised);
        let remembered = match u32::try_from(passed) {
            Ok(passed) => self.unconfirmed.checked_shl(passed).unwrap_or(0),
            Err(_) => 0,
        };
        self.unconfirmed = remembered | 1;
        self.authorised = authorised;
        Ok(next)
    }

    /// The provider's heartbeat: confirms the interval before the one that runs at `now`, which accrues its price.
    /// Returns its number, what it accrued, and what became due of what was pending.
    ///
    /// Fails with `NotLease`, `WrongState`, and with `NotAuthorised` where the buyer did not authorise that interval, it
    /// was confirmed before, or the lease ended within it.
    pub fn confirm(&mut self, now: i64) -> Result<(u64, u64, Shares)> {
        self.check_lease()?;
        let current = self.current_interval(now);
        let interval = current.checked_sub(1).ok_or(EscrowError::NotAuthorised)?;
        let place = self
            .authorised
            .checked_sub(current)
            .ok_or(EscrowError::NotAuthorised)?;
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let bit = 1u8.checked_shl(place).unwrap_or(0);
        require!(self.unconfirmed & bit != 0, EscrowError::NotAuthorised);
        require!(
            self.interval_start(current)? <= self.ends_at,
            EscrowError::NotAuthorised
        );
        self.unconfirmed &= !bit;
        let shares = self.ripen(now, false)?;
        let accrued = self.price.min(self.rest()?);
        self.accruing = sum([self.accruing, accrued])?;
        self.earned = sum([self.earned, accrued])?;
        self.start_window(now)?;
        Ok((interval, accrued, shares))
    }

    /// When interval `index` starts.
    pub fn interval_start(&self, index: u64) -> Result<i64> {
        let seconds = index.checked_mul(u64::from(self.period));
        seconds
            .and_then(|seconds| i64::try_from(seconds).ok())
            .and_then(|seconds| self.opened_at.checked_add(seconds))
            .ok_or_else(|| EscrowError::AmountTooLarge.into())
    }

    /// The interval that runs at `now`, as though the lease went on for ever.
    fn current_interval(&self, now: i64) -> u64 {
        let elapsed = u64::try_from(now.saturating_sub(self.opened_at)).unwrap_or(0);
        // A lease's period is never zero.
        elapsed.checked_div(u64::from(self.period)).unwrap_or(0)
    }

    fn check_lease(&self) -> Result<()> {
        require!(self.head.mode == mode::LEASE, EscrowError::NotLease);
        self.check_running()
    }
}
