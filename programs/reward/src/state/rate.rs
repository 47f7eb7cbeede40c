use anchor_lang::prelude::*;

/// What fees in a mint credit, PDA `["rate", mint]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Rate {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 6],
    pub seq: u64,
    /// Points per 10⁶ base units of a fee; 0 where fees in this mint credit nothing.
    pub rate: u64,
    /// The reference price: base units of the mint for 10⁶ of the token.
    pub price: u64,
    pub mint: Address,
    pub rent_payer: Address,
    pub spare: [u8; 32],
}
