//! What Pedigree needs around it on one machine: a Solana network with programs on it, embedded or Agave's own, and
//! a private PostgreSQL server.
//!
//! `pedigree up` runs on it, and so do the tests of the other crates.

pub mod deploy;
pub mod link;
pub mod network;
pub mod postgres;
mod supervisor;
pub mod token;
pub mod validator;
