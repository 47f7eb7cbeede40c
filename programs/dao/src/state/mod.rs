//! Accounts. All are fixed-size and read in place; integers are little endian. Each stores its layout version, its
//! bump, the number of its last event (`seq`) and spare bytes.

pub mod action;
mod config;
mod dispute;
mod docket;
mod governance;
mod juror;
mod proposal;
mod round;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails"
)]
mod tests;
mod vote;

use core::{
    hint::black_box,
    mem::{MaybeUninit, offset_of},
    ptr,
};

use anchor_lang::{Discriminator, bytemuck::Pod, prelude::*};
use common::rent;

pub use {
    config::Config,
    dispute::{Bond, Dispute, bond_state, case, direction},
    docket::Docket,
    governance::Governance,
    juror::{Juror, NOT_REVEALED, commitment, weight_of},
    proposal::{Proposal, origin, proposal_status},
    round::{Round, bond_of, round_status},
    vote::{Vote, vote_choice},
};

use crate::error::DaoError;

/// The programs whose settings and code are the dao's.
pub mod program {
    pub const LISTING: u8 = 1;
    pub const ESCROW: u8 = 2;
    pub const REWARD: u8 = 3;
    pub const DAO: u8 = 4;
}

/// A copy of an account's state, made by a call: the compiler would copy hundreds of bytes word by word, and a program's
/// bytes cost rent.
#[inline(always)]
pub(crate) fn copied<T: Pod>(state: &T) -> T {
    let mut copy = MaybeUninit::<T>::uninit();
    // SAFETY: all of it is written before it is read, whatever its length seems to the compiler.
    unsafe {
        let (from, to) = (ptr::from_ref(state).cast::<u8>(), copy.as_mut_ptr().cast());
        ptr::copy_nonoverlapping(from, to, black_box(size_of::<T>()));
        copy.assume_init()
    }
}

/// What is left of `amount` without `part`.
pub(crate) fn less(amount: u64, part: u64) -> Result<u64> {
    amount
        .checked_sub(part)
        .ok_or_else(|| DaoError::LedgerBroken.into())
}

/// Both amounts together.
pub(crate) fn plus(amount: u64, part: u64) -> Result<u64> {
    amount
        .checked_add(part)
        .ok_or_else(|| DaoError::AmountTooLarge.into())
}

/// The time so many seconds after another.
pub(crate) fn after(time: i64, seconds: u32) -> Result<i64> {
    time.checked_add(i64::from(seconds))
        .ok_or_else(|| DaoError::AmountTooLarge.into())
}

/// Where each account says who paid its rent, by its first bytes.
const RENT_PAYERS: [(&[u8], usize); 7] = [
    (Config::DISCRIMINATOR, offset_of!(Config, rent_payer)),
    (Docket::DISCRIMINATOR, offset_of!(Docket, rent_payer)),
    (Dispute::DISCRIMINATOR, offset_of!(Dispute, rent_payer)),
    (Juror::DISCRIMINATOR, offset_of!(Juror, owner)),
    (
        Governance::DISCRIMINATOR,
        offset_of!(Governance, rent_payer),
    ),
    (Proposal::DISCRIMINATOR, offset_of!(Proposal, rent_payer)),
    (Vote::DISCRIMINATOR, offset_of!(Vote, owner)),
];

/// Who paid the rent of an account of this program; `None` for any other.
pub fn rent_payer(account: &AccountView) -> Option<Address> {
    rent::payer(account, &crate::ID, &RENT_PAYERS)
}
