use solana_client::client_error::{ClientError, ClientErrorKind};
use solana_client::rpc_request::{RpcError, RpcResponseErrorData};
use solana_program::pubkey::Pubkey;
use solana_signer::SignerError;
use solana_transaction::{Signature, TransactionError};

use super::pack::MAX_TRANSACTION_BYTES;
use crate::error::Failure;

/// Why a transaction was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It was refused, or failed in a block: sending the same again fails too.
    #[error("{failure}")]
    Failed {
        /// Of the failed transaction where it is in a block, which its fee was paid for.
        signature: Option<Signature>,
        /// Boxed: it is many times larger than the others.
        failure: Box<Failure>,
    },
    /// It never made it into a block, however often it was signed anew.
    #[error(
        "the network dropped the transaction {attempts} times, the last one {signature}: it is overloaded or behind, try later"
    )]
    Dropped { attempts: u32, signature: Signature },
    /// The network does not answer. The transaction, where there is one, may still be confirmed.
    #[error("no answer from the network: {source}")]
    Unreachable {
        signature: Option<Signature>,
        #[source]
        source: Box<ClientError>,
    },
    /// The node does not take the request itself.
    #[error("the network refuses the request: {source}")]
    Rejected {
        #[source]
        source: Box<ClientError>,
    },
    #[error(
        "the transaction has {bytes} bytes, {MAX_TRANSACTION_BYTES} is the most: send fewer instructions at once"
    )]
    TooLarge { bytes: usize },
    #[error("nobody pays for the transaction: give at least one key")]
    NoPayer,
    #[error("the transaction needs the signature of {0}, whose key was not given")]
    MissingKey(Pubkey),
    #[error("a key does not sign: {0}")]
    Signing(#[from] SignerError),
}

impl SendError {
    /// What failed, where a program or the network said it.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// Whether sending the same again may succeed.
    pub fn is_retriable(&self) -> bool {
        matches!(self, Self::Dropped { .. } | Self::Unreachable { .. })
    }
}

/// What a node's answer means for the transaction that was handed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The node has executed it before: its status tells how.
    Known,
    /// The node does not know the blockhash: too old, or newer than the node.
    Stale,
    /// Refused for good.
    Refused,
    /// The node is busy, behind or away: ask again.
    Busy,
}

pub(super) fn classify(error: &ClientError) -> Answer {
    if let Some(error) = error.get_transaction_error() {
        return match error {
            TransactionError::AlreadyProcessed => Answer::Known,
            TransactionError::BlockhashNotFound => Answer::Stale,
            // Locks, not the transaction: another one holds them.
            TransactionError::AccountInUse
            | TransactionError::WouldExceedMaxBlockCostLimit
            | TransactionError::WouldExceedMaxAccountCostLimit
            | TransactionError::WouldExceedAccountDataBlockLimit
            | TransactionError::ClusterMaintenance => Answer::Busy,
            _ => Answer::Refused,
        };
    }
    match error.kind() {
        ClientErrorKind::Io(_) | ClientErrorKind::Reqwest(_) | ClientErrorKind::Middleware(_) => {
            Answer::Busy
        }
        ClientErrorKind::RpcError(RpcError::RpcResponseError { code, data, .. }) => {
            let unhealthy = matches!(data, RpcResponseErrorData::NodeUnhealthy { .. });
            // Internal error, not healthy yet, or behind the slot asked for; 429 as some providers put it.
            let passing = matches!(code, -32603 | -32005 | -32004 | -32014 | -32016 | 429);
            if unhealthy || passing {
                Answer::Busy
            } else {
                Answer::Refused
            }
        }
        ClientErrorKind::RpcError(RpcError::RpcRequestError(_)) => Answer::Busy,
        _ => Answer::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(code: i64) -> ClientError {
        let data = RpcResponseErrorData::Empty;
        RpcError::RpcResponseError {
            code,
            message: String::new(),
            data,
        }
        .into()
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let of = |error: TransactionError| classify(&ClientError::from(error));
        assert_eq!(of(TransactionError::AlreadyProcessed), Answer::Known);
        assert_eq!(of(TransactionError::BlockhashNotFound), Answer::Stale);
        assert_eq!(of(TransactionError::AccountInUse), Answer::Busy);
        assert_eq!(
            of(TransactionError::InsufficientFundsForFee),
            Answer::Refused
        );
        assert_eq!(classify(&response(-32005)), Answer::Busy);
        assert_eq!(classify(&response(429)), Answer::Busy);
        assert_eq!(classify(&response(-32602)), Answer::Refused);
        assert_eq!(
            classify(&std::io::Error::other("reset").into()),
            Answer::Busy
        );
    }
}
