use anchor_lang::prelude::*;

/// How a child came from its parent.
pub mod relation {
    pub const ADAPTED_FROM: u8 = 1;
    pub const TRAINED_ON: u8 = 2;
    pub const MERGED_FROM: u8 = 3;
    pub const DISTILLED_FROM: u8 = 4;
    pub const QUANTIZED_FROM: u8 = 5;
    pub const SERVES: u8 = 6;
}

/// Status of an edge.
pub mod edge_status {
    pub const CLAIMED: u8 = 1;
    /// The parent's content hash was shown to be in the training manifest that the child's authority stands by.
    pub const PROVED: u8 = 2;
    /// The court ruled that it is false: it owes nothing any more, and what it once owed stays owed.
    pub const REVOKED: u8 = 3;
    /// The court ruled that it was missing: the child's authority never claimed it.
    pub const RULED: u8 = 4;
}

/// A lineage claim, PDA `["edge", child, parent]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Edge {
    pub layout: u8,
    pub bump: u8,
    /// One of [`relation`].
    pub relation: u8,
    /// One of [`edge_status`].
    pub status: u8,
    /// Its place in the royalty table, 255 for none.
    pub table_index: u8,
    pub reserved: [u8; 1],
    /// Its place among the child's parents, from 0.
    pub index: u16,
    /// In ppm of the child's price.
    pub royalty_ppm: u32,
    /// The parent's version when it was claimed.
    pub parent_version: u32,
    pub seq: u64,
    pub born_slot: u64,
    /// Unix seconds.
    pub created_at: i64,
    pub child: Address,
    pub parent: Address,
    pub rent_payer: Address,
    /// Root of the training manifest, as [`merkle`](crate::merkle) builds it; all zero until proved.
    pub manifest_root: [u8; 32],
    /// 0 until proved.
    pub proved_slot: u64,
    /// The parent's version whose content hash is in the manifest; 0 until proved.
    pub proved_version: u32,
    pub reserved2: [u8; 4],
    pub spare: [u8; 16],
}

impl Edge {
    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = self
            .seq
            .checked_add(1)
            .ok_or(ProgramError::ArithmeticOverflow)?;
        Ok(())
    }
}
