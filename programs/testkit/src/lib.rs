//! What the programs' tests and benchmarks run on: LiteSVM with the compiled programs behind their upgrade authority,
//! funded actors, mints and token accounts of every sort, a clock to move, errors by name, events by type.
//!
//! Every transaction that succeeds is checked: folding its events gives, byte for byte, the accounts that it left
//! behind, and no account of the programs changed without one. Everything is deterministic.

pub mod assembly;
mod chain;
pub mod costs;
pub mod court;
pub mod fees;
pub mod guards;
mod history;
pub mod listings;
mod outcome;
pub mod rewards;
mod tokens;

pub use {
    chain::{Chain, Fault, Program},
    outcome::{Outcome, Refusal, Spread, unsigned},
    tokens::{Mint, TEARS, TokenProgram},
};
