//! Of metered orders: paid by cumulative vouchers.

use anchor_lang::prelude::*;
use common::{hash, receipt::mode};

use super::{Order, Shares};
use crate::error::EscrowError;

impl Order {
    /// Takes a voucher that says that the buyer owes `cumulative` so far, before the order's end: what it adds is
    /// pending for a window. Returns what became due of what was pending before.
    ///
    /// Fails with `NotMetered`, `WrongState`, `OrderEnded`, `PendingImmature`, `VoucherStale`, `VoucherTooLarge`.
    pub fn redeem(&mut self, now: i64, sequence: u64, cumulative: u64) -> Result<Shares> {
        self.check_metered(now)?;
        let shares = self.ripen(now, false)?;
        require!(self.pending == 0, EscrowError::PendingImmature);
        let added = cumulative.saturating_sub(self.earned);
        require!(
            sequence > self.sequence && added > 0,
            EscrowError::VoucherStale
        );
        require!(added <= self.rest()?, EscrowError::VoucherTooLarge);
        self.sequence = sequence;
        self.earned = cumulative;
        self.pending = added;
        self.matures_at = self.window_from(now)?;
        Ok(shares)
    }

    /// Counts `amount` more in the vault, before the order's end: at most `most` base units in all.
    ///
    /// Fails with `DepositTooLarge`, `NotMetered`, `WrongState`, `OrderEnded`.
    pub fn add_deposit(&mut self, now: i64, amount: u64, most: u64) -> Result<()> {
        let deposited = self.deposited.checked_add(amount);
        let deposited = deposited.filter(|deposited| amount > 0 && *deposited <= most);
        let deposited = deposited.ok_or(EscrowError::DepositTooLarge)?;
        self.check_metered(now)?;
        self.deposited = deposited;
        Ok(())
    }

    /// When a notice that is given at `now` is over: two windows, so that at least one voucher can be redeemed in it
    /// whatever is pending.
    pub fn notice_from(&self, now: i64) -> Result<i64> {
        self.window_from(self.window_from(now)?)
    }

    fn check_metered(&self, now: i64) -> Result<()> {
        require!(self.head.mode == mode::METERED, EscrowError::NotMetered);
        self.check_running()?;
        require!(now < self.ends_at, EscrowError::OrderEnded);
        Ok(())
    }
}

/// What a voucher's message is: [`VOUCHER_LEN`] bytes, signed with Ed25519.
///
/// `domain` is [`voucher_domain`], `born_slot` the order's, which no other order at its address ever has: an account
/// closes after `valid_until`, later than its opening, and a slot has one time. Integers are little endian.
pub fn voucher_message(
    domain: &[u8; 32],
    order: &Address,
    born_slot: u64,
    sequence: u64,
    cumulative: u64,
) -> [u8; VOUCHER_LEN] {
    let mut message = [0; VOUCHER_LEN];
    message[..32].copy_from_slice(domain);
    message[32..64].copy_from_slice(order.as_ref());
    message[64..72].copy_from_slice(&sequence.to_le_bytes());
    message[72..80].copy_from_slice(&cumulative.to_le_bytes());
    message[80..].copy_from_slice(&born_slot.to_le_bytes());
    message
}

/// SHA-256(`"pedigree:voucher:v1"`, the program, the network's genesis hash): a voucher of one network or program is
/// none of another.
pub fn voucher_domain(genesis_hash: &[u8; 32]) -> [u8; 32] {
    hash::sha256(&[b"pedigree:voucher:v1", crate::ID.as_ref(), genesis_hash])
}

/// Bytes of a voucher's message.
pub const VOUCHER_LEN: usize = 88;
