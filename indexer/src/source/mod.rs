//! Where blocks come from.

mod block;
mod rpc;
mod wake;

use std::future::Future;

pub use block::{
    Block, InnerInstructions, Instruction, LoadedAddresses, MAX_TRANSACTION_VERSION, Message, Meta,
    Signed, Transaction, Version,
};
pub use rpc::RpcSource;
pub use wake::Wake;

/// Blocks of one network at commitment `confirmed`.
///
/// Nothing that a source answers is taken for the absence of a block: only the parent link of a later block proves that
/// a slot was skipped.
pub trait Source: Send + Sync + 'static {
    /// Hash of the network's first block.
    fn genesis_hash(&self) -> impl Future<Output = Result<[u8; 32], SourceError>> + Send;

    /// Lowest slot whose block it still has.
    fn first_slot(&self) -> impl Future<Output = Result<u64, SourceError>> + Send;

    /// Highest slot it knows, confirmed or finalized.
    fn tip(&self, finality: Finality) -> impl Future<Output = Result<u64, SourceError>> + Send;

    /// Slots with a block from `from` on, ascending, at most `limit`.
    fn slots(
        &self,
        from: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<u64>, SourceError>> + Send;

    /// The whole block of a slot.
    fn block(&self, slot: u64) -> impl Future<Output = Result<Block, SourceError>> + Send;

    /// The finalized block of a slot, without its transactions.
    fn finalized_header(
        &self,
        slot: u64,
    ) -> impl Future<Output = Result<Block, SourceError>> + Send;

    /// Lamports that an account of no bytes must hold.
    fn least_balance(&self) -> impl Future<Output = Result<u64, SourceError>> + Send;

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
}
