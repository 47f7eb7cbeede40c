//! Accounts. All are fixed-size and read in place; integers are little endian. Each stores its layout version, its
//! bump, the number of its last event (`seq`) and spare bytes.

mod config;
mod mint;
mod order;
mod shares;
#[cfg(test)]
mod tests;

pub use {
    config::Config,
    mint::MintConfig,
    order::Order,
    shares::{Shares, check_rates},
};
