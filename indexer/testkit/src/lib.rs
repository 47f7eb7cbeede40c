//! What the indexer's tests and measurements run on: a market that exists in events only, and the chain that holds them.

mod base58;
pub mod chain;
pub mod market;
pub mod story;

pub use chain::Chain;
pub use market::Market;
pub use story::Story;
