//! The compiled program on LiteSVM. Names carry the threat that a test is about.

mod access;
mod accounts;
mod closing;
mod disputes;
mod free;
mod idempotency;
mod kinds;
mod leases;
mod lineage;
mod liveness;
mod market;
mod metered;
mod mints;
mod modes;
mod native;
mod opening;
mod places;
mod random;
mod refunds;
mod sessions;
mod settlement;
mod signatures;
mod subscriptions;
mod terms;
mod whole;
mod world;
