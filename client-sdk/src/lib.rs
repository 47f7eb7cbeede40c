//! Everything a client needs to know of Pedigree: addresses, accounts, events, instructions, quotes, errors, sending.

pub mod instructions;
pub mod pda;
pub mod programs;
