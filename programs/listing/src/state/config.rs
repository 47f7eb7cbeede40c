use anchor_lang::prelude::*;

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
    pub spare: [u8; 128],
}
