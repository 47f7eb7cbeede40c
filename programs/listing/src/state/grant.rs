use anchor_lang::prelude::*;

/// Leave to derive from a `Licensed` listing, PDA `["grant", parent, grantee]`.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct LicenseGrant {
    pub layout: u8,
    pub bump: u8,
    pub reserved: [u8; 6],
    pub seq: u64,
    pub born_slot: u64,
    pub parent: Address,
    /// Authority of the listings that may derive.
    pub grantee: Address,
    pub granted_by: Address,
    pub rent_payer: Address,
    /// Unix seconds; past it the grant is as good as none. A revoked grant expires at once.
    pub expires_at: i64,
    pub spare: [u8; 32],
}
