//! Pages by key: a cursor says after which row the next page begins, and of which query.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::problem::{Problem, Result};

/// Rows of a page where none are asked for.
pub const DEFAULT_LIMIT: i64 = 20;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 100;

/// Bytes of the query's hash that a cursor carries.
const BINDING: usize = 8;

#[derive(Serialize, Deserialize)]
struct Cursor<K> {
    /// Hash of the query and sort that it continues.
    query: String,
    /// The sort key of the last row given.
    after: K,
}

/// A query's identity: filters and sort, not limit and cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding(String);

impl Binding {
    pub fn of(resource: &str, query: &impl Serialize) -> Self {
        let hash = Sha256::digest(serde_json::to_vec(&(resource, query)).unwrap_or_default());
        Self(hex::encode(hash.get(..BINDING).unwrap_or_default()))
    }

    /// The cursor of the page after the row with this sort key.
    pub fn cursor<K: Serialize>(&self, after: K) -> String {
        let cursor = Cursor {
            query: self.0.clone(),
            after,
        };
        bs58::encode(serde_json::to_vec(&cursor).unwrap_or_default()).into_string()
    }

    /// The sort key in a cursor.
    ///
    /// # Errors
    /// 400 where it is none, or another query's.
    pub fn read<K: DeserializeOwned>(&self, cursor: &str) -> Result<K> {
        let read = || {
            let bytes = bs58::decode(cursor).into_vec().ok()?;
            serde_json::from_slice::<Cursor<K>>(&bytes).ok()
        };
        match read() {
            Some(found) if found.query == self.0 => Ok(found.after),
            _ => Err(Problem::bad(
                "cursor",
                "it does not continue this query: repeat the query that gave it",
            )),
        }
    }
}
