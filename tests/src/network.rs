//! Which network the tests run on: the one that `pedigree up` embeds, or, where an environment variable names its binary,
//! Agave's own validator.

use std::{env, fs, path::Path, time::Duration};

use pedigree_localnet::{network::Network, validator::Validator};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Path of `solana-test-validator`; `make test-agave` sets it.
const VALIDATOR: &str = "PEDIGREE_TEST_VALIDATOR";
/// The wallets that a market has, and what each holds on the embedded network.
const WALLETS: [&str; 8] = [
    "deployer",
    "authority",
    "treasury",
    "publisher",
    "seller",
    "operator",
    "buyer",
    "stranger",
];
const LAMPORTS: u64 = 10_000_000_000_000;
/// How many times as long as on the embedded network things take: confirmed blocks come eight times as late, and an
/// unoptimised validator takes most of a core.
const SLOWER: u32 = 4;

/// Whether the tests run against Agave's validator.
pub fn is_agave() -> bool {
    env::var_os(VALIDATOR).is_some()
}

/// How long to wait on this network for what takes `embedded` at most on the embedded one.
pub fn patience(embedded: Duration) -> Duration {
    embedded * if is_agave() { SLOWER } else { 1 }
}

/// A network that runs whether an `up` does or not.
pub enum Lasting {
    Agave(Validator),
    Embedded(Box<Network>),
}

impl Lasting {
    /// Agave's validator with its ledger in `folder`, for a market with its data in `data`, whose wallets are made and
    /// hold SOL. None where the tests run on embedded networks.
    pub fn agave(folder: &Path, data: &Path) -> Option<Self> {
        let binary = env::var_os(VALIDATOR)?;
        let funded = wallets(data).map(|key| key.pubkey());
        let started = Validator::start(Path::new(&binary), folder, &funded, LAMPORTS);
        Some(Self::Agave(started.unwrap_or_else(|error| {
            panic!("{VALIDATOR}: {error}");
        })))
    }

    /// The network that the tests run on, for a market as above.
    pub async fn start(folder: &Path, data: &Path) -> Self {
        match Self::agave(folder, data) {
            Some(agave) => agave,
            None => Self::embedded(data).await,
        }
    }

    /// An embedded network, for a market as above.
    pub async fn embedded(data: &Path) -> Self {
        let [deployer, others @ ..] = wallets(data);
        let funded = others.map(|key| key.pubkey()).to_vec();
        let started = Network::start(&deployer, funded, LAMPORTS).await;
        Self::Embedded(Box::new(started.expect("a network")))
    }

    pub fn rpc_url(&self) -> String {
        match self {
            Self::Agave(validator) => validator.rpc_url(),
            Self::Embedded(network) => network.rpc_url().to_owned(),
        }
    }

    pub fn ws_url(&self) -> String {
        match self {
            Self::Agave(validator) => validator.ws_url(),
            Self::Embedded(network) => network.ws_url().to_owned(),
        }
    }
}

/// Makes the wallets of a market before its first start, the deployer's first.
fn wallets(data: &Path) -> [Keypair; WALLETS.len()] {
    let folder = data.join("wallets");
    fs::create_dir_all(&folder).expect("a folder for wallets");
    WALLETS.map(|name| {
        let key = Keypair::new();
        let text = format!("{:?}", key.to_bytes().as_slice());
        fs::write(folder.join(format!("{name}.json")), text).expect("a wallet");
        key
    })
}
