//! Accounts. All are fixed-size and read in place; integers are little endian. Each stores its layout version, its
//! bump, the number of its last event (`seq`) and spare bytes.

mod config;
mod contest;
mod earning;
mod lease;
mod metered;
mod mint;
mod one_time;
mod order;
mod session;
mod shares;
mod subscription;
#[cfg(test)]
mod tests;

use core::mem::offset_of;

use anchor_lang::{Discriminator, prelude::*};

pub use {
    config::Config,
    metered::{VOUCHER_LEN, voucher_domain, voucher_message},
    mint::MintConfig,
    order::{Order, party, sum},
    session::Session,
    shares::{Bonds, Shares, check_rates},
};

macro_rules! rent_payers {
    ($($ty:ident)*) => {
        /// First bytes of each account, and where after them it says who paid its rent.
        const RENT_PAYERS: &[(&[u8], usize)] = &[$(($ty::DISCRIMINATOR, offset_of!($ty, rent_payer)),)*];
    };
}

rent_payers! { Order Session Config MintConfig }

/// Who paid the rent of an account of this program; `None` for any other.
pub fn rent_payer(account: &AccountView) -> Option<Address> {
    if !account.owned_by(&crate::ID) {
        return None;
    }
    let data = account.try_borrow().ok()?;
    let (discriminator, body) = data.split_first_chunk::<8>()?;
    let (_, at) = RENT_PAYERS
        .iter()
        .find(|(of, _)| *of == discriminator.as_slice())?;
    let payer = body.get(*at..)?.first_chunk::<32>()?;
    Some(Address::new_from_array(*payer))
}
