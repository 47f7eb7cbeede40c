use anchor_lang::{address_eq, prelude::*};

use crate::error::ListingError;

/// The program's settings, PDA `["config"]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    pub layout: u8,
    pub bump: u8,
    /// 1 while new listings, terms and versions are refused. Never blocks `forward` or anything that pays.
    pub paused: u8,
    pub reserved: [u8; 5],
    pub seq: u64,
    pub authority: Address,
    /// All zero unless a transfer of the authority was proposed.
    pub pending_authority: Address,
    pub rent_payer: Address,
    pub spare: [u8; 96],
}

impl Config {
    /// Errors with `Paused` while new business is refused.
    pub fn check_running(&self) -> Result<()> {
        require!(self.paused == 0, ListingError::Paused);
        Ok(())
    }

    /// Errors with `NotConfigAuthority` for any other key.
    pub fn check_authority(&self, key: &Address) -> Result<()> {
        require!(
            address_eq(&self.authority, key),
            ListingError::NotConfigAuthority
        );
        Ok(())
    }
}
