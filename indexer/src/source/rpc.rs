//! Blocks over JSON-RPC.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Block, Finality, MAX_TRANSACTION_VERSION, Source, SourceError};

/// A node that does not answer within this time is asked again.
const TIMEOUT: Duration = Duration::from_secs(20);
/// JSON-RPC error: the transaction version is above the one asked for.
const UNSUPPORTED_TRANSACTION_VERSION: i64 = -32015;

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

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    message: String,
}

impl RpcSource {
    /// A source that asks the node at `url`. Nothing is sent yet.
    ///
    /// # Errors
    /// Where `url` is none, or the HTTP client cannot be set up.
    pub fn new(url: &str) -> Result<Self, SourceError> {
        let invalid = |reason: String| SourceError::Transient {
            url: url.to_owned(),
            method: "connect",
            reason,
        };
        let parsed = reqwest::Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        let shown = parsed.origin().ascii_serialization();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
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

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Result<T, RpcError>, SourceError> {
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
        let answer: Answer<T> = serde_json::from_slice(&body).map_err(|error| {
            self.transient(method, format!("the answer cannot be read: {error}"))
        })?;
        match answer {
            Answer {
                error: Some(error), ..
            } => Ok(Err(error)),
            Answer {
                result: Some(result),
                ..
            } => Ok(Ok(result)),
            Answer { .. } => Err(self.transient(method, "the answer is empty")),
        }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<T, SourceError> {
        self.ask(method, params).await?.map_err(|error| {
            self.transient(method, format!("error {}: {}", error.code, error.message))
        })
    }

    async fn get_block(
        &self,
        slot: u64,
        details: &str,
        commitment: &str,
    ) -> Result<Block, SourceError> {
        let params = json!([slot, {
            "encoding": "json",
            "transactionDetails": details,
            "rewards": false,
            "commitment": commitment,
            "maxSupportedTransactionVersion": MAX_TRANSACTION_VERSION,
        }]);
        match self.ask("getBlock", params).await? {
            Ok(block) => Ok(block),
            Err(error) if error.code == UNSUPPORTED_TRANSACTION_VERSION => {
                Err(SourceError::UnknownTransactionVersion { slot })
            }
            Err(error) => Err(self.transient(
                "getBlock",
                format!("slot {slot}: error {}: {}", error.code, error.message),
            )),
        }
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
        let commitment = match finality {
            Finality::Confirmed => "confirmed",
            Finality::Finalized => "finalized",
        };
        self.get("getSlot", json!([{ "commitment": commitment }]))
            .await
    }

    async fn slots(&self, from: u64, limit: usize) -> Result<Vec<u64>, SourceError> {
        self.get(
            "getBlocksWithLimit",
            json!([from, limit, { "commitment": "confirmed" }]),
        )
        .await
    }

    async fn block(&self, slot: u64) -> Result<Block, SourceError> {
        self.get_block(slot, "full", "confirmed").await
    }

    async fn finalized_header(&self, slot: u64) -> Result<Block, SourceError> {
        self.get_block(slot, "none", "finalized").await
    }

    async fn least_balance(&self) -> Result<u64, SourceError> {
        self.get("getMinimumBalanceForRentExemption", json!([0]))
            .await
    }

    async fn hashes_chain(&self) -> Result<bool, SourceError> {
        let version: Value = self.get("getVersion", json!([])).await?;
        Ok(version.get("surfnet-version").is_none())
    }
}
