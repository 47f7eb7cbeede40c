//! The network under a deployment: embedded or somebody else's, with our programs on it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use pedigree_localnet::{
    deploy::{Deployed, deploy},
    network::Network,
};
use pedigree_sdk::{
    programs,
    send::{Key, Options, Sender},
};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_program::hash::Hash;
use solana_signer::Signer;

use crate::{
    session::silent,
    wallets::{self, NAMES, Wallets},
};

/// What each wallet of the embedded network holds, in lamports: 10,000 SOL, of which the rent of
/// the whole catalogue takes some 80.
const WALLET_LAMPORTS: u64 = 10_000_000_000_000;

/// The keys that fix the addresses of [`programs::OWN`], in its order.
const KEYS: [&str; programs::OWN.len()] = [
    include_str!("../../../programs/listing/id.json"),
    include_str!("../../../programs/escrow/id.json"),
    include_str!("../../../programs/reward/id.json"),
    include_str!("../../../programs/dao/id.json"),
];

/// A network that answers.
pub struct Chain {
    pub sender: Arc<Sender>,
    pub rpc_url: String,
    pub ws_url: String,
    pub genesis: String,
    /// `None` where somebody else runs it.
    pub embedded: Option<Network>,
}

impl Chain {
    /// Starts the embedded network with all wallets funded.
    pub async fn embedded(wallets: &Wallets) -> Result<Self> {
        let deployer = wallets.get_or_create("deployer")?;
        let mut funded = Vec::new();
        for name in NAMES {
            funded.push(wallets.get_or_create(name)?.pubkey());
        }
        funded.retain(|wallet| *wallet != deployer.pubkey());
        let network = Network::start(&deployer, funded, WALLET_LAMPORTS).await?;
        let (rpc_url, ws_url) = (network.rpc_url().to_owned(), network.ws_url().to_owned());
        let mut chain = Self::attach(&rpc_url, &ws_url).await?;
        let rpc = chain.sender.rpc().clone();
        chain.sender = Arc::new(Sender::new(rpc, Network::send_options()));
        chain.embedded = Some(network);
        Ok(chain)
    }

    /// Connects to a network that runs already.
    pub async fn attach(rpc_url: &str, ws_url: &str) -> Result<Self> {
        let rpc = RpcClient::new_with_timeout_and_commitment(
            rpc_url.to_owned(),
            Duration::from_secs(30),
            CommitmentConfig::confirmed(),
        );
        let genesis = rpc
            .get_genesis_hash()
            .await
            .map_err(|error| silent(rpc_url, &error))?;
        Ok(Self {
            sender: Arc::new(Sender::new(Arc::new(rpc), Options::default())),
            rpc_url: rpc_url.to_owned(),
            ws_url: ws_url.to_owned(),
            genesis: genesis.to_string(),
            embedded: None,
        })
    }

    /// The genesis hash as the programs store it.
    pub fn genesis_hash(&self) -> Result<[u8; 32]> {
        let hash: Hash = self
            .genesis
            .parse()
            .context("the genesis hash is no hash")?;
        Ok(hash.to_bytes())
    }

    /// Puts the compiled programs in `folder` on the network, unless it runs them already. Not on a public one: the keys of
    /// the programs are everybody's, and whoever deploys the dao first under its key would rule on escrow's disputes.
    pub async fn deploy(&self, folder: &Path, deployer: &Key) -> Result<()> {
        check_not_public(&self.genesis)?;
        for (program, key) in programs::OWN.iter().zip(KEYS) {
            let name = programs::own(program).context("a program without a name")?;
            let path = folder.join(format!("{name}.so"));
            let bytes = fs::read(&path).with_context(|| {
                let path = path.display();
                format!("{path}: compile the programs with `make programs`")
            })?;
            let id = wallets::parse(key).context("the committed program key is no keypair")?;
            let id: Key = Arc::new(id);
            let done = deploy(&self.sender, deployer, &id, &bytes).await?;
            let done = match done {
                Deployed::New => "deployed",
                Deployed::Upgraded => "upgraded",
                Deployed::Unchanged => "unchanged",
            };
            eprintln!("{name} {} {done} ({} bytes)", id.pubkey(), bytes.len());
        }
        Ok(())
    }
}

/// Genesis hashes of Solana's mainnet, devnet and testnet.
const PUBLIC: [&str; 3] = [
    "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG",
    "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY",
];

fn check_not_public(genesis: &str) -> Result<()> {
    if PUBLIC.contains(&genesis) {
        bail!(
            "this is a public network, and the keys of these programs are public too: whoever signs with the dao's first \
             would rule on every dispute; give the programs keys of your own"
        );
    }
    Ok(())
}

/// Where the compiled programs are: below the current folder's or this binary's `target`.
pub fn programs_folder() -> Result<PathBuf> {
    let binary = env::current_exe().context("finding this program's own file")?;
    let current = env::current_dir().context("finding the current folder")?;
    let above = current
        .ancestors()
        .map(|folder| folder.join("target/deploy"));
    let beside = binary.ancestors().map(|folder| folder.join("deploy"));
    let mut candidates = above.chain(beside);
    match candidates.find(|folder| folder.join("listing.so").is_file()) {
        Some(folder) => Ok(folder),
        None => bail!(
            "no compiled programs: looked for target/deploy/listing.so from {} upwards and near \
             {}; run `make programs`, or name their folder with --programs",
            current.display(),
            binary.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use pedigree_sdk::programs;
    use solana_signer::Signer;

    use super::{KEYS, PUBLIC, check_not_public};
    use crate::wallets;

    #[test]
    fn the_committed_keys_are_those_of_the_programs_addresses() {
        let keys = KEYS.map(|key| wallets::parse(key).unwrap().pubkey());
        assert_eq!(keys, programs::OWN);
    }

    #[test]
    fn programs_whose_keys_everybody_has_are_deployed_on_no_public_network() {
        for genesis in PUBLIC {
            let refused = check_not_public(genesis).unwrap_err().to_string();
            assert!(refused.contains("keys of your own"), "{refused}");
        }
        check_not_public("11111111111111111111111111111111").unwrap();
    }
}
