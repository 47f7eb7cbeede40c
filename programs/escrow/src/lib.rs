//! Orders in escrow: opened, delivered, settled or refunded, whoever keeps silent.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

use anchor_lang::prelude::*;

pub mod constants;
pub mod error;
pub mod events;
pub mod state;

declare_id!("8HnwK3gLH3Mr5zSQG123NWpHGexCPdR3fJDBVkyXL9hw");
