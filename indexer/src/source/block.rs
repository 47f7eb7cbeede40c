//! A block as `getBlock` answers with `encoding: "json"`: the fields that are needed, no others.

use serde::Deserialize;
use serde_json::Value;

/// The highest transaction version that [`Block`] can hold; asked for in every request.
pub const MAX_TRANSACTION_VERSION: u8 = 1;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    pub blockhash: String,
    pub previous_blockhash: String,
    pub parent_slot: u64,
    /// Unix seconds; some nodes do not know it.
    pub block_time: Option<i64>,
    /// Absent in a block that was asked for without transactions.
    #[serde(default)]
    pub transactions: Vec<Transaction>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Transaction {
    pub transaction: Signed,
    /// Null where the node does not know how the transaction went.
    pub meta: Option<Meta>,
    #[serde(default)]
    pub version: Version,
}

/// `"legacy"` or a number.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Version {
    Number(u8),
    Named(String),
}

impl Default for Version {
    fn default() -> Self {
        Version::Named("legacy".to_owned())
    }
}

impl Version {
    /// Whether this crate knows what such a transaction looks like.
    pub fn is_known(&self) -> bool {
        match self {
            Version::Number(number) => *number <= MAX_TRANSACTION_VERSION,
            Version::Named(name) => name == "legacy",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Signed {
    pub signatures: Vec<String>,
    pub message: Message,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub account_keys: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// Null where the transaction succeeded.
    pub err: Option<Value>,
    /// Null where the node does not record them.
    pub inner_instructions: Option<Vec<InnerInstructions>>,
    pub loaded_addresses: Option<LoadedAddresses>,
}

/// Everything that one outer instruction called, at any depth, in order.
#[derive(Clone, Debug, Deserialize)]
pub struct InnerInstructions {
    pub index: u16,
    pub instructions: Vec<Instruction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instruction {
    /// Index into the account keys, then the loaded writable ones, then the loaded read-only ones.
    pub program_id_index: u16,
    /// Base58.
    pub data: String,
}

/// Addresses that a transaction took from lookup tables.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LoadedAddresses {
    #[serde(default)]
    pub writable: Vec<String>,
    #[serde(default)]
    pub readonly: Vec<String>,
}
