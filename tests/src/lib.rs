//! What the end-to-end tests stand on: the catalogue read independently of the product, and a running market.

pub mod catalog;
pub mod jury;
pub mod ledger;
pub mod market;
pub mod network;
pub mod running;
