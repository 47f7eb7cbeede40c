//! Which index, and which network.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use pedigree_indexer::{
    Metrics,
    source::{Persistent, RpcSource, Source},
    store::{Store as Database, WriterLock},
};

use crate::endpoints::{DEFAULT_FILE, Endpoints};

/// A deployment that says what the command line does not.
#[derive(Clone, Debug, Args)]
pub struct Deployment {
    /// The file that `pedigree up` writes; .pedigree/endpoints.json unless given. It is read only for
    /// what no other option says.
    #[arg(long, value_name = "FILE")]
    endpoints: Option<PathBuf>,
}

impl Deployment {
    /// The file, named or not.
    pub fn file(&self) -> &Path {
        self.endpoints.as_deref().unwrap_or(Path::new(DEFAULT_FILE))
    }

    /// Whether the command line names it.
    pub fn is_named(&self) -> bool {
        self.endpoints.is_some()
    }

    /// What an option says, or else the deployment.
    pub fn unless(
        &self,
        given: Option<&String>,
        option: &str,
        field: fn(Endpoints) -> String,
    ) -> Result<String> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let endpoints = Endpoints::read(self.file());
        Ok(field(
            endpoints.with_context(|| format!("{option} is not given"))?,
        ))
    }
}

/// The database of an index.
#[derive(Clone, Debug, Args)]
pub struct Store {
    /// The index's database; that of the deployment unless given.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    #[command(flatten)]
    pub deployment: Deployment,
}

impl Store {
    fn url(&self) -> Result<String> {
        let given = self.database_url.as_ref();
        self.deployment
            .unless(given, "--database-url", |endpoints| endpoints.database)
    }

    /// Connects to read.
    pub async fn open(&self) -> Result<Database> {
        Database::connect(&self.url()?)
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
    #[arg(long, value_name = "URL")]
    rpc_url: Option<String>,
}

impl Network {
    pub fn source(&self) -> Result<Persistent<RpcSource>> {
        node(&self.store.deployment, self.rpc_url.as_ref())
    }

    /// Connects to both, which have to belong together.
    pub async fn open_to_write(&self) -> Result<(Persistent<RpcSource>, Database, WriterLock)> {
        let source = self.source()?;
        let (database, lock) = self.store.open_to_write().await?;
        check_network(&database, &source).await?;
        Ok((source, database, lock))
    }
}

/// The node at a URL, or else the deployment's; it is asked again where it fails.
pub fn node(deployment: &Deployment, rpc_url: Option<&String>) -> Result<Persistent<RpcSource>> {
    let url = deployment.unless(rpc_url, "--rpc-url", |endpoints| endpoints.rpc)?;
    Ok(persistent(RpcSource::new(&url).context("--rpc-url")?))
}

pub fn persistent<S: Source>(source: S) -> Persistent<S> {
    Persistent {
        source,
        metrics: Metrics::default(),
    }
}

/// Refuses a range that begins before what the source has.
pub async fn check_first<S: Source>(source: &S, from: u64) -> Result<()> {
    let first = source.first_slot().await?;
    if from < first {
        bail!(
            "--from: what can be had begins at slot {first}: begin there, or take another source"
        );
    }
    Ok(())
}

/// Refuses a database of another network than the source's.
pub async fn check_network<S: Source>(database: &Database, source: &S) -> Result<()> {
    let (genesis_hash, hashes_chain) = (source.genesis_hash().await?, source.hashes_chain().await?);
    Ok(database.check_network(genesis_hash, hashes_chain).await?)
}
