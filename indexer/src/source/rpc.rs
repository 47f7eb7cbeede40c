//! Blocks over JSON-RPC.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::body::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use pedigree_sdk::accounts::EntityKind;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::{Block, Finality, MAX_TRANSACTION_VERSION, Source, SourceError};
use crate::decode::{self, BlockError, EmittedBlock, Point};

/// A node that does not answer within this time is asked again.
const TIMEOUT: Duration = Duration::from_secs(20);
/// JSON-RPC error: the transaction version is above the one asked for.
const UNSUPPORTED_TRANSACTION_VERSION: i64 = -32015;
const GET_BLOCK: &str = "getBlock";
/// Accounts that a node gives at once.
pub const ACCOUNTS: usize = 100;
/// Signatures that a node gives at once.
const SIGNATURES: usize = 1_000;

#[derive(Clone, Debug)]
pub struct RpcSource {
    url: String,
    /// The URL as it may be shown: without what follows the host, where providers put their keys.
    shown: String,
    client: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    error: Option<RpcError>,
}

#[derive(Debug, Deserialize, thiserror::Error)]
#[error("error {code}: {message}")]
struct RpcError {
    code: i64,
    message: String,
}

#[derive(Deserialize)]
struct WithContext<T> {
    context: Context,
    value: T,
}

#[derive(Deserialize)]
struct Context {
    slot: u64,
}

#[derive(Deserialize)]
struct Keyed {
    pubkey: String,
}

#[derive(Deserialize)]
struct AccountData {
    /// Base64, and the word "base64".
    data: (String, String),
}

#[derive(Deserialize)]
struct Signature {
    signature: String,
    slot: u64,
    err: Option<Value>,
}

impl RpcSource {
    /// A source that asks the node at `url`. Nothing is sent yet.
    ///
    /// # Errors
    /// Where `url` is none, or the HTTP client cannot be set up.
    pub fn new(url: &str) -> Result<Self, SourceError> {
        Self::with_timeout(url, TIMEOUT)
    }

    /// [`RpcSource::new`] with another time within which the node has to have answered.
    ///
    /// # Errors
    /// As there.
    pub fn with_timeout(url: &str, timeout: Duration) -> Result<Self, SourceError> {
        let invalid = |reason: String| SourceError::Transient {
            url: url.to_owned(),
            method: "connect",
            reason,
        };
        let parsed = reqwest::Url::parse(url).map_err(|error| {
            invalid(format!(
                "expected a URL such as http://127.0.0.1:8899 ({error})"
            ))
        })?;
        let shown = parsed.origin().ascii_serialization();
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .build()
            .map_err(|error| invalid(error.to_string()))?;
        Ok(Self {
            url: url.to_owned(),
            shown,
            client,
        })
    }

    fn transient(&self, method: &'static str, reason: impl ToString) -> SourceError {
        SourceError::Transient {
            url: self.shown.clone(),
            method,
            reason: reason.to_string(),
        }
    }

    async fn post(&self, method: &'static str, params: &Value) -> Result<Bytes, SourceError> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let response = self
            .client
            .post(&self.url)
            .json(&request)
            .send()
            .await
            .map_err(|error| self.transient(method, error.without_url()))?;
        let status = response.status();
        let body = response
            .bytes()
            .await
            .map_err(|error| self.transient(method, error.without_url()))?;
        if !status.is_success() {
            return Err(self.transient(method, format!("HTTP {status}")));
        }
        Ok(body)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, SourceError> {
        let body = self.post(method, &params).await?;
        match parse(&body) {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(self.transient(method, error)),
            Err(reason) => Err(self.transient(method, reason)),
        }
    }

    /// Addresses of every account of a kind in the newest final bank, ascending, and that bank's slot.
    ///
    /// # Errors
    /// Where the node does not give them.
    pub async fn addresses(&self, kind: EntityKind) -> Result<(u64, Vec<Pubkey>), SourceError> {
        const METHOD: &str = "getProgramAccounts";
        let start = bs58::encode(kind.discriminator()).into_string();
        let params = json!([kind.program().to_string(), {
            "encoding": "base64",
            "commitment": "finalized",
            "withContext": true,
            "dataSlice": {"offset": 0, "length": 0},
            "filters": [{"memcmp": {"offset": 0, "bytes": start}}, {"dataSize": kind.account_len()}],
        }]);
        let answer: WithContext<Vec<Keyed>> = self.get(METHOD, params).await?;
        let addresses = answer.value.iter().map(|keyed| keyed.pubkey.parse());
        let mut addresses = addresses
            .collect::<Result<Vec<Pubkey>, _>>()
            .map_err(|error| self.transient(METHOD, error))?;
        addresses.sort_unstable();
        Ok((answer.context.slot, addresses))
    }

    /// The bytes of accounts in the newest final bank, at most [`ACCOUNTS`] of them, and that bank's slot. Those that it
    /// does not have are not in it.
    ///
    /// # Errors
    /// Where the node does not give them.
    pub async fn accounts(
        &self,
        addresses: &[Pubkey],
    ) -> Result<(u64, BTreeMap<Pubkey, Vec<u8>>), SourceError> {
        const METHOD: &str = "getMultipleAccounts";
        let texts: Vec<String> = addresses.iter().map(Pubkey::to_string).collect();
        let params = json!([texts, {"encoding": "base64", "commitment": "finalized"}]);
        let answer: WithContext<Vec<Option<AccountData>>> = self.get(METHOD, params).await?;
        if answer.value.len() != addresses.len() {
            return Err(self.transient(METHOD, "it answers for other accounts"));
        }
        let mut accounts = BTreeMap::new();
        for (address, account) in addresses.iter().zip(answer.value) {
            let Some(account) = account else { continue };
            let data = STANDARD.decode(account.data.0);
            let data = data.map_err(|error| self.transient(METHOD, error))?;
            accounts.insert(*address, data);
        }
        Ok((answer.context.slot, accounts))
    }

    /// Slots from `from` to `to` in which a successful transaction named `address`.
    ///
    /// The node gives signatures newest first, a thousand at once, those of one slot in any order and with pages that
    /// end within a slot: pages overlap by nothing but are read on until one begins below `from`.
    ///
    /// # Errors
    /// Where the node does not give them.
    pub async fn slots_of(
        &self,
        address: &Pubkey,
        from: u64,
        to: u64,
    ) -> Result<BTreeSet<u64>, SourceError> {
        let mut slots = BTreeSet::new();
        let mut before: Option<String> = None;
        loop {
            let params = json!([address.to_string(), {
                "limit": SIGNATURES, "before": before, "commitment": "confirmed",
            }]);
            let page: Vec<Signature> = self.get("getSignaturesForAddress", params).await?;
            let found = page.iter().filter(|one| one.err.is_none());
            slots.extend(
                found
                    .map(|one| one.slot)
                    .filter(|slot| (from..=to).contains(slot)),
            );
            match page.last() {
                Some(last) if page.len() >= SIGNATURES && last.slot >= from => {
                    before = Some(last.signature.clone());
                }
                _ => return Ok(slots),
            }
        }
    }

    /// A block, and what the node answered for it.
    ///
    /// # Errors
    /// As [`Source::block`].
    pub async fn answered_block(&self, slot: u64) -> Result<(EmittedBlock, String), SourceError> {
        let params = block_params(slot, "full", Finality::Confirmed);
        let body = self.post(GET_BLOCK, &params).await?;
        let answer = parse::<Value>(&body).map_err(|reason| self.transient(GET_BLOCK, reason))?;
        let answer = answer.map_err(|error| self.no_block(slot, error))?;
        let block =
            Block::deserialize(&answer).map_err(|error| self.transient(GET_BLOCK, error))?;
        Ok((decode::extract(slot, &block)?, answer.to_string()))
    }

    /// What a node's error says that was asked for a block.
    fn no_block(&self, slot: u64, error: RpcError) -> SourceError {
        match error.code {
            UNSUPPORTED_TRANSACTION_VERSION => SourceError::UnknownTransactionVersion { slot },
            _ => self.transient(GET_BLOCK, format!("slot {slot}: {error}")),
        }
    }

    /// A block as the node answers it; the extraction and the parsing keep a core busy, so they run beside the
    /// requests.
    async fn get_block<T: Send + 'static>(
        &self,
        slot: u64,
        details: &str,
        finality: Finality,
        take: impl FnOnce(&Block) -> Result<T, BlockError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let params = block_params(slot, details, finality);
        let body = self.post(GET_BLOCK, &params).await?;
        let parsed = tokio::task::spawn_blocking(move || {
            let answer = parse::<Block>(&body)?;
            Ok::<_, String>(answer.map(|block| take(&block)))
        });
        let parsed = parsed
            .await
            .map_err(|error| self.transient(GET_BLOCK, error))?;
        match parsed.map_err(|reason| self.transient(GET_BLOCK, reason))? {
            Ok(taken) => Ok(taken?),
            Err(error) => Err(self.no_block(slot, error)),
        }
    }
}

/// What a body answers: a result, or the node's error.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Result<T, RpcError>, String> {
    let answer: Answer<T> = serde_json::from_slice(body)
        .map_err(|error| format!("the answer cannot be read: {error}"))?;
    match answer {
        Answer {
            error: Some(error), ..
        } => Ok(Err(error)),
        Answer {
            result: Some(result),
            ..
        } => Ok(Ok(result)),
        Answer { .. } => Err("the answer is empty".to_owned()),
    }
}

fn block_params(slot: u64, details: &str, finality: Finality) -> Value {
    json!([slot, {
        "encoding": "json",
        "transactionDetails": details,
        "rewards": false,
        "commitment": commitment(finality),
        "maxSupportedTransactionVersion": MAX_TRANSACTION_VERSION,
    }])
}

fn commitment(finality: Finality) -> &'static str {
    match finality {
        Finality::Confirmed => "confirmed",
        Finality::Finalized => "finalized",
    }
}

impl Source for RpcSource {
    async fn genesis_hash(&self) -> Result<[u8; 32], SourceError> {
        let text: String = self.get("getGenesisHash", json!([])).await?;
        let mut hash = [0; 32];
        match bs58::decode(&text).onto(&mut hash) {
            Ok(32) => Ok(hash),
            _ => Err(self.transient("getGenesisHash", format!("{text} is no hash"))),
        }
    }

    async fn first_slot(&self) -> Result<u64, SourceError> {
        self.get("getFirstAvailableBlock", json!([])).await
    }

    async fn tip(&self, finality: Finality) -> Result<u64, SourceError> {
        let params = json!([{ "commitment": commitment(finality) }]);
        self.get("getSlot", params).await
    }

    async fn slots(&self, from: u64, limit: usize) -> Result<Vec<u64>, SourceError> {
        self.get(
            "getBlocksWithLimit",
            json!([from, limit, { "commitment": "confirmed" }]),
        )
        .await
    }

    async fn block(&self, slot: u64) -> Result<EmittedBlock, SourceError> {
        let take = move |block: &Block| decode::extract(slot, block);
        self.get_block(slot, "full", Finality::Confirmed, take)
            .await
    }

    async fn point(&self, slot: u64, finality: Finality) -> Result<Point, SourceError> {
        let take = move |block: &Block| {
            let EmittedBlock { slot, hash, .. } = decode::extract(slot, block)?;
            Ok(Point { slot, hash })
        };
        self.get_block(slot, "none", finality, take).await
    }

    async fn least_balance(&self) -> Result<Option<u64>, SourceError> {
        self.get("getMinimumBalanceForRentExemption", json!([0]))
            .await
            .map(Some)
    }

    async fn hashes_chain(&self) -> Result<bool, SourceError> {
        let version: Value = self.get("getVersion", json!([])).await?;
        Ok(version.get("surfnet-version").is_none())
    }
}
