use anchor_lang::prelude::*;

use crate::constants::MAX_ROYALTY_PARENTS;

/// Accounts for one pool and owns its token account, PDA `["ledger", listing, generation, mint]`.
///
/// `received = balance of the pool + Σ credited − Σ owed`: what was credited to a parent has left the pool but for
/// what is still owed to its payout account.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct PoolLedger {
    pub layout: u8,
    pub bump: u8,
    pub pool_bump: u8,
    pub decimals: u8,
    pub generation: u16,
    pub reserved: [u8; 2],
    pub seq: u64,
    pub born_slot: u64,
    pub listing: Address,
    pub mint: Address,
    pub token_program: Address,
    pub pool: Address,
    pub rent_payer: Address,
    /// Base units that each entry of the table was credited: forwarded, paid out, or owed.
    pub credited: [u64; MAX_ROYALTY_PARENTS],
    /// Base units of it that wait in the pool because the parent's payout account could not take them.
    pub owed: [u64; MAX_ROYALTY_PARENTS],
    pub spare: [u8; 64],
}
