//! What Pedigree needs around it on one machine: a private PostgreSQL server.
//!
//! `pedigree up` runs on it, and so do the tests of the other crates.

pub mod postgres;
