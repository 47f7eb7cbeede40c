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

pub use {
    config::Config,
    metered::{VOUCHER_LEN, voucher_domain, voucher_message},
    mint::MintConfig,
    order::{Order, party, sum},
    session::Session,
    shares::{Bonds, Shares, check_rates},
};

common::rent_payers! { Order Session Config MintConfig }
