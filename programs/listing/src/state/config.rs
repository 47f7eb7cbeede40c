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
    /// What an edge that a ruling adds owes its parent, in ppm of the child's price, where the child's table leaves so much.
    pub default_royalty_ppm: u32,
    pub spare: [u8; 92],
}

impl Config {
    /// Errors with `Paused` while new business is refused.
    pub fn check_running(&self) -> Result<()> {
        require!(self.paused == 0, ListingError::Paused);
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = self
            .seq
            .checked_add(1)
            .ok_or(ProgramError::ArithmeticOverflow)?;
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
