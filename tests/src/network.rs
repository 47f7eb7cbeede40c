//! Which network the tests run on: the one that `pedigree up` embeds, or, where an environment variable names its binary,
//! Agave's own validator.

use std::{env, fs, path::Path, time::Duration};

use pedigree_localnet::validator::Validator;
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

/// A validator in `folder` for a market with its data in `data`, whose wallets are made and hold SOL. None where `up`
/// is to start its own network.
pub fn validator(folder: &Path, data: &Path) -> Option<Validator> {
    let binary = env::var_os(VALIDATOR)?;
    let wallets = data.join("wallets");
    fs::create_dir_all(&wallets).expect("a folder for wallets");
    let funded = WALLETS.map(|name| {
        let key = Keypair::new();
        let text = format!("{:?}", key.to_bytes().as_slice());
        fs::write(wallets.join(format!("{name}.json")), text).expect("a wallet");
        key.pubkey()
    });
    let started = Validator::start(Path::new(&binary), folder, &funded, LAMPORTS);
    Some(started.unwrap_or_else(|error| panic!("{VALIDATOR}: {error}")))
}
