//! The database under a deployment.

use std::path::Path;

use anyhow::{Result, anyhow};
use pedigree_indexer::store::{self, Unreachable};
use pedigree_localnet::postgres::{Durability, Postgres};

/// Checks that the database named on the command line lets this program in.
///
/// # Errors
/// Names where it is, without its password, and the option.
pub async fn reach(url: &str) -> Result<()> {
    store::reach(url)
        .await
        .map_err(|Unreachable { database, cause }| {
            anyhow!("database {database} (--database-url): {cause}")
        })
}

/// The connection URL, and the server where it is ours.
pub struct Database {
    pub url: String,
    #[expect(dead_code, reason = "dropping it stops the server")]
    server: Option<Postgres>,
}

impl Database {
    /// A database that somebody else serves.
    pub fn external(url: String) -> Self {
        Self { url, server: None }
    }

    /// A private server in the data directory. The embedded network forgets everything when it
    /// stops, so its database begins empty each time; that of a lasting network is kept.
    pub async fn private(data_dir: &Path, genesis: &str, lasting: bool) -> Result<Self> {
        let folder = data_dir.join("postgres");
        // Starting blocks until the server answers.
        let start = move || Postgres::start(&folder, Durability::Durable);
        let server = tokio::task::spawn_blocking(start).await??;
        if !server.data().starts_with(data_dir) {
            let data = server.data().display();
            eprintln!("PostgreSQL's account cannot enter the data directory: it keeps {data}");
        }
        let url = if lasting {
            server
                .create_database(&format!("network_{genesis}"))
                .await?
        } else {
            server.recreate_database("embedded").await?
        };
        Ok(Self {
            url,
            server: Some(server),
        })
    }
}
