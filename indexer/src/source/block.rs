//! A block as `getBlock` answers with `encoding: "json"`: the fields that are needed, no others. What comes over gRPC is
//! put into the same form.

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::Value;

use super::Encoded;

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

/// `"legacy"` or a number; whatever else it may be one day is kept from being taken for half an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Version {
    Number(u64),
    Named(String),
    /// Null where the node does not say.
    Other(Value),
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
            Version::Number(number) => *number <= u64::from(MAX_TRANSACTION_VERSION),
            Version::Named(name) => name == "legacy",
            Version::Other(value) => value.is_null(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Signed {
    pub signatures: Vec<Encoded>,
    pub message: Message,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    pub account_keys: Vec<Encoded>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// Null where the transaction succeeded.
    pub err: Option<Value>,
    /// Null where the node does not record them.
    pub inner_instructions: Option<Vec<InnerInstructions>>,
    pub loaded_addresses: Option<LoadedAddresses>,
    #[serde(default)]
    pub log_messages: Logs,
}

/// What is asked of a transaction's log: whether it is whole. Its lines are not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    pub truncated: bool,
}

/// What a node writes in place of the lines that it leaves out.
const LOG_TRUNCATED: &str = "Log truncated";

impl Logs {
    /// Of the lines of a log.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let truncated = lines.into_iter().any(|line| line == LOG_TRUNCATED);
        Self { truncated }
    }
}

impl<'de> Deserialize<'de> for Logs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LogsVisitor)
    }
}

struct LogsVisitor;

impl<'de> Visitor<'de> for LogsVisitor {
    type Value = Logs;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of lines, or null")
    }

    fn visit_unit<E>(self) -> Result<Logs, E> {
        Ok(Logs::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut lines: A) -> Result<Logs, A::Error> {
        let mut logs = Logs::default();
        while let Some(Line(truncated)) = lines.next_element()? {
            logs.truncated |= truncated;
        }
        Ok(logs)
    }
}

/// Whether a line says that lines are missing.
struct Line(bool);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(LineVisitor)
    }
}

struct LineVisitor;

impl Visitor<'_> for LineVisitor {
    type Value = Line;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a line")
    }

    fn visit_str<E>(self, line: &str) -> Result<Line, E> {
        Ok(Line(line == LOG_TRUNCATED))
    }
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
    pub data: Encoded,
}

/// Addresses that a transaction took from lookup tables.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LoadedAddresses {
    #[serde(default)]
    pub writable: Vec<Encoded>,
    #[serde(default)]
    pub readonly: Vec<Encoded>,
}
