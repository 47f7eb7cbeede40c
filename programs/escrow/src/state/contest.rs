//! Disputes: what is contested is frozen, and decided once.

use anchor_lang::prelude::*;
use common::{
    ppm,
    receipt::{mode, state},
};

use super::{Order, Shares, order::bond_to, order::sum};
use crate::error::EscrowError;

impl Order {
    /// The owner contests what may be contested at `now`: all of a delivered one-time order, of another what is earned
    /// and not mature. What is mature becomes due first. While the dispute lasts it takes in, in the same way, what is
    /// earned meanwhile. Returns the bond that the owner owes for it, and what became due.
    ///
    /// Fails with `WrongState`, `NothingToContest`, `AlreadyContested` while the last dispute's bond waits.
    pub fn contest(&mut self, now: i64) -> Result<(u64, Shares)> {
        let lasts = self.contested > 0;
        require!(lasts || self.bond == 0, EscrowError::AlreadyContested);
        let (contested, shares) = if self.head.mode == mode::ONE_TIME {
            require!(self.head.state == state::DELIVERED, EscrowError::WrongState);
            require!(now <= self.settle_after, EscrowError::NothingToContest);
            self.head.state = state::DISPUTED;
            (self.undecided()?, Shares::default())
        } else {
            self.check_running()?;
            let shares = self.ripen(now, false)?;
            let immature = self.take_immature(now)?;
            let contested = sum([self.pending, self.accruing, immature])?;
            self.pending = 0;
            self.accruing = 0;
            self.matures_at = 0;
            (contested, shares)
        };
        require!(contested > 0, EscrowError::NothingToContest);
        if !lasts {
            let number = self.disputes.checked_add(1);
            self.disputes = number.ok_or(EscrowError::AmountTooLarge)?;
            let deadline = now.checked_add(i64::from(self.arbitration_period));
            self.arbitrate_by = deadline.ok_or(EscrowError::AmountTooLarge)?;
        }
        let bond = ppm::ceil(contested, self.bond_ppm).ok_or(EscrowError::AmountTooLarge)?;
        self.contested = sum([self.contested, contested])?;
        self.bond = sum([self.bond, bond])?;
        self.bond_to = bond_to::OWNER;
        Ok((bond, shares))
    }

    /// Decides what is contested: `percent` of it, rounded down, goes back to the buyer, the rest is the seller's. The
    /// bond returns to who opened the dispute, or goes to the treasury where it is `lost`. Returns what became due.
    ///
    /// Fails with `NothingContested`, and with `SharesExceedPrice` for more than a whole.
    pub fn decide(&mut self, now: i64, percent: u8, lost: bool) -> Result<Shares> {
        require!(self.contested > 0, EscrowError::NothingContested);
        require!(percent <= 100, EscrowError::SharesExceedPrice);
        let back = ppm::mul_div_floor(self.contested, u64::from(percent), 100);
        let back = back.ok_or(EscrowError::AmountTooLarge)?;
        let sellers = self
            .contested
            .checked_sub(back)
            .ok_or(EscrowError::LedgerBroken)?;
        self.contested = 0;
        self.arbitrate_by = 0;
        self.refund_due = sum([self.refund_due, back])?;
        let shares = self.give_seller(sellers)?;
        if self.bond == 0 {
            self.bond_to = 0;
        } else if lost {
            self.bond_to = bond_to::TREASURY;
        }
        self.finish_if_nothing_is_left(now)?;
        Ok(Shares {
            buyer: back,
            ..shares
        })
    }

    /// Decides it as though it had never been contested, once the time for a ruling is over.
    ///
    /// Fails with `NothingContested`, `ArbitrationStillOpen`.
    pub fn lapse(&mut self, now: i64) -> Result<Shares> {
        require!(self.contested > 0, EscrowError::NothingContested);
        require!(now >= self.arbitrate_by, EscrowError::ArbitrationStillOpen);
        self.decide(now, 0, false)
    }
}
