//! A connection to a running deployment.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use pedigree_indexer::manifest::ContentStore;
use pedigree_localnet::network::Network;
use pedigree_sdk::{
    accounts::{self, Account},
    fetch,
    send::{Key, Sender, Sent},
};
use serde_json::{Value, json};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    endpoints::Endpoints,
    wallets::{Seed, Wallets},
};

pub struct Session {
    pub endpoints: Endpoints,
    pub sender: Arc<Sender>,
    folder: PathBuf,
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
            .with_context(|| format!("no Solana network answers at {}", endpoints.rpc))?;
        if genesis.to_string() != endpoints.genesis {
            bail!(
                "{} is of the network with genesis {}, but {} has {genesis}: start `pedigree up` \
                 again",
                path.display(),
                endpoints.genesis,
                endpoints.rpc
            );
        }
        Ok(Self {
            sender: Arc::new(Sender::new(Arc::new(rpc), Network::send_options())),
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

    /// The secret that the keys of imported publishers derive from.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn seed(&self) -> Result<Seed> {
        Ok(Seed::read_or_create(&self.folder.join("seed"))?)
    }

    /// The deployment's own content store.
    pub fn manifests(&self) -> ContentStore {
        ContentStore::new(self.folder.join("manifests"))
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
        Ok(fetch::account(self.sender.rpc(), address).await?)
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

    /// Sends a transaction; the first key pays. What is told is to be printed.
    ///
    /// # Errors
    /// As the program that refuses says.
    pub async fn send(&self, instructions: &[Instruction], keys: &[Key]) -> Result<Value> {
        let Sent { signature, slot } = self.sender.send(instructions, keys).await?;
        Ok(json!({"signature": signature.to_string(), "slot": slot}))
    }
}
