//! Disputes: what is contested is frozen, and decided once.

use anchor_lang::prelude::*;
use common::{
    ppm,
    receipt::{mode, state},
};

use super::{Order, Shares, order::party, order::sum};
use crate::error::EscrowError;

/// A seller opens none after so many, so that it leaves the owner as many as it took.
const SELLERS_DISPUTES: u16 = u16::MAX / 2;

impl Order {
    /// A party contests what may be contested at `now`: all of a delivered one-time order, of another what is earned and
    /// not mature. What is mature becomes due first. Returns the bond that it owes for it, and what became due.
    ///
    /// While its own dispute lasts the owner adds to it, in the same way, what is earned meanwhile. A seller's never
    /// keeps the owner from one of its own: that takes the place of it, with all that was contested, a new number and
    /// deadline, for a window from its opening, and later with what was earned since; the seller's bond is its again. A
    /// seller contests where no dispute lasts, and adds to none.
    ///
    /// Fails with `WrongState`, `NothingToContest`, `AlreadyContested`, `ArbitrationOver`, and with `AmountTooLarge` for a dispute beyond those
    /// that are counted.
    pub fn contest(&mut self, now: i64, by_owner: bool) -> Result<(u64, Shares)> {
        let lasts = self.contested > 0;
        let replaces = by_owner && self.is_sellers_dispute();
        require!(by_owner || !lasts, EscrowError::AlreadyContested);
        // Nothing would be heard that joins what anyone may let lapse.
        require!(
            !lasts || replaces || now < self.arbitrate_by,
            EscrowError::ArbitrationOver
        );
        require!(
            by_owner || self.disputes < SELLERS_DISPUTES,
            EscrowError::AmountTooLarge
        );
        let (more, shares) = if self.head.mode != mode::ONE_TIME {
            self.check_running()?;
            let shares = self.ripen(now, false)?;
            let immature = self.take_immature(now)?;
            let more = sum([self.pending, self.accruing, immature])?;
            self.pending = 0;
            self.accruing = 0;
            self.matures_at = 0;
            (more, shares)
        } else if replaces {
            (0, Shares::default())
        } else {
            require!(self.head.state == state::DELIVERED, EscrowError::WrongState);
            require!(now <= self.settle_after, EscrowError::NothingToContest);
            self.head.state = state::DISPUTED;
            (self.undecided()?, Shares::default())
        };
        let opened = self
            .arbitrate_by
            .saturating_sub(i64::from(self.arbitration_period));
        let in_time = replaces && now <= self.window_from(opened)?;
        require!(more > 0 || in_time, EscrowError::NothingToContest);
        let bonded = if replaces {
            self.seller_bond_due = sum([self.seller_bond_due, self.bond])?;
            self.bond = 0;
            sum([self.contested, more])?
        } else {
            more
        };
        if replaces || !lasts {
            let number = self.disputes.checked_add(1);
            self.disputes = number.ok_or(EscrowError::AmountTooLarge)?;
            let deadline = now.checked_add(i64::from(self.arbitration_period));
            self.arbitrate_by = deadline.ok_or(EscrowError::AmountTooLarge)?;
            self.opener = if by_owner {
                party::OWNER
            } else {
                party::SELLER
            };
        }
        let bond = ppm::ceil(bonded, self.bond_ppm).ok_or(EscrowError::AmountTooLarge)?;
        self.contested = sum([self.contested, more])?;
        self.bond = sum([self.bond, bond])?;
        Ok((bond, shares))
    }

    /// Whether a dispute lasts that the seller opened.
    pub fn is_sellers_dispute(&self) -> bool {
        self.opener == party::SELLER
    }

    /// Decides what is contested: `percent` of it, rounded down, goes back to the buyer, the rest is the seller's. The
    /// opener whose side got below half loses its bond to the treasury; any other is due to its opener. `None` decides it
    /// as though it had never been contested: all is the seller's, and nobody loses a bond. Returns what became due.
    ///
    /// Fails with `NothingContested`, and with `SharesExceedPrice` for more than a whole.
    pub fn decide(&mut self, now: i64, percent: Option<u8>) -> Result<Shares> {
        require!(self.contested > 0, EscrowError::NothingContested);
        let share = percent.unwrap_or(0);
        // not mutated: who reads a ruling has refused one of more
        require!(share <= 100, EscrowError::SharesExceedPrice);
        let back = ppm::mul_div_floor(self.contested, u64::from(share), 100);
        // not mutated: a share of a number is no larger than the number
        let back = back.ok_or(EscrowError::AmountTooLarge)?;
        // not mutated: the same
        let sellers = self
            .contested
            .checked_sub(back)
            .ok_or(EscrowError::LedgerBroken)?;
        self.contested = 0;
        self.arbitrate_by = 0;
        self.refund_due = sum([self.refund_due, back])?;
        let shares = self.give_seller(sellers)?;
        let by_seller = self.is_sellers_dispute();
        let openers = if by_seller {
            100u8.saturating_sub(share)
        } else {
            share
        };
        let due = if percent.is_some() && openers < 50 {
            &mut self.lost_bond_due
        } else if by_seller {
            &mut self.seller_bond_due
        } else {
            &mut self.owner_bond_due
        };
        *due = sum([*due, self.bond])?;
        self.bond = 0;
        self.opener = 0;
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
        self.decide(now, None)
    }
}
