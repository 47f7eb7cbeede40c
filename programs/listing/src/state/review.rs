use anchor_lang::prelude::*;

/// What the owner of a paid order says of what it bought, PDA `["review", order, order_born_slot]`. It never closes.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Review {
    pub layout: u8,
    pub bump: u8,
    /// 1 to 5.
    pub rating: u8,
    /// How often it was edited: once at most.
    pub edits: u8,
    /// Version of the listing that was bought.
    pub version: u32,
    pub seq: u64,
    /// Unix seconds.
    pub created_at: i64,
    /// 0 until edited.
    pub edited_at: i64,
    /// Slot in which the order was made: with its address it tells one purchase from all others.
    pub order_born_slot: u64,
    pub listing: Address,
    pub order: Address,
    /// The order's owner.
    pub reviewer: Address,
    pub rent_payer: Address,
    /// SHA-256 of its text; all zero where it has none.
    pub hash: [u8; 32],
    pub spare: [u8; 32],
}
