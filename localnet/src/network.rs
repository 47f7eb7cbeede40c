//! An embedded Solana network: surfpool, offline, on free local ports.
//!
//! What it does differently from a cluster, for those who read its blocks:
//! - Every slot has a block whose parent is the slot before it; none is skipped, none is dropped
//!   from memory. The first one is `getFirstAvailableBlock`.
//! - A slot past the asked commitment answers `null`, not an error. `confirmed` trails the tip by
//!   one slot, `finalized` by 31, and nothing ever forks.
//! - Hashes of blocks without transactions are made up when asked for, from another counter than
//!   those of blocks with transactions: where the two kinds meet, `previousBlockhash` is not the
//!   hash of the block before.
//! - Block hashes are the same on every instance. The genesis hash depends on the second of the
//!   start, so it tells instances apart.

use std::{io, net::TcpListener, time::Duration};

use pedigree_sdk::{
    fetch::{self, FetchError},
    send::Options,
};
use solana_client::{client_error::ClientError, nonblocking::rpc_client::RpcClient};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_program::{clock::Clock, pubkey::Pubkey};
use surfpool_sdk::{BlockProductionMode, SimnetCommand, Surfnet, SurfnetError};

/// A block every 50 ms, by the clock: the network's time then runs as the wall clock does, so
/// deadlines pass, and no transaction waits long for its block.
pub const SLOT_MILLIS: u64 = 50;

/// How many slots the network is put forward with its clock: more than pass until it does so.
const AHEAD: u64 = 200;
/// How often it is asked whether it did.
const TRIES: u32 = 200;

#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("no free local port: {0}")]
    Port(#[from] io::Error),
    #[error("the embedded network did not start: {0}")]
    Start(SurfnetError),
    #[error("the embedded network did not stop: {0}")]
    Stop(SurfnetError),
    #[error("the embedded network does not say how far it is: {0}")]
    Slot(#[source] Box<ClientError>),
    #[error(transparent)]
    Clock(#[from] FetchError),
    #[error("the embedded network takes no other time: {0}")]
    Travel(SurfnetError),
    #[error("the embedded network did not take the time {0}")]
    Time(i64),
}

/// A running network. It keeps its state in memory: a new one starts from a new genesis.
pub struct Network {
    surfnet: Surfnet,
}

impl Network {
    /// Starts a network in which `payer` and `funded` hold `lamports` each.
    ///
    /// # Errors
    /// When no port is free or the network's thread fails.
    pub async fn start(
        payer: &Keypair,
        funded: Vec<Pubkey>,
        lamports: u64,
    ) -> Result<Self, NetworkError> {
        // Surfpool takes free ports itself but aborts the process's start-up late and with an
        // unclear message when there is none.
        drop(TcpListener::bind("127.0.0.1:0")?);
        let surfnet = Surfnet::builder()
            .offline(true)
            .block_production_mode(BlockProductionMode::Clock)
            .slot_time_ms(SLOT_MILLIS)
            .payer(payer.insecure_clone())
            .airdrop_addresses(funded)
            .airdrop_sol(lamports)
            .start()
            .await
            .map_err(NetworkError::Start)?;
        // Unless told otherwise it runs each transaction once more per instruction to profile
        // it. Only an open runbook switches that off.
        surfnet
            .send_command(SimnetCommand::StartRunbookExecution("pedigree".to_owned()))
            .map_err(NetworkError::Start)?;
        Ok(Self { surfnet })
    }

    pub fn rpc_url(&self) -> &str {
        self.surfnet.rpc_url()
    }

    pub fn ws_url(&self) -> &str {
        self.surfnet.ws_url()
    }

    /// How to send to a network as fast as this one: asks for results as often as blocks come, and does not have each
    /// transaction executed twice.
    pub fn send_options() -> Options {
        Options {
            skip_preflight: true,
            poll: Duration::from_millis(SLOT_MILLIS),
            blockhash_age: Duration::from_secs(1),
            ..Options::default()
        }
    }

    /// Puts the network's clock to `time`, in Unix seconds and not in its past, some slots ahead, whose blocks are empty:
    /// what waits for a deadline need not be waited for. From then on it goes on as fast as before.
    ///
    /// # Errors
    /// When the network does not answer, or has another time afterwards.
    pub async fn travel_to(&self, time: i64) -> Result<(), NetworkError> {
        let rpc = RpcClient::new_with_commitment(
            self.rpc_url().to_owned(),
            CommitmentConfig::processed(),
        );
        let now = rpc.get_epoch_info().await;
        let now = now.map_err(|error| NetworkError::Slot(Box::new(error)))?;
        let clock = Clock {
            slot: now.absolute_slot.saturating_add(AHEAD),
            epoch: now.epoch,
            unix_timestamp: time,
            ..Clock::default()
        };
        self.surfnet
            .send_command(SimnetCommand::UpdateInternalClock(None, clock))
            .map_err(NetworkError::Travel)?;
        for _ in 0..TRIES {
            if fetch::time(&rpc).await? >= time {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(SLOT_MILLIS)).await;
        }
        Err(NetworkError::Time(time))
    }

    /// Stops the network and frees its ports.
    ///
    /// # Errors
    /// When the servers do not confirm within five seconds.
    pub fn stop(mut self) -> Result<(), NetworkError> {
        self.surfnet.stop().map_err(NetworkError::Stop)
    }
}
