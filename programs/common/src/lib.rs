//! What the programs share: how an event leaves a program, how an address is made an account, which tokens are
//! clean, how tokens move, and the layouts of the accounts that another program reads (a receipt, a dispute).

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

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

/// Address of the dao program, whose dispute accounts the others read. Its key stands in `programs/dao/`, where the
/// program will.
pub const DAO_ID: anchor_lang::Address =
    anchor_lang::Address::from_str_const("G9JvbTju7vNwVn9sqX6ADAaDvU52tTPovY77TJjCd3eK");
