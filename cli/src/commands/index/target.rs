//! Which index, and which network.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use pedigree_indexer::{
    source::{RpcSource, Source},
    store::{Store as Database, WriterLock},
};

use super::run::endpoints;

/// The database of an index.
#[derive(Clone, Debug, Args)]
pub struct Store {
    /// The index's database; that of the deployment unless given.
    #[arg(long, value_name = "URL", required_unless_present = "endpoints")]
    database_url: Option<String>,
    /// The file that `pedigree up` writes.
    #[arg(long, value_name = "FILE")]
    endpoints: Option<PathBuf>,
}

impl Store {
    /// The deployment's file, where one is named.
    pub fn file(&self) -> Option<&Path> {
        self.endpoints.as_deref()
    }

    pub fn url(&self) -> Result<String> {
        let endpoints = endpoints(self.endpoints.as_deref())?;
        self.database_url
            .clone()
            .or(endpoints.map(|endpoints| endpoints.database))
            .context("no database is named: give --database-url or --endpoints")
    }

    /// Connects to read.
    pub async fn open(&self) -> Result<Database> {
        let url = self.url()?;
        Database::connect(&url)
            .await
            .context("--database-url: connecting to the index's database")
    }

    /// Connects to write: no other writer may run.
    pub async fn open_to_write(&self) -> Result<(Database, WriterLock)> {
        let database = self.open().await?;
        let lock = WriterLock::acquire(&self.url()?).await?;
        Ok((database, lock))
    }
}

/// The database of an index, and a node of its network.
#[derive(Clone, Debug, Args)]
pub struct Network {
    #[command(flatten)]
    pub store: Store,
    /// The node to ask; that of the deployment unless given.
    #[arg(long, value_name = "URL", required_unless_present = "endpoints")]
    rpc_url: Option<String>,
}

impl Network {
    pub fn source(&self) -> Result<RpcSource> {
        let endpoints = endpoints(self.store.endpoints.as_deref())?;
        let url = self
            .rpc_url
            .clone()
            .or(endpoints.map(|endpoints| endpoints.rpc))
            .context("no network is named: give --rpc-url or --endpoints")?;
        RpcSource::new(&url).context("--rpc-url")
    }

    /// Connects to both, which have to belong together.
    pub async fn open_to_write(&self) -> Result<(RpcSource, Database, WriterLock)> {
        let source = self.source()?;
        let (database, lock) = self.store.open_to_write().await?;
        database.check_network(source.genesis_hash().await?).await?;
        Ok((source, database, lock))
    }
}
