//! Accounts from the network, decoded.

use std::ops::Range;

use solana_client::{client_error::ClientError, nonblocking::rpc_client::RpcClient};
use solana_program::{pubkey::Pubkey, sysvar::clock};

use crate::{
    accounts::{self, AccountError},
    programs,
};

/// Most accounts that a node gives at once.
const MAX_ACCOUNTS: usize = 100;
/// Where the clock's account keeps the time.
const TIME_AT: Range<usize> = 32..40;

/// Why an account could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("the network does not give the account {address}: {source}")]
    Rpc {
        address: Pubkey,
        #[source]
        source: Box<ClientError>,
    },
    #[error("the account {address} cannot be read: {source}")]
    Account {
        address: Pubkey,
        #[source]
        source: AccountError,
    },
    #[error("the network does not tell its time")]
    Clock,
}

/// An account's owner and bytes; `None` where there is none, which an address is that only holds lamports.
pub async fn raw(
    rpc: &RpcClient,
    address: &Pubkey,
) -> Result<Option<(Pubkey, Vec<u8>)>, FetchError> {
    Ok(raw_many(rpc, std::slice::from_ref(address))
        .await?
        .pop()
        .flatten())
}

/// [`raw`], and the slot of the bank that it was read from, at the client's commitment.
pub async fn raw_at(
    rpc: &RpcClient,
    address: &Pubkey,
) -> Result<(u64, Option<(Pubkey, Vec<u8>)>), FetchError> {
    let answer = rpc
        .get_account_with_commitment(address, rpc.commitment())
        .await
        .map_err(|source| FetchError::Rpc {
            address: *address,
            source: Box::new(source),
        })?;
    let account = answer
        .value
        .filter(|account| account.owner != programs::SYSTEM || !account.data.is_empty());
    let account = account.map(|account| (account.owner, account.data));
    Ok((answer.context.slot, account))
}

/// [`raw`] for many, in the order asked for, at the client's commitment.
pub async fn raw_many(
    rpc: &RpcClient,
    addresses: &[Pubkey],
) -> Result<Vec<Option<(Pubkey, Vec<u8>)>>, FetchError> {
    let mut found = Vec::with_capacity(addresses.len());
    for chunk in addresses.chunks(MAX_ACCOUNTS) {
        let accounts =
            rpc.get_multiple_accounts(chunk)
                .await
                .map_err(|source| FetchError::Rpc {
                    address: chunk[0],
                    source: Box::new(source),
                })?;
        found.extend(accounts.into_iter().map(|account| {
            account
                .filter(|account| account.owner != programs::SYSTEM || !account.data.is_empty())
                .map(|account| (account.owner, account.data))
        }));
    }
    Ok(found)
}

/// An account of a known type; `None` where there is none.
pub async fn account<T: accounts::Account>(
    rpc: &RpcClient,
    address: &Pubkey,
) -> Result<Option<T>, FetchError> {
    Ok(many(rpc, std::slice::from_ref(address))
        .await?
        .pop()
        .flatten())
}

/// [`account`] for many, in the order asked for.
pub async fn many<T: accounts::Account>(
    rpc: &RpcClient,
    addresses: &[Pubkey],
) -> Result<Vec<Option<T>>, FetchError> {
    let found = raw_many(rpc, addresses).await?;
    addresses
        .iter()
        .zip(found)
        .map(|(address, account)| {
            account
                .map(|(owner, data)| accounts::decode(&owner, &data))
                .transpose()
                .map_err(|source| FetchError::Account {
                    address: *address,
                    source,
                })
        })
        .collect()
}

/// The network's time in Unix seconds, which is what its programs go by.
pub async fn time(rpc: &RpcClient) -> Result<i64, FetchError> {
    let clock = raw(rpc, &clock::ID).await?;
    let time = clock.and_then(|(_, data)| data.get(TIME_AT)?.try_into().ok());
    time.map(i64::from_le_bytes).ok_or(FetchError::Clock)
}
