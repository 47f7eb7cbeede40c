use anchor_lang::prelude::*;

use crate::error::EscrowError;

/// A mint that orders may be paid in, PDA `["mint", mint]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct MintConfig {
    pub layout: u8,
    pub bump: u8,
    /// 0 where new orders in it are refused.
    pub enabled: u8,
    pub decimals: u8,
    pub treasury_bump: u8,
    pub reserved: [u8; 3],
    pub seq: u64,
    /// Largest deposit of one order, in base units.
    pub max_deposit: u64,
    pub mint: Address,
    pub token_program: Address,
    /// The token account PDA `["treasury", mint]`.
    pub treasury: Address,
    pub rent_payer: Address,
    pub spare: [u8; 64],
}

impl MintConfig {
    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = self.seq.checked_add(1).ok_or(EscrowError::AmountTooLarge)?;
        Ok(())
    }
}
