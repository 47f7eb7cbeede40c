//! Of one-time orders: delivered, then settled.

use anchor_lang::prelude::*;
use common::receipt::{mode, state};

use super::{Order, Shares};
use crate::{constants::SEALED_KEY_LEN, error::EscrowError};

impl Order {
    /// `FUNDED → DELIVERED`, until `deliver_by` inclusive.
    pub fn deliver(
        &mut self,
        now: i64,
        content_hash: [u8; 32],
        sealed_key: [u8; SEALED_KEY_LEN],
    ) -> Result<()> {
        let undelivered = self.head.mode == mode::ONE_TIME && self.head.state == state::FUNDED;
        require!(undelivered, EscrowError::WrongState);
        require!(now <= self.deliver_by, EscrowError::DeliveryTooLate);
        require!(content_hash != [0; 32], EscrowError::ContentHashMissing);
        let known = self.content_hash != [0; 32];
        require!(
            !known || content_hash == self.content_hash,
            EscrowError::ContentDiffers
        );
        let wants_key = self.buyer_key != [0; 32];
        require!(
            wants_key == (sealed_key != [0; SEALED_KEY_LEN]),
            EscrowError::KeyMissing
        );
        let window = i64::from(self.dispute_window);
        self.settle_after = now.checked_add(window).ok_or(EscrowError::AmountTooLarge)?;
        self.delivered_at = now;
        self.content_hash = content_hash;
        self.sealed_key = sealed_key;
        self.head.state = state::DELIVERED;
        Ok(())
    }

    /// `DELIVERED → SETTLED`, where the owner accepts it at any time, else after `settle_after`. Returns what became due.
    pub(super) fn settle_delivered(&mut self, now: i64, accepted: bool) -> Result<Shares> {
        require!(self.head.state == state::DELIVERED, EscrowError::WrongState);
        require!(
            accepted || now > self.settle_after,
            EscrowError::WindowStillOpen
        );
        let shares = self.give_seller(self.undecided()?)?;
        self.conclude(now)?;
        Ok(shares)
    }
}
