//! The compiled program on LiteSVM. Names carry the threat that a test is about.

mod budgets;
mod closing;
mod free;
mod idempotency;
mod opening;
mod refunds;
mod settlement;
mod world;
