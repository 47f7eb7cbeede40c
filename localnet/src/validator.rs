//! Agave's own `solana-test-validator`, as a second network: real slots, votes, and blocks that are confirmed first and
//! final half a minute later. `scripts/agave.sh` builds it.

use std::{
    ffi::OsString,
    fs, io,
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use solana_client::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_program::pubkey::Pubkey;
use solana_system_interface::program;

use crate::supervisor::{Server, Supervisor, last_lines};

/// An unoptimised validator on busy cores.
const START_TIMEOUT: Duration = Duration::from_secs(180);
/// RPC, its WebSocket, faucet and gossip, then those that the validator gives out itself: it wants 26 at least.
const PORTS: u16 = 40;
/// Below those that outgoing connections come from.
const PORT_RANGE: std::ops::Range<u16> = 10_000..32_000;

#[derive(Debug, thiserror::Error)]
pub enum ValidatorError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("no {PORTS} free local ports in a row")]
    Ports,
    #[error("the validator did not start; the end of {log}:\n{tail}")]
    Start { log: PathBuf, tail: String },
}

/// A running validator. Its ledger is deleted when it ends, which it does when this is dropped or this process is gone.
#[derive(Debug)]
pub struct Validator {
    supervisor: Supervisor,
    log: PathBuf,
    rpc_port: u16,
}

impl Validator {
    /// Starts `binary` with a new ledger in `folder`, in which each of `funded` holds `lamports`.
    ///
    /// Blocks until the network has confirmed a block.
    ///
    /// # Errors
    /// When `folder` cannot be written, no ports are free, or the validator ends during its start.
    pub fn start(
        binary: &Path,
        folder: &Path,
        funded: &[Pubkey],
        lamports: u64,
    ) -> Result<Self, ValidatorError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| ValidatorError::Io { path, source }
        };
        // Told here, as the supervising shell would tell it in the log only.
        fs::metadata(binary).map_err(failed(binary))?;
        let (ledger, accounts) = (folder.join("ledger"), folder.join("genesis-accounts"));
        for made in [&ledger, &accounts] {
            fs::create_dir_all(made).map_err(failed(made))?;
        }
        for address in funded {
            let file = accounts.join(format!("{address}.json"));
            fs::write(&file, genesis_account(address, lamports)).map_err(failed(&file))?;
        }
        let port = free_ports()?;
        let log = folder.join("validator.log");
        let server = Server {
            name: "pedigree-validator",
            command: command(binary, &ledger, &accounts, port),
            // Nobody reads the ledger again: it need not be closed well.
            signal: "TERM",
            log: &log,
            remove: &[ledger, accounts],
        };
        let supervisor = Supervisor::spawn(server, |command| {
            // Otherwise it logs megabytes a minute into the ledger.
            command.env("RUST_LOG", "warn").current_dir(folder);
        });
        let mut validator = Self {
            supervisor: supervisor.map_err(failed(Path::new("sh")))?,
            log,
            rpc_port: port,
        };
        validator.wait_until_ready()?;
        Ok(validator)
    }

    fn wait_until_ready(&mut self) -> Result<(), ValidatorError> {
        let deadline = Instant::now() + START_TIMEOUT;
        let rpc = RpcClient::new_with_commitment(self.rpc_url(), CommitmentConfig::confirmed());
        while rpc.get_slot().unwrap_or_default() == 0 {
            if self.supervisor.has_ended() || Instant::now() > deadline {
                return Err(ValidatorError::Start {
                    tail: last_lines(&self.log, 6),
                    log: self.log.clone(),
                });
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    pub fn rpc_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.rpc_port)
    }

    pub fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.rpc_port + 1)
    }

    /// Stops the validator and waits until its ledger is gone.
    pub fn stop(mut self) {
        self.supervisor.stop();
    }
}

fn command(binary: &Path, ledger: &Path, accounts: &Path, port: u16) -> Vec<OsString> {
    let (faucet, gossip, first) = (port + 2, port + 3, port + 4);
    let numbers = [
        ("--rpc-port", port.to_string()),
        ("--faucet-port", faucet.to_string()),
        ("--gossip-port", gossip.to_string()),
        (
            "--dynamic-port-range",
            format!("{first}-{}", port.saturating_add(PORTS)),
        ),
        // Unless told otherwise it forgets blocks after some minutes.
        ("--limit-ledger-size", "1000000000".to_owned()),
    ];
    let paths = [("--ledger", ledger), ("--account-dir", accounts)];
    let mut command = vec![binary.into(), "--quiet".into()];
    command.extend(
        numbers
            .map(|(name, number)| [name.into(), number.into()])
            .into_iter()
            .flatten(),
    );
    command.extend(
        paths
            .map(|(name, path)| [name.into(), path.into()])
            .into_iter()
            .flatten(),
    );
    command
}

/// What the genesis block has at `address`, in the form that Solana's tools write accounts in.
fn genesis_account(address: &Pubkey, lamports: u64) -> String {
    let account = json!({
        "lamports": lamports,
        "data": ["", "base64"],
        "owner": program::ID.to_string(),
        "executable": false,
        "rentEpoch": u64::MAX,
        "space": 0,
    });
    json!({"pubkey": address.to_string(), "account": account}).to_string()
}

/// The first of [`PORTS`] free ports in a row. Processes that ask at the same moment begin to look at different places.
fn free_ports() -> Result<u16, ValidatorError> {
    let places: Vec<u16> = PORT_RANGE.step_by(usize::from(PORTS)).collect();
    let begin = std::process::id() as usize % places.len();
    let mut in_turn = places[begin..].iter().chain(&places[..begin]);
    let is_free = |port| {
        TcpListener::bind(("0.0.0.0", port)).is_ok() && UdpSocket::bind(("0.0.0.0", port)).is_ok()
    };
    let found = in_turn.find(|first| (**first..**first + PORTS).all(is_free));
    found.copied().ok_or(ValidatorError::Ports)
}
