use anchor_lang::prelude::*;

/// What somebody's fees brought in an epoch, PDA `["points", owner, index of the epoch]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Points {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 2],
    /// Index of the epoch.
    pub epoch: u32,
    pub seq: u64,
    /// Slot in which the account was made.
    pub born_slot: u64,
    /// Base units that they bring at most.
    pub points: u64,
    pub owner: Address,
    pub rent_payer: Address,
    pub spare: [u8; 16],
}
