//! What the programs share: how an event leaves a program, how an address is made an account, which tokens are
//! clean, how tokens move, and the layouts of the accounts that another program reads (a receipt, a dispute).

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

pub mod cold;
pub mod cpi;
pub mod dispute;
pub mod events;
pub mod hash;
pub mod pda;
pub mod ppm;
pub mod receipt;
pub mod rent;
pub mod text;
pub mod token;
pub mod upgrade;

/// Address of the escrow program, whose orders the listing program reads as receipts. Escrow itself depends on
/// listing, so its id stands here; a test there compares the two.
pub const ESCROW_ID: anchor_lang::Address =
    anchor_lang::Address::from_str_const("8HnwK3gLH3Mr5zSQG123NWpHGexCPdR3fJDBVkyXL9hw");

/// Address of the dao program, whose dispute accounts the others read; a test there compares it with the program's own.
pub const DAO_ID: anchor_lang::Address =
    anchor_lang::Address::from_str_const("G9JvbTju7vNwVn9sqX6ADAaDvU52tTPovY77TJjCd3eK");

/// Address of the reward program, which escrow calls to record fees; a test there compares it with the program's own.
pub const REWARD_ID: anchor_lang::Address =
    anchor_lang::Address::from_str_const("55XVUnAvtWUvStYTvArcoFga8U65cxr5kJbhqxc6c6K9");

/// Escrow's config, PDA `["config"]` there, which signs its calls of the reward program; a test there derives it.
pub const ESCROW_CONFIG: anchor_lang::Address =
    anchor_lang::Address::from_str_const("7kuUxW4uUJ3MUqNHRtDBDBrwiQHBhcH6tMe9KNTrCsPt");

/// First bytes of the reward program's `record_fees`, which escrow calls: `sha256("global:record_fees")[..8]`; a test of
/// escrow compares them with the program's own.
pub const RECORD_FEES: [u8; 8] = [0x4f, 0x54, 0xad, 0xd3, 0xca, 0x9d, 0xbb, 0xd8];

/// What votes last at most and what they are cast with (rule 10).
pub mod voting {
    /// Seconds: a position votes where it was locked so long before the vote or the round began.
    pub const MIN_AGE: i64 = 7 * 24 * 60 * 60;
    /// Seconds: no vote, and no round until its last reveal, lasts longer.
    pub const MAX_VOTE: u32 = 14 * 24 * 60 * 60;
}
