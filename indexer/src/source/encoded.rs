use std::{borrow::Cow, fmt};

use serde::Deserialize;

use crate::base58;

/// Bytes as a node sends them: JSON has them in base58, gRPC as they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub enum Encoded {
    Base58(String),
    Bytes(Vec<u8>),
}

impl Encoded {
    /// The bytes; `None` where the text is no base58.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Encoded::Base58(text) => base58::decode(text).map(Cow::Owned),
            Encoded::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        }
    }
}

/// In base58, whatever it came in.
impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Encoded::Base58(text) => f.write_str(text),
            Encoded::Bytes(bytes) => f.write_str(&bs58::encode(bytes).into_string()),
        }
    }
}

impl From<String> for Encoded {
    fn from(text: String) -> Self {
        Encoded::Base58(text)
    }
}

impl From<Vec<u8>> for Encoded {
    fn from(bytes: Vec<u8>) -> Self {
        Encoded::Bytes(bytes)
    }
}
