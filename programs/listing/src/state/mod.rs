//! Accounts. All are fixed-size and read in place; integers are little endian, text is padded with zero bytes.
//! Each stores its layout version, its bump, the number of its last event (`seq`) and spare bytes.

mod config;
mod edge;
mod grant;
mod listing;
mod pool;
mod profile;
mod review;
mod royalties;

use core::mem::offset_of;

use anchor_lang::{Discriminator, prelude::*};

pub use {
    config::Config,
    edge::{Edge, edge_status, relation},
    grant::LicenseGrant,
    listing::{Listing, PriceTerm, TermArgs, derivatives, kind, status},
    pool::{PoolLedger, Share},
    profile::Profile,
    review::Review,
    royalties::{RoyaltyEntry, RoyaltyTable},
};

macro_rules! rent_payers {
    ($($ty:ident)*) => {
        /// First bytes of each account, and where after them it says who paid its rent.
        const RENT_PAYERS: &[(&[u8], usize)] = &[$(($ty::DISCRIMINATOR, offset_of!($ty, rent_payer)),)*];
    };
}

rent_payers! { Config Listing Edge RoyaltyTable PoolLedger LicenseGrant Profile Review }

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
    Some(Address::new_from_array(
        *body.get(*at..)?.first_chunk::<32>()?,
    ))
}
