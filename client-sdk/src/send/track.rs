//! One task that asks for the fate of all transactions in flight, up to 256 at a time.

use std::{collections::HashMap, sync::Arc, time::Duration};

use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use solana_transaction::{Signature, TransactionError};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval},
};

/// Most signatures that a node takes in one question.
const MAX_SIGNATURES: usize = 256;
/// How often the block height is asked for, which tells when a blockhash has expired.
const HEIGHT_INTERVAL: Duration = Duration::from_secs(1);

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// In a block of this slot, at the commitment asked for.
    Landed {
        slot: u64,
        result: Result<(), TransactionError>,
    },
    /// Its blockhash is too old for any block to come, and no block has it.
    Expired,
}

/// A transaction to watch until the block height exceeds `last_valid_height`.
pub(super) struct Watch {
    pub signature: Signature,
    pub last_valid_height: u64,
    pub fate: oneshot::Sender<Fate>,
}

type Watched = HashMap<Signature, Watch>;

/// Runs until every sender of `watches` is gone.
pub(super) async fn run(
    rpc: Arc<RpcClient>,
    commitment: CommitmentConfig,
    poll: Duration,
    mut watches: mpsc::UnboundedReceiver<Watch>,
) {
    let mut watched = Watched::new();
    let mut ticks = interval(poll);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut height = Height {
        value: 0,
        read_at: None,
    };
    loop {
        tokio::select! {
            watch = watches.recv() => match watch {
                Some(watch) => { watched.insert(watch.signature, watch); }
                None => return,
            },
            _ = ticks.tick(), if !watched.is_empty() => {
                watched.retain(|_, watch| !watch.fate.is_closed());
                // The height first: what is unknown after it was read can have expired by it.
                height.refresh(&rpc, commitment).await;
                poll_all(&rpc, commitment, height.value, &mut watched).await;
            }
        }
    }
}

struct Height {
    value: u64,
    read_at: Option<Instant>,
}

impl Height {
    async fn refresh(&mut self, rpc: &RpcClient, commitment: CommitmentConfig) {
        if self
            .read_at
            .is_some_and(|at| at.elapsed() < HEIGHT_INTERVAL)
        {
            return;
        }
        self.read_at = Some(Instant::now());
        // Without an answer nothing expires: the next round asks again.
        if let Ok(height) = rpc.get_block_height_with_commitment(commitment).await {
            self.value = height;
        }
    }
}

async fn poll_all(
    rpc: &RpcClient,
    commitment: CommitmentConfig,
    height: u64,
    watched: &mut Watched,
) {
    let signatures: Vec<Signature> = watched.keys().copied().collect();
    for chunk in signatures.chunks(MAX_SIGNATURES) {
        let Ok(answer) = rpc.get_signature_statuses(chunk).await else {
            return;
        };
        for (signature, status) in chunk.iter().zip(answer.value) {
            let fate = match status {
                Some(status) if status.satisfies_commitment(commitment) => Some(Fate::Landed {
                    slot: status.slot,
                    result: status.err.map_or(Ok(()), Err),
                }),
                Some(_) => None,
                None => watched
                    .get(signature)
                    .is_some_and(|watch| height > watch.last_valid_height)
                    .then_some(Fate::Expired),
            };
            if let Some((fate, watch)) =
                fate.and_then(|fate| Some((fate, watched.remove(signature)?)))
            {
                // Whoever asked may have given up meanwhile.
                let _ = watch.fate.send(fate);
            }
        }
    }
}
