//! The `pedigree` command: a local deployment in one command, and everything a publisher or a
//! buyer does with it.

pub mod catalog;
pub mod commands;
pub mod endpoints;
mod files;
pub mod import;
pub mod output;
mod proxies;
pub mod session;
pub mod up;
pub mod usage;
pub mod wallets;
