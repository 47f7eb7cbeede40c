//! The compiled program on LiteSVM. Names carry the threat that a test is about. Orders, listings and the dao's accounts
//! are put there by hand, where their programs would have them, and escrow's signature is lent.

mod attestations;
mod claims;
mod config;
mod costs;
mod epochs;
mod fees;
mod guards;
mod positions;
mod random;
mod rent;
mod slashing;
mod wash;

use testkit::fees as world;
