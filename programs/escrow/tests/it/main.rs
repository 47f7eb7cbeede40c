//! The compiled program on LiteSVM. Names carry the threat that a test is about.

mod access;
mod accounts;
mod closing;
mod free;
mod idempotency;
mod kinds;
mod lineage;
mod liveness;
mod market;
mod mints;
mod native;
mod opening;
mod places;
mod random;
mod refunds;
mod settlement;
mod signatures;
mod terms;
mod whole;
mod world;
