//! What holds of all orders that earn as they go: what is pending ripens, what is over goes back.

use anchor_lang::prelude::*;
use common::receipt::{mode, state};

use super::{Order, Shares, order::sum};
use crate::error::EscrowError;

impl Order {
    /// What is the seller's by now becomes due: of a delivered one-time order everything, of others what is mature; where
    /// the owner accepts it, what is not mature either. Of an order that is over the rest goes back to the buyer.
    /// Returns what became due.
    ///
    /// Fails with `WrongState`, `WindowStillOpen`, and with `NothingMature` where nothing is to be done.
    pub fn settle(&mut self, now: i64, accepted: bool) -> Result<Shares> {
        if self.head.mode == mode::ONE_TIME {
            return self.settle_delivered(now, accepted);
        }
        self.check_running()?;
        let shares = self.ripen(now, accepted)?;
        let shares = self.give_back_what_is_over(now, shares)?;
        let settled = shares != Shares::default() || self.is_final();
        require!(settled, EscrowError::NothingMature);
        Ok(shares)
    }

    /// Ends it before its time. Metered, by the owner: after two windows, in which the seller redeems. Lease, by the
    /// owner: with the last interval that it authorised. A subscription's current period is paid by the second, to the
    /// seller's loss of less than a unit. By the seller: now. Returns what became due.
    ///
    /// Fails with `WrongState` for a one-time order, and with `OrderEnded` where that would not be earlier.
    pub fn end(&mut self, now: i64, by_owner: bool) -> Result<Shares> {
        self.check_running()?;
        let shares = self.ripen(now, false)?;
        let ends_at = match self.head.mode {
            mode::METERED if by_owner => self.notice_from(now)?,
            mode::LEASE if by_owner => self.interval_start(self.authorised)?,
            _ => now,
        };
        require!(
            now < self.ends_at && ends_at < self.ends_at,
            EscrowError::OrderEnded
        );
        if self.head.mode == mode::SUBSCRIPTION {
            self.vest_current_period(now)?;
        }
        self.ends_at = ends_at;
        self.give_back_what_is_over(now, shares)
    }

    /// Errors with `WrongState` for a one-time order and for what is final.
    pub(super) fn check_running(&self) -> Result<()> {
        let running = self.head.mode != mode::ONE_TIME && self.head.state == state::FUNDED;
        require!(running, EscrowError::WrongState);
        Ok(())
    }

    /// Makes due what is mature at `now`, or, where the owner accepts it, all that was earned. What is accruing takes
    /// the place of what was pending.
    pub(super) fn ripen(&mut self, now: i64, accepted: bool) -> Result<Shares> {
        let mut ripe = self.vest(now, accepted)?;
        if self.pending > 0 && (accepted || now >= self.matures_at) {
            ripe = sum([ripe, self.pending])?;
            self.pending = 0;
            self.matures_at = 0;
        }
        if accepted {
            ripe = sum([ripe, self.accruing])?;
            self.accruing = 0;
        }
        self.start_window(now)?;
        self.give_seller(ripe)
    }

    /// What is accruing becomes pending where nothing else is.
    pub(super) fn start_window(&mut self, now: i64) -> Result<()> {
        if self.pending == 0 && self.accruing > 0 {
            self.pending = self.accruing;
            self.accruing = 0;
            self.matures_at = self.window_from(now)?;
        }
        Ok(())
    }

    /// When a window ends that starts at `now`.
    pub(super) fn window_from(&self, now: i64) -> Result<i64> {
        let ends = now.checked_add(i64::from(self.dispute_window));
        ends.ok_or_else(|| EscrowError::AmountTooLarge.into())
    }

    /// Whether nothing is earned any more at `now`: a lease's last interval may still be confirmed for one more.
    fn is_over(&self, now: i64) -> bool {
        let grace = if self.head.mode == mode::LEASE {
            i64::from(self.period)
        } else {
            0
        };
        now >= self.ends_at.saturating_add(grace)
    }

    /// Of an order that is over, what nobody earned goes back to the buyer; without anything pending or contested it is
    /// final.
    fn give_back_what_is_over(&mut self, now: i64, mut shares: Shares) -> Result<Shares> {
        if self.is_over(now) {
            let rest = self.rest()?;
            self.refund_due = sum([self.refund_due, rest])?;
            shares.buyer = rest;
            self.finish_if_nothing_is_left(now)?;
        }
        Ok(shares)
    }

    /// Concludes an order that has ended and of which nothing is left to decide.
    pub(super) fn finish_if_nothing_is_left(&mut self, now: i64) -> Result<()> {
        let ended = now >= self.ends_at;
        let known = self.contested | self.pending | self.accruing == 0;
        if ended && known && self.rest()? == 0 {
            self.conclude(now)?;
        }
        Ok(())
    }
}
