use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};

use crate::constants::{LICENSE_LEN, MAX_TERMS, NAME_LEN, UNIT_LEN, URI_LEN};

/// Kind of a listing.
pub mod kind {
    pub const MODEL: u8 = 1;
    pub const DATASET: u8 = 2;
    pub const SERVICE: u8 = 3;
    pub const COMPUTE: u8 = 4;
    pub const AGENT: u8 = 5;
}

/// Status of a listing: `DRAFT → ACTIVE ⇄ PAUSED → RETIRED`.
pub mod status {
    pub const DRAFT: u8 = 1;
    pub const ACTIVE: u8 = 2;
    pub const PAUSED: u8 = 3;
    pub const RETIRED: u8 = 4;
    /// By a ruling: new orders stop, nothing else does.
    pub const SUSPENDED: u8 = 5;
}

/// What a listing's licence says of derivatives.
pub mod derivatives {
    pub const OPEN: u8 = 1;
    pub const LICENSED: u8 = 2;
    pub const FORBIDDEN: u8 = 3;
}

/// One price of a listing.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PriceTerm {
    /// 1 one-time, 2 metered, 3 subscription, 4 lease.
    pub mode: u8,
    pub decimals: u8,
    pub reserved: [u8; 6],
    /// Base units of `mint` per unit.
    pub price: u64,
    /// Most units in one order; 0 is no limit.
    pub capacity: u64,
    pub mint: Address,
    /// What one unit is, such as `million_input_tokens`.
    pub unit: [u8; UNIT_LEN],
}

/// One asset on sale, PDA `["listing", publisher, key]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    pub layout: u8,
    pub bump: u8,
    /// One of [`kind`].
    pub kind: u8,
    /// One of [`status`].
    pub status: u8,
    /// One of [`derivatives`].
    pub derivatives: u8,
    /// 0 where it was listed for a publisher who did not ask: then it neither owes nor earns royalties.
    pub claimed: u8,
    /// Price terms in use.
    pub terms_len: u8,
    /// Parents that bear a royalty.
    pub royalty_parents: u8,
    /// Parents.
    pub edges: u16,
    /// Generation of the royalty table in force.
    pub generation: u16,
    /// Version of the manifest, from 1.
    pub version: u32,
    /// Sum of the royalty table, in ppm of the seller's part of every sale.
    pub royalty_ppm: u32,
    /// Least royalty that a derivative owes, in ppm of the derivative's price.
    pub derivative_royalty_ppm: u32,
    pub seq: u64,
    /// Slot in which the account was made: tells two drafts at one address apart.
    pub born_slot: u64,
    /// Unix seconds.
    pub created_at: i64,
    /// 0 until activated.
    pub activated_slot: u64,
    pub updated_slot: u64,
    /// In the address; never changes.
    pub publisher: Address,
    /// In the address; never changes. For a catalogue asset the SHA-256 of its key.
    pub key: [u8; 32],
    pub authority: Address,
    /// All zero unless a transfer was proposed.
    pub pending_authority: Address,
    /// The wallet whose token accounts its money goes to.
    pub payout: Address,
    /// The hot key that delivers; all zero for none.
    pub operator: Address,
    pub rent_payer: Address,
    pub manifest_hash: [u8; 32],
    /// Hash of the content itself; all zero where unknown.
    pub content_hash: [u8; 32],
    pub name: [u8; NAME_LEN],
    pub uri: [u8; URI_LEN],
    /// SPDX identifier; empty where unknown.
    pub license: [u8; LICENSE_LEN],
    pub terms: [PriceTerm; MAX_TERMS],
    pub spare: [u8; 128],
}
