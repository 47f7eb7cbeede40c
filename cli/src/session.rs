//! A connection to a running deployment.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use pedigree_indexer::manifest::ContentStore;
use pedigree_sdk::{
    accounts::{self, Account},
    fetch,
    send::Key,
};
use serde_json::{Value, json};
use solana_client::{client_error::ClientError, nonblocking::rpc_client::RpcClient};
use solana_commitment_config::CommitmentConfig;
use solana_program::pubkey::Pubkey;

use crate::{
    endpoints::Endpoints,
    wallets::{Seed, Wallets},
};

/// Where a data directory keeps manifests.
const MANIFESTS: &str = "manifests";
/// Where a mint keeps its decimals.
const DECIMALS_AT: usize = 44;
/// Where a token account keeps its balance.
const AMOUNT_AT: Range<usize> = 64..72;

/// A deployment's network, files and wallets.
pub struct Session {
    pub endpoints: Endpoints,
    pub rpc: Arc<RpcClient>,
    /// That of `endpoints.json`.
    pub folder: PathBuf,
}

impl Session {
    /// Connects to the deployment that a file describes.
    ///
    /// # Errors
    /// When the file is missing, or its network does not answer or is another one by now.
    pub async fn open(path: &Path) -> Result<Self> {
        let endpoints = Endpoints::read(path)?;
        let rpc = RpcClient::new_with_timeout_and_commitment(
            endpoints.rpc.clone(),
            Duration::from_secs(30),
            CommitmentConfig::confirmed(),
        );
        let genesis = rpc
            .get_genesis_hash()
            .await
            .map_err(|error| silent(&endpoints.rpc, &error))?;
        if genesis.to_string() != endpoints.genesis {
            bail!(
                "{} is of the network with genesis {}, but {} has {genesis}: start `pedigree up` \
                 again",
                path.display(),
                endpoints.genesis,
                shown(&endpoints.rpc)
            );
        }
        Ok(Self {
            rpc: Arc::new(rpc),
            folder: path.parent().unwrap_or(Path::new(".")).to_path_buf(),
            endpoints,
        })
    }

    /// The wallet of a name in the deployment's folder, or in a file.
    ///
    /// # Errors
    /// When there is none.
    pub fn wallet(&self, name: &str) -> Result<Key> {
        let wallets = Wallets::in_folder(self.endpoints.wallets.clone());
        Ok(wallets.find(name)?)
    }

    /// The names of the wallets in the deployment's folder.
    pub fn wallet_names(&self) -> Vec<String> {
        Wallets::in_folder(self.endpoints.wallets.clone()).known()
    }

    /// The secret that the keys of imported publishers derive from.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn seed(&self) -> Result<Seed> {
        Ok(Seed::read_or_create(&self.folder.join("seed"))?)
    }

    /// The deployment's own content store.
    pub fn manifests(&self) -> ContentStore {
        ContentStore::new(self.folder.join(MANIFESTS))
    }

    /// The settlement mint.
    ///
    /// # Errors
    /// When the deployment has none.
    pub fn mint(&self) -> Result<Pubkey> {
        let mint = self.endpoints.mint.as_deref();
        let mint = mint.context("this deployment has no settlement mint: name one with --mint")?;
        mint.parse()
            .with_context(|| format!("{mint} is no address"))
    }

    /// An account that has to be there.
    ///
    /// # Errors
    /// When there is none at that address, or another kind.
    pub async fn account<T: Account>(&self, address: &Pubkey) -> Result<T> {
        let found = self.find(address).await?;
        found.with_context(|| format!("there is no {} at {address} on this network", T::KIND))
    }

    /// An account that may be there.
    ///
    /// # Errors
    /// When there is another kind, or the network does not answer.
    pub async fn find<T: Account>(&self, address: &Pubkey) -> Result<Option<T>> {
        Ok(fetch::account(&self.rpc, address).await?)
    }

    /// An account's fields, with its address.
    ///
    /// # Errors
    /// As [`Session::account`].
    pub async fn show<T: Account>(&self, address: &Pubkey) -> Result<Value> {
        let account: T = self.account(address).await?;
        let mut json = accounts::json(T::KIND, &accounts::to_bytes(&account))?;
        json["address"] = json!(address.to_string());
        Ok(json)
    }

    /// What a mint says of itself.
    ///
    /// # Errors
    /// When there is none at that address.
    pub async fn mint_at(&self, address: &Pubkey) -> Result<Mint> {
        let found = fetch::raw(&self.rpc, address).await?;
        let mint = found.and_then(|(token_program, data)| {
            let decimals = *data.get(DECIMALS_AT)?;
            Some(Mint {
                token_program,
                decimals,
            })
        });
        mint.with_context(|| format!("there is no mint at {address} on this network"))
    }

    /// Base units in a token account, 0 where there is none.
    ///
    /// # Errors
    /// When the network does not answer.
    pub async fn balance(&self, token_account: &Pubkey) -> Result<u64> {
        let found = fetch::raw(&self.rpc, token_account).await?;
        let amount = found.and_then(|(_, data)| data.get(AMOUNT_AT)?.try_into().ok());
        Ok(amount.map_or(0, u64::from_le_bytes))
    }

    /// Lamports of an account, 0 where there is none.
    ///
    /// # Errors
    /// When the network does not answer.
    pub async fn lamports(&self, address: &Pubkey) -> Result<u64> {
        let found = self.rpc.get_balance(address).await;
        found.map_err(|error| silent(&self.endpoints.rpc, &error))
    }

    /// The time a duration from now, by the network's clock, which its programs go by; in Unix seconds.
    ///
    /// # Errors
    /// When the network does not answer, or there is no such time.
    pub async fn after(&self, duration: Duration) -> Result<i64> {
        let now = fetch::time(&self.rpc).await?;
        let seconds = i64::try_from(duration.as_secs()).ok();
        seconds
            .and_then(|seconds| now.checked_add(seconds))
            .context("the time is too far ahead")
    }

    /// Which of these accounts do not exist, in their order.
    ///
    /// # Errors
    /// When the network does not answer.
    pub async fn missing(&self, addresses: &[Pubkey]) -> Result<Vec<bool>> {
        let found = fetch::raw_many(&self.rpc, addresses).await?;
        Ok(found.iter().map(Option::is_none).collect())
    }

    /// An address as given, or that of the wallet of this name.
    ///
    /// # Errors
    /// When it is neither.
    pub fn address(&self, name: &str) -> Result<Pubkey> {
        match name.parse() {
            Ok(address) => Ok(address),
            Err(_) => Ok(self.wallet(name)?.pubkey()),
        }
    }
}

/// That no node answers at a URL.
pub fn silent(url: &str, error: &ClientError) -> anyhow::Error {
    let shown = shown(url);
    let cause = error.to_string();
    let words = cause.split(' ');
    let words = words.map(|word| if word.contains("://") { &shown } else { word });
    let cause = words.collect::<Vec<_>>().join(" ");
    anyhow!("no Solana network answers at {shown}: {cause}")
}

/// A URL without what precedes and follows its host, where providers put their keys.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// What a mint says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Mint {
    pub token_program: Pubkey,
    pub decimals: u8,
}

/// The content store's folder beside a deployment's `endpoints.json`.
pub fn manifests_folder(endpoints: &Path) -> PathBuf {
    endpoints.parent().unwrap_or(Path::new(".")).join(MANIFESTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_providers_key_is_not_shown() {
        let url = "http://me:secret@127.0.0.1:9/secret?key=secret";
        let rpc = RpcClient::new(url.to_owned());
        let error = rpc.get_genesis_hash().await.unwrap_err();
        let shown = silent(url, &error).to_string();
        assert!(shown.contains("http://127.0.0.1:9:"), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
