//! Everything a client needs to know of Pedigree: addresses, accounts, events, instructions, quotes, errors, sending.

pub mod accounts;
pub mod api;
pub mod entity;
pub mod error;
pub mod events;
pub mod fetch;
pub mod instructions;
pub mod manifest;
pub mod names;
pub mod pda;
pub mod programs;
pub mod quote;
pub mod render;
pub mod send;
pub mod verify;
