//! Of subscriptions: periods, prepaid, each vested at its end.

use anchor_lang::prelude::*;
use common::{ppm, receipt::mode};

use super::{Order, order::sum};
use crate::error::EscrowError;

impl Order {
    /// What has vested by `time`: the price of each whole period since the opening, up to the end.
    pub fn vested(&self, time: i64) -> Result<u64> {
        let elapsed = time.min(self.ends_at).saturating_sub(self.opened_at);
        let elapsed = u64::try_from(elapsed).unwrap_or(0);
        let periods = elapsed.checked_div(u64::from(self.period)).unwrap_or(0);
        let vested = self.price.checked_mul(periods.min(self.quantity));
        vested.ok_or_else(|| EscrowError::AmountTooLarge.into())
    }

    /// What vested longer than a window ago, or, where the owner accepts it, all that vested, and was not earned yet:
    /// it is earned now, and returned. What a finished subscription has left to vest becomes pending. Nothing of
    /// another mode vests.
    pub(super) fn vest(&mut self, now: i64, accepted: bool) -> Result<u64> {
        if self.head.mode != mode::SUBSCRIPTION {
            return Ok(0);
        }
        let window = i64::from(self.dispute_window);
        let ripe_by = if accepted {
            now
        } else {
            now.saturating_sub(window)
        };
        let ripe = self.earn_up_to(self.vested(ripe_by)?)?;
        if now >= self.ends_at && self.pending == 0 {
            // Still held back by what `ripe` takes: both are of the rest.
            let late = self.vested(now)?.saturating_sub(self.earned);
            let late = late.min(self.rest()?.saturating_sub(ripe));
            if late > 0 {
                self.earned = sum([self.earned, late])?;
                self.pending = late;
                self.matures_at = self.window_from(self.ends_at)?;
            }
        }
        Ok(ripe)
    }

    /// What vested by now and is not mature: disputable.
    pub(super) fn take_immature(&mut self, now: i64) -> Result<u64> {
        if self.head.mode != mode::SUBSCRIPTION {
            return Ok(0);
        }
        self.earn_up_to(self.vested(now)?)
    }

    /// At its early end the seconds of the current period are earned too, and all that is not mature is pending.
    pub(super) fn vest_current_period(&mut self, now: i64) -> Result<()> {
        let elapsed = now.saturating_sub(self.opened_at);
        let elapsed = u64::try_from(elapsed).unwrap_or(0);
        let period = u64::from(self.period);
        let seconds = elapsed.checked_rem(period).unwrap_or(0);
        let current = ppm::mul_div_floor(self.price, seconds, period);
        // not mutated: less than a period's price, as it is of less than a period
        let total = sum([
            self.vested(now)?,
            current.ok_or(EscrowError::AmountTooLarge)?,
        ])?;
        let earned = self.earn_up_to(total)?;
        self.pending = sum([self.pending, earned])?;
        if earned > 0 {
            self.matures_at = self.window_from(now)?;
        }
        Ok(())
    }

    /// Raises what was earned to `total`, as far as the rest reaches. Returns by how much.
    fn earn_up_to(&mut self, total: u64) -> Result<u64> {
        let more = total.saturating_sub(self.earned).min(self.rest()?);
        self.earned = sum([self.earned, more])?;
        Ok(more)
    }
}
