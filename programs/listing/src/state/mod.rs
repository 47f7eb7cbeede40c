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

common::rent_payers! { Config Listing Edge RoyaltyTable PoolLedger LicenseGrant Profile Review }
