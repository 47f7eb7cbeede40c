//! Where blocks come from.

mod block;
mod encoded;
mod persistent;
mod recording;
mod rpc;
mod wake;
mod witness;
#[cfg(feature = "yellowstone")]
pub mod yellowstone;

use std::future::Future;

pub use block::{
    Block, InnerInstructions, Instruction, LoadedAddresses, Logs, MAX_TRANSACTION_VERSION, Message,
    Meta, Signed, Transaction, Version,
};
pub use encoded::Encoded;
pub use persistent::Persistent;
pub use recording::{Format, Header, Recorder, RecordingError, RecordingSource};
pub use rpc::{ACCOUNTS, RpcSource};
pub use wake::Wake;
pub use witness::Witnessed;

use crate::decode::{BlockError, EmittedBlock, Point};

/// Blocks of one network at commitment `confirmed`.
///
/// Nothing that a source answers is taken for the absence of a block: only the parent link of a later block proves that
/// a slot was skipped.
pub trait Source: Send + Sync + 'static {
    /// Hash of the network's first block.
    fn genesis_hash(&self) -> impl Future<Output = Result<[u8; 32], SourceError>> + Send;

    /// Lowest slot of which it still has the block, or says that there is none.
    fn first_slot(&self) -> impl Future<Output = Result<u64, SourceError>> + Send;

    /// Highest slot it knows, confirmed or finalized.
    fn tip(&self, finality: Finality) -> impl Future<Output = Result<u64, SourceError>> + Send;

    /// Slots with a block from `from` on, ascending, at most `limit`.
    fn slots(
        &self,
        from: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<u64>, SourceError>> + Send;

    /// The block of a slot, with all that our programs emitted in it.
    fn block(&self, slot: u64) -> impl Future<Output = Result<EmittedBlock, SourceError>> + Send;

    /// Which block a slot has, confirmed or finalized.
    fn point(
        &self,
        slot: u64,
        finality: Finality,
    ) -> impl Future<Output = Result<Point, SourceError>> + Send;

    /// Lamports that an account of no bytes must hold; none where the source is no node.
    fn least_balance(&self) -> impl Future<Output = Result<Option<u64>, SourceError>> + Send;

    /// Whether a block's `previous_blockhash` is the hash of its parent. On the embedded network it is not: that one
    /// numbers its blocks, cannot fork, and has a block in every slot.
    fn hashes_chain(&self) -> impl Future<Output = Result<bool, SourceError>> + Send;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    Confirmed,
    Finalized,
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Asking again may help: the node is behind, busy, unreachable, or sent half an answer.
    #[error("{url}: {method}: {reason}")]
    Transient {
        url: String,
        method: &'static str,
        reason: String,
    },
    /// The chain uses a transaction version that this program cannot read.
    #[error(
        "slot {slot} holds a transaction of a version above {MAX_TRANSACTION_VERSION}: upgrade the indexer"
    )]
    UnknownTransactionVersion { slot: u64 },
    #[error(transparent)]
    Block(#[from] BlockError),
    /// Two nodes keep naming different blocks.
    #[error(
        "slot {slot}: the node has block {node}, the witness has {witness}: one of them follows another chain. Nothing \
         of it was stored; find out which one is right, and start again with it"
    )]
    Disagreement {
        slot: u64,
        node: String,
        witness: String,
    },
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

impl SourceError {
    /// Whether trying again is of no use until somebody acts.
    pub fn is_fatal(&self) -> bool {
        match self {
            SourceError::Transient { .. } => false,
            SourceError::Block(error) => matches!(error, BlockError::UnknownVersion { .. }),
            SourceError::UnknownTransactionVersion { .. }
            | SourceError::Disagreement { .. }
            | SourceError::Recording(_) => true,
        }
    }
}
