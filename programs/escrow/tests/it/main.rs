//! The compiled program on LiteSVM. Names carry the threat that a test is about.

mod budgets;
mod world;
