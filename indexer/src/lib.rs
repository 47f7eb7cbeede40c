//! Chain → Postgres → HTTP: the searchable, verifiable copy of the marketplace.

pub mod api;
mod backoff;
mod base58;
pub mod decode;
mod error;
pub mod manifest;
mod metrics;
pub mod pipeline;
mod progress;
pub mod search;
pub mod service;
pub mod source;
pub mod spread;
pub mod store;

pub use error::Error;
pub use metrics::Metrics;
pub use progress::{Progress, Snapshot, State};
pub use service::{Config, Service};
