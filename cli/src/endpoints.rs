//! `endpoints.json`: where a running deployment answers.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use pedigree_sdk::programs::OWN;
use serde::{Deserialize, Serialize};

/// Where `pedigree up` writes it, unless it was told another folder.
pub const DEFAULT_FILE: &str = ".pedigree/endpoints.json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// The indexer's API.
    pub http: String,
    pub rpc: String,
    pub ws: String,
    /// Connection URL of the indexer's database.
    pub database: String,
    /// Genesis hash of the network.
    pub genesis: String,
    pub programs: Programs,
    /// The settlement mint.
    pub mint: Option<String>,
    /// Folder of keypair files.
    pub wallets: PathBuf,
}

/// Addresses of the programs; null where an earlier version did not deploy one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programs {
    pub listing: Option<String>,
    pub escrow: Option<String>,
    pub reward: Option<String>,
    pub dao: Option<String>,
}

impl Programs {
    /// Where `pedigree up` deploys them.
    pub fn own() -> Self {
        let [listing, escrow, reward, dao] = OWN.map(|program| Some(program.to_string()));
        Self {
            listing,
            escrow,
            reward,
            dao,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EndpointsError {
    #[error(
        "{path}: {source}; start a deployment with `pedigree up`, or name its endpoints.json \
         with --endpoints"
    )]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    Format {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{path}: {source}")]
    Write { path: PathBuf, source: io::Error },
}

impl Endpoints {
    /// # Errors
    /// When the file is missing or is not what `pedigree up` writes.
    pub fn read(path: &Path) -> Result<Self, EndpointsError> {
        let text = fs::read_to_string(path).map_err(|source| EndpointsError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| EndpointsError::Format {
            path: path.to_path_buf(),
            source,
        })
    }

    /// Replaces the file at once: a reader sees the old one or the new one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), EndpointsError> {
        let failed = |source| EndpointsError::Write {
            path: path.to_path_buf(),
            source,
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        let part = path.with_extension("part");
        fs::write(&part, text + "\n").map_err(failed)?;
        fs::rename(part, path).map_err(failed)
    }
}
