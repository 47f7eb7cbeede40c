//! Many transactions in flight at once, each confirmed, none sent twice under two blockhashes
//! that could both land.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use pedigree_sdk::error::Failure;
use solana_client::{
    client_error::{ClientError, ClientErrorKind},
    nonblocking::rpc_client::RpcClient,
    rpc_config::RpcSendTransactionConfig,
    rpc_request::{RpcError, RpcResponseErrorData},
};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::{Keypair, Signature};
use solana_program::{hash::Hash, instruction::Instruction, pubkey::Pubkey};
use solana_signer::{Signer, SignerError};
use solana_transaction::{Transaction, TransactionError};
use tokio::sync::{oneshot, watch};

/// How long a blockhash is used for new transactions; it stays valid for 150 blocks.
const BLOCKHASH_AGE: Duration = Duration::from_secs(1);
/// The most signatures that one status request may name.
const STATUS_BATCH: usize = 256;
const POLL_EVERY: Duration = Duration::from_millis(40);
const ATTEMPTS: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Boxed: it is many times larger than the others.
    #[error("{0}")]
    Failed(Box<Failure>),
    #[error("the network did not take the transaction in {ATTEMPTS} attempts: {last}")]
    Expired { last: String },
    #[error("{0}")]
    Rpc(#[from] Box<ClientError>),
    #[error("signing: {0}")]
    Sign(#[from] SignerError),
}

type Outcome = Result<(), TransactionError>;

#[derive(Debug, Default)]
struct Waiting(Mutex<HashMap<Signature, oneshot::Sender<Outcome>>>);

impl Waiting {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Signature, oneshot::Sender<Outcome>>> {
        // The map is whole after any panic: each change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sender that many tasks share: one poll confirms the transactions of all of them.
pub struct Pipeline {
    rpc: Arc<RpcClient>,
    waiting: Arc<Waiting>,
    blockhash: tokio::sync::Mutex<Option<(Instant, Hash, u64)>>,
    block_height: watch::Receiver<u64>,
    sent: AtomicUsize,
}

impl Pipeline {
    /// Starts the task that confirms; it ends with the pipeline. Needs a Tokio runtime.
    pub fn new(rpc: Arc<RpcClient>) -> Self {
        let waiting = Arc::new(Waiting::default());
        let (heights, block_height) = watch::channel(0);
        tokio::spawn(confirm(rpc.clone(), Arc::downgrade(&waiting), heights));
        Self {
            rpc,
            waiting,
            blockhash: tokio::sync::Mutex::new(None),
            block_height,
            sent: AtomicUsize::new(0),
        }
    }

    pub fn rpc(&self) -> &Arc<RpcClient> {
        &self.rpc
    }

    /// Transactions that it has sent and seen confirmed.
    pub fn confirmed(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends one transaction, paid by the first signer, and waits until it is confirmed.
    ///
    /// A new blockhash is used only after the old one has expired, so a transaction that is
    /// not idempotent lands at most once.
    ///
    /// # Errors
    /// When the transaction fails, or the network does not take it.
    pub async fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Signature, SendError> {
        let payer = signers.first().map(|payer| payer.pubkey());
        let mut last = String::from("no answer");
        for _ in 0..ATTEMPTS {
            let (blockhash, valid_until) = self.blockhash().await?;
            let mut transaction = Transaction::new_with_payer(instructions, payer.as_ref());
            transaction.try_sign(signers, blockhash)?;
            let signature = transaction.signatures[0];
            let failed = |error, logs: &[String]| {
                let programs: Vec<Pubkey> = instructions.iter().map(|i| i.program_id).collect();
                SendError::Failed(Box::new(Failure::new(error, &programs, logs)))
            };
            match self.send_signed(&transaction, valid_until).await {
                Ok(()) => {
                    self.sent.fetch_add(1, Ordering::Relaxed);
                    return Ok(signature);
                }
                Err(Attempt::Failed(error, logs)) => return Err(failed(error, &logs)),
                Err(Attempt::Again(reason)) => last = reason,
            }
            *self.blockhash.lock().await = None;
        }
        Err(SendError::Expired { last })
    }

    async fn send_signed(
        &self,
        transaction: &Transaction,
        valid_until: u64,
    ) -> Result<(), Attempt> {
        let signature = transaction.signatures[0];
        let (sender, mut outcome) = oneshot::channel();
        self.waiting.lock().insert(signature, sender);
        let mut heights = self.block_height.clone();
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            ..Default::default()
        };
        let mut last = String::from("no confirmation before the blockhash expired");
        loop {
            let answer = self
                .rpc
                .send_transaction_with_config(transaction, config)
                .await;
            if let Err(error) = answer {
                match rejection(&error) {
                    // An earlier try of these very bytes landed.
                    Some((TransactionError::AlreadyProcessed, _)) => {}
                    Some((TransactionError::BlockhashNotFound, _)) => {
                        self.waiting.lock().remove(&signature);
                        return Err(Attempt::Again(error.to_string()));
                    }
                    Some((error, logs)) => {
                        self.waiting.lock().remove(&signature);
                        return Err(Attempt::Failed(error, logs));
                    }
                    // It may have arrived all the same: only expiry makes it safe to sign anew.
                    None => last = error.to_string(),
                }
            }
            let resend = tokio::time::sleep(Duration::from_secs(2));
            tokio::select! {
                result = &mut outcome => return match result {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(Attempt::Failed(error, vec![])),
                    Err(_) => Err(Attempt::Again("the confirming task ended".to_owned())),
                },
                // Some blocks of grace: a status may be seen after the block that carries it.
                _ = heights.wait_for(|height| *height > valid_until.saturating_add(10)) => {
                    self.waiting.lock().remove(&signature);
                    return Err(Attempt::Again(last));
                }
                () = resend => {}
            }
        }
    }

    async fn blockhash(&self) -> Result<(Hash, u64), SendError> {
        let mut cached = self.blockhash.lock().await;
        if let Some((at, hash, valid_until)) = *cached
            && at.elapsed() < BLOCKHASH_AGE
        {
            return Ok((hash, valid_until));
        }
        let (hash, valid_until) = self
            .rpc
            .get_latest_blockhash_with_commitment(CommitmentConfig::confirmed())
            .await
            .map_err(Box::new)?;
        *cached = Some((Instant::now(), hash, valid_until));
        Ok((hash, valid_until))
    }
}

enum Attempt {
    Again(String),
    Failed(TransactionError, Vec<String>),
}

/// What the network itself said about the transaction, as opposed to a broken connection.
fn rejection(error: &ClientError) -> Option<(TransactionError, Vec<String>)> {
    let ClientErrorKind::RpcError(RpcError::RpcResponseError { data, .. }) = error.kind() else {
        return error.get_transaction_error().map(|error| (error, vec![]));
    };
    let RpcResponseErrorData::SendTransactionPreflightFailure(result) = data else {
        return None;
    };
    let error = result.err.clone()?.into();
    Some((error, result.logs.clone().unwrap_or_default()))
}

/// Polls the status of all that wait, until the pipeline is gone.
async fn confirm(rpc: Arc<RpcClient>, waiting: Weak<Waiting>, heights: watch::Sender<u64>) {
    let mut polls = 0u32;
    loop {
        tokio::time::sleep(POLL_EVERY).await;
        let Some(waiting) = waiting.upgrade() else {
            return;
        };
        let signatures: Vec<Signature> = waiting.lock().keys().copied().collect();
        for batch in signatures.chunks(STATUS_BATCH) {
            let Ok(statuses) = rpc.get_signature_statuses(batch).await else {
                continue;
            };
            for (signature, status) in batch.iter().zip(statuses.value) {
                let Some(status) = status else { continue };
                if status.satisfies_commitment(CommitmentConfig::confirmed())
                    && let Some(waiter) = waiting.lock().remove(signature)
                {
                    // The task that waited may be gone; the transaction is confirmed anyway.
                    let _ = waiter.send(status.status);
                }
            }
        }
        polls = polls.wrapping_add(1);
        if !signatures.is_empty()
            && polls.is_multiple_of(25)
            && let Ok(height) = rpc.get_block_height().await
        {
            heights.send_replace(height);
        }
    }
}
