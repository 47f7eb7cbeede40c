use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};

use crate::constants::MAX_ROYALTY_PARENTS;

/// A direct parent's share.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct RoyaltyEntry {
    pub parent: Address,
    /// In ppm of the child's price.
    pub ppm: u32,
    pub reserved: [u8; 4],
}

/// A listing's royalty-bearing parents, PDA `["royalties", listing, generation]`. Made with the first such edge,
/// frozen at activation.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct RoyaltyTable {
    pub layout: u8,
    pub bump: u8,
    /// Entries in use.
    pub len: u8,
    pub reserved: [u8; 1],
    pub generation: u16,
    pub reserved2: [u8; 2],
    /// Sum of the entries.
    pub total_ppm: u32,
    pub reserved3: [u8; 4],
    pub seq: u64,
    pub born_slot: u64,
    pub listing: Address,
    pub rent_payer: Address,
    pub entries: [RoyaltyEntry; MAX_ROYALTY_PARENTS],
    pub spare: [u8; 32],
}
