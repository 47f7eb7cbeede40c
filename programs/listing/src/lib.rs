//! Listings of AI assets with the lineage they came from, and the pools through which royalties climb it.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

use anchor_lang::prelude::*;

pub mod constants;
pub mod error;
pub mod events;
pub mod state;

declare_id!("8QpM2P5MGwMRWr1yvFckgAotHjqVgwatVjTM3M9dPX1R");
