use anchor_lang::prelude::*;
use common::hash;

use crate::constants::{NAME_LEN, URI_LEN};

/// What a publisher says of itself, PDA `["profile", publisher]`. The name is a claim; the key is the identity.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    pub layout: u8,
    pub bump: u8,
    /// 1 where the program's authority vouches for the name. A change of the name clears it.
    pub verified: u8,
    pub reserved: [u8; 5],
    pub seq: u64,
    pub publisher: Address,
    pub rent_payer: Address,
    pub name: [u8; NAME_LEN],
    pub uri: [u8; URI_LEN],
    pub spare: [u8; 64],
}

impl Profile {
    /// SHA-256 of the name, with the zeros that fill it up.
    pub fn name_hash(&self) -> [u8; 32] {
        hash::sha256(&[&self.name])
    }

    /// Whether the name hashes to this.
    pub fn is_named(&self, name_hash: &[u8; 32]) -> bool {
        self.name_hash() == *name_hash
    }
}
