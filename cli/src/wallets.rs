//! Keypairs: named ones in a folder, and those of imported publishers, derived from a seed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use solana_keypair::{Keypair, keypair_from_seed};

use crate::files::read_or_create;

/// The wallets that `pedigree up` makes and funds.
pub const NAMES: [&str; 8] = [
    "deployer",
    "authority",
    "treasury",
    "publisher",
    "seller",
    "operator",
    "buyer",
    "stranger",
];

#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} is no keypair file: expected a JSON list of 64 numbers")]
    Format { path: PathBuf },
    #[error("no wallet {name}: it is neither a file nor one of the wallets in {folder} ({known})")]
    Unknown {
        name: String,
        folder: PathBuf,
        known: String,
    },
}

/// A folder of keypair files, `NAME.json` each.
#[derive(Clone, Debug)]
pub struct Wallets {
    folder: PathBuf,
}

impl Wallets {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The keypair `name`, made when missing.
    ///
    /// # Errors
    /// When the folder cannot be written or the file is no keypair.
    pub fn get_or_create(&self, name: &str) -> Result<Arc<Keypair>, WalletError> {
        let path = self.folder.join(format!("{name}.json"));
        let make = || {
            let bytes = Keypair::new().to_bytes();
            format!("{:?}\n", bytes.as_slice())
        };
        let text = fs::create_dir_all(&self.folder)
            .and_then(|()| read_or_create(&path, make))
            .map_err(|source| WalletError::Io {
                path: path.clone(),
                source,
            })?;
        parse(&text)
            .map(Arc::new)
            .ok_or(WalletError::Format { path })
    }

    /// The keypair in a file, or that of a name in the folder.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn find(&self, name: &str) -> Result<Arc<Keypair>, WalletError> {
        let file = Path::new(name);
        if file.is_file() {
            return read_keypair(file);
        }
        let path = self.folder.join(format!("{name}.json"));
        if !name.contains('/') && path.is_file() {
            return read_keypair(&path);
        }
        Err(WalletError::Unknown {
            name: name.to_owned(),
            folder: self.folder.clone(),
            known: self.known().join(", "),
        })
    }

    /// The names of those in the folder, in order.
    pub fn known(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                Some(name.strip_suffix(".json")?.to_owned())
            })
            .collect();
        names.sort_unstable();
        names
    }
}

/// The keypair in a file, as Solana's tools write it.
///
/// # Errors
/// When the file cannot be read or is no keypair.
pub fn read_keypair(path: &Path) -> Result<Arc<Keypair>, WalletError> {
    let text = fs::read_to_string(path).map_err(|source| WalletError::Io {
        path: path.to_path_buf(),
        source,
    })?;
    parse(&text)
        .map(Arc::new)
        .ok_or_else(|| WalletError::Format {
            path: path.to_path_buf(),
        })
}

/// A keypair from the text of its file.
pub fn parse(text: &str) -> Option<Keypair> {
    let bytes: Vec<u8> = serde_json::from_str(text).ok()?;
    Keypair::try_from(bytes.as_slice()).ok()
}

/// The secret that the keys of imported publishers derive from.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Reads the seed of a data directory, or makes one.
    ///
    /// # Errors
    /// When the file cannot be read, written, or is no seed.
    pub fn read_or_create(path: &Path) -> Result<Self, WalletError> {
        let make = || format!("{}\n", hex::encode(Keypair::new().secret_bytes()));
        let text = read_or_create(path, make).map_err(|source| WalletError::Io {
            path: path.to_path_buf(),
            source,
        })?;
        let mut seed = [0; 32];
        hex::decode_to_slice(text.trim(), &mut seed).map_err(|_| WalletError::Io {
            path: path.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, "expected 64 hex digits"),
        })?;
        Ok(Self(seed))
    }

    /// The keypair of the publisher with this name in the catalogue.
    pub fn publisher(&self, name: &str) -> Arc<Keypair> {
        let hash = Sha256::new()
            .chain_update(self.0)
            .chain_update(name.as_bytes())
            .finalize();
        Arc::new(keypair_from_seed(&hash).expect("a hash has the 32 bytes that a key needs"))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use solana_signer::Signer;

    use super::*;

    #[test]
    fn a_wallet_is_made_once_readable_by_its_owner_alone_and_found_by_name_and_path() {
        let folder = tempfile::tempdir().unwrap();
        let wallets = Wallets::in_folder(folder.path().join("wallets"));
        let made = wallets.get_or_create("buyer").unwrap().pubkey();
        assert_eq!(wallets.get_or_create("buyer").unwrap().pubkey(), made);
        assert_eq!(wallets.find("buyer").unwrap().pubkey(), made);
        let path = folder.path().join("wallets/buyer.json");
        let by_path = wallets.find(path.to_str().unwrap()).unwrap();
        assert_eq!(by_path.pubkey(), made);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);

        let error = wallets.find("byer").unwrap_err().to_string();
        assert!(
            error.contains("byer") && error.contains("(buyer)"),
            "{error}"
        );
        fs::write(&path, "[1,2]").unwrap();
        assert!(matches!(
            wallets.find("buyer"),
            Err(WalletError::Format { .. })
        ));
    }

    #[test]
    fn publishers_keys_depend_on_the_seed_and_the_name_alone() {
        let folder = tempfile::tempdir().unwrap();
        let seed = |file: &str| Seed::read_or_create(&folder.path().join(file)).unwrap();
        let key = |seed: Seed, name: &str| seed.publisher(name).pubkey();
        assert_eq!(key(seed("a"), "mteb"), key(seed("a"), "mteb"));
        assert_ne!(key(seed("a"), "mteb"), key(seed("a"), "openai"));
        assert_ne!(key(seed("a"), "mteb"), key(seed("b"), "mteb"));
    }
}
