//! Sending transactions until they are confirmed.
//!
//! A transaction is handed to the node again and again until its blockhash expires, and is signed anew only when no
//! block can hold the old one any more: it is never executed twice. What fails for good comes back as a typed error.

use std::{sync::Arc, time::Duration};

use rand::Rng;
use solana_client::{
    client_error::{ClientError, Result as ClientResult},
    nonblocking::rpc_client::RpcClient,
    rpc_config::{RpcSendTransactionConfig, RpcTransactionConfig},
};
use solana_commitment_config::CommitmentConfig;
use solana_message::{Message, VersionedMessage};
use solana_program::{hash::Hash, instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use solana_transaction::{Signature, TransactionError, versioned::VersionedTransaction};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::{Instant, sleep},
};

mod error;
pub mod pack;
mod track;

use crate::error::Failure;
pub use error::SendError;
use error::{Answer, classify};
use track::{Fate, Watch};

/// A key that signs.
pub type Key = Arc<dyn Signer + Send + Sync>;

/// How a [`Sender`] goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What counts as confirmed.
    pub commitment: CommitmentConfig,
    /// Hands transactions on without simulating them first: half the work for the node, and one that fails costs its
    /// fee.
    pub skip_preflight: bool,
    /// Time between two questions for the fate of what is in flight.
    pub poll: Duration,
    /// Time after which a transaction without an answer is handed over again.
    pub resend: Duration,
    /// Age from which a blockhash is not used for a new transaction.
    pub blockhash_age: Duration,
    /// How often a transaction is signed anew after its blockhash expired.
    pub attempts: u32,
    /// How long a node may give no usable answer.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            commitment: CommitmentConfig::confirmed(),
            skip_preflight: false,
            poll: Duration::from_millis(100),
            resend: Duration::from_secs(2),
            blockhash_age: Duration::from_secs(2),
            attempts: 5,
            patience: Duration::from_secs(30),
        }
    }
}

/// A confirmed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub signature: Signature,
    pub slot: u64,
}

/// Sends transactions over one RPC connection. Cheap to share behind an [`Arc`].
pub struct Sender {
    rpc: Arc<RpcClient>,
    options: Options,
    blockhash: Mutex<Option<Recent>>,
    watches: mpsc::UnboundedSender<Watch>,
}

#[derive(Clone, Copy)]
struct Recent {
    hash: Hash,
    last_valid_height: u64,
    read_at: Instant,
}

impl Sender {
    /// A sender whose task of asking for results ends with it. Needs a running tokio runtime.
    pub fn new(rpc: Arc<RpcClient>, options: Options) -> Self {
        let (watches, received) = mpsc::unbounded_channel();
        tokio::spawn(track::run(
            rpc.clone(),
            options.commitment,
            options.poll,
            received,
        ));
        Self {
            rpc,
            options,
            blockhash: Mutex::new(None),
            watches,
        }
    }

    /// The connection that it uses.
    pub fn rpc(&self) -> &Arc<RpcClient> {
        &self.rpc
    }

    /// Sends one transaction and waits until it is confirmed. The first key pays; keys that the instructions do not
    /// ask for are ignored.
    pub async fn send(
        &self,
        instructions: &[Instruction],
        keys: &[Key],
    ) -> Result<Sent, SendError> {
        let payer = keys.first().ok_or(SendError::NoPayer)?.pubkey();
        let bytes = pack::transaction_len(instructions, &payer);
        if bytes > pack::MAX_TRANSACTION_BYTES {
            return Err(SendError::TooLarge { bytes });
        }
        let mut message = Message::new(instructions, Some(&payer));
        let mut last = None;
        for _ in 0..self.options.attempts.max(1) {
            let recent = self.recent_blockhash().await?;
            message.recent_blockhash = recent.hash;
            let transaction = sign(&message, keys)?;
            let signature = transaction.signatures[0];
            last = Some(signature);
            if self.hand_over(&transaction, instructions).await? == Answer::Stale {
                self.forget(recent.hash).await;
                sleep(backoff(1)).await;
                continue;
            }
            match self.fate(&transaction, recent.last_valid_height).await {
                Fate::Landed {
                    slot,
                    result: Ok(()),
                } => return Ok(Sent { signature, slot }),
                // A node that executes without checking reports this; nothing was executed.
                Fate::Landed {
                    result: Err(TransactionError::BlockhashNotFound),
                    ..
                }
                | Fate::Expired => {
                    self.forget(recent.hash).await;
                }
                Fate::Landed {
                    result: Err(error), ..
                } => {
                    let failure = Box::new(self.explain(error, instructions, &signature).await);
                    return Err(SendError::Failed {
                        signature: Some(signature),
                        failure,
                    });
                }
            }
        }
        Err(SendError::Dropped {
            attempts: self.options.attempts,
            signature: last.unwrap_or_default(),
        })
    }

    /// Hands a new transaction to the node. `Known` where it took it or may have it already, `Stale` where it
    /// certainly did not take it and the blockhash is to blame.
    async fn hand_over(
        &self,
        transaction: &VersionedTransaction,
        instructions: &[Instruction],
    ) -> Result<Answer, SendError> {
        let started = Instant::now();
        let signature = Some(transaction.signatures[0]);
        let mut tries = 0;
        loop {
            let Err(error) = self.submit(transaction, self.options.skip_preflight).await else {
                return Ok(Answer::Known);
            };
            match classify(&error) {
                Answer::Busy if started.elapsed() < self.options.patience => {
                    tries += 1;
                    sleep(backoff(tries)).await;
                }
                Answer::Busy => return Err(unreachable(error, signature)),
                // A try before this one may have arrived although its answer did not: only the chain knows.
                _ if tries > 0 => return Ok(Answer::Known),
                Answer::Refused => {
                    return Err(
                        match Failure::from_client(&error, &programs(instructions)) {
                            Some(failure) => SendError::Failed {
                                signature: None,
                                failure: Box::new(failure),
                            },
                            None => SendError::Rejected {
                                source: Box::new(error),
                            },
                        },
                    );
                }
                answer => return Ok(answer),
            }
        }
    }

    async fn submit(
        &self,
        transaction: &VersionedTransaction,
        skip_preflight: bool,
    ) -> ClientResult<Signature> {
        let config = RpcSendTransactionConfig {
            skip_preflight,
            preflight_commitment: Some(self.options.commitment.commitment),
            // The node's own retries would outlive ours unseen.
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        self.rpc
            .send_transaction_with_config(transaction, config)
            .await
    }

    /// Waits for the transaction's fate, and hands it over again as long as there is none.
    async fn fate(&self, transaction: &VersionedTransaction, last_valid_height: u64) -> Fate {
        let (sender, mut fate) = oneshot::channel();
        let watch = Watch {
            signature: transaction.signatures[0],
            last_valid_height,
            fate: sender,
        };
        // The tracking task lives as long as `self` does.
        let _ = self.watches.send(watch);
        loop {
            tokio::select! {
                fate = &mut fate => return fate.unwrap_or(Fate::Expired),
                () = sleep(jittered(self.options.resend)) => {
                    // Only its status counts from here on; a node that knows it says so as an error.
                    let _ = self.submit(transaction, true).await;
                }
            }
        }
    }

    async fn recent_blockhash(&self) -> Result<Recent, SendError> {
        let mut cached = self.blockhash.lock().await;
        if let Some(recent) =
            cached.filter(|recent| recent.read_at.elapsed() < self.options.blockhash_age)
        {
            return Ok(recent);
        }
        let started = Instant::now();
        let mut tries = 0;
        loop {
            match self
                .rpc
                .get_latest_blockhash_with_commitment(self.options.commitment)
                .await
            {
                Ok((hash, last_valid_height)) => {
                    let recent = Recent {
                        hash,
                        last_valid_height,
                        read_at: Instant::now(),
                    };
                    *cached = Some(recent);
                    return Ok(recent);
                }
                Err(error) if classify(&error) != Answer::Busy => {
                    return Err(SendError::Rejected {
                        source: Box::new(error),
                    });
                }
                Err(error) if started.elapsed() >= self.options.patience => {
                    return Err(unreachable(error, None));
                }
                Err(_) => {
                    tries += 1;
                    sleep(backoff(tries)).await;
                }
            }
        }
    }

    /// Drops the cached blockhash, unless another task has replaced it.
    async fn forget(&self, hash: Hash) {
        let mut cached = self.blockhash.lock().await;
        if cached.is_some_and(|recent| recent.hash == hash) {
            *cached = None;
        }
    }

    /// Names a failure in a block; its logs tell which program it was.
    async fn explain(
        &self,
        error: TransactionError,
        instructions: &[Instruction],
        signature: &Signature,
    ) -> Failure {
        let config = RpcTransactionConfig {
            commitment: Some(self.options.commitment),
            max_supported_transaction_version: Some(0),
            ..RpcTransactionConfig::default()
        };
        // Without an answer only the name of the program is lost.
        let logs: Option<Vec<String>> = match self
            .rpc
            .get_transaction_with_config(signature, config)
            .await
        {
            Ok(found) => found
                .transaction
                .meta
                .and_then(|meta| meta.log_messages.into()),
            Err(_) => None,
        };
        Failure::new(error, &programs(instructions), &logs.unwrap_or_default())
    }
}

fn programs(instructions: &[Instruction]) -> Vec<Pubkey> {
    instructions
        .iter()
        .map(|instruction| instruction.program_id)
        .collect()
}

fn sign(message: &Message, keys: &[Key]) -> Result<VersionedTransaction, SendError> {
    let bytes = message.serialize();
    let required = usize::from(message.header.num_required_signatures);
    let signatures = message.account_keys[..required]
        .iter()
        .map(|address| {
            let key = keys
                .iter()
                .find(|key| key.pubkey() == *address)
                .ok_or(SendError::MissingKey(*address))?;
            Ok(key.try_sign_message(&bytes)?)
        })
        .collect::<Result<_, SendError>>()?;
    Ok(VersionedTransaction {
        signatures,
        message: VersionedMessage::Legacy(message.clone()),
    })
}

fn unreachable(error: ClientError, signature: Option<Signature>) -> SendError {
    SendError::Unreachable {
        signature,
        source: Box::new(error),
    }
}

/// Time to wait before try `n + 1`: 100 ms doubled with each try, at most 5 s.
fn backoff(tries: u32) -> Duration {
    let doubled =
        Duration::from_millis(100).saturating_mul(2u32.saturating_pow(tries.saturating_sub(1)));
    jittered(doubled.min(Duration::from_secs(5)))
}

/// Between half of it and all of it, so that many do not come back at the same moment.
fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests;
