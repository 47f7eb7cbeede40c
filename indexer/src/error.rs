use std::net::SocketAddr;

use crate::{pipeline::PipelineError, source::SourceError, store::StoreError};

/// Why the indexer does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    Source(#[from] SourceError),
    #[error("{0}")]
    Pipeline(#[from] Box<PipelineError>),
    #[error("HTTP client: {0}")]
    Http(#[from] reqwest::Error),
    #[error("serving: {0}")]
    Serve(#[from] std::io::Error),
    #[error("a task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}
