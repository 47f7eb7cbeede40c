//! Accounts. All are fixed-size and read in place; integers are little endian. Each stores its layout version, its
//! bump, the number of its last event (`seq`) and spare bytes.

mod attestation;
mod config;
mod emission;
mod epoch;
mod points;
mod position;
mod rate;
mod stake;
#[cfg(test)]
mod tests;

use anchor_lang::prelude::*;

pub use {
    attestation::{Attestation, verdict},
    config::Config,
    emission::Emission,
    epoch::{Epoch, epoch_status},
    points::Points,
    position::Position,
    rate::Rate,
    stake::Stake,
};

use crate::error::RewardError;

/// What is left of `amount` without `part`.
pub(crate) fn less(amount: u64, part: u64) -> Result<u64> {
    amount
        .checked_sub(part)
        .ok_or_else(|| RewardError::LedgerBroken.into())
}

/// Both amounts together.
pub(crate) fn plus(amount: u64, part: u64) -> Result<u64> {
    amount
        .checked_add(part)
        .ok_or_else(|| RewardError::AmountTooLarge.into())
}

macro_rules! accounts {
    ($($ty:ident)*) => {
        $(impl $ty {
            /// Counts one more event.
            pub fn advance(&mut self) -> Result<()> {
                self.seq = plus(self.seq, 1)?;
                Ok(())
            }
        })*

        common::rent_payers! { $($ty)* }
    };
}

accounts! { Config Emission Stake Rate Epoch Points Position Attestation }
