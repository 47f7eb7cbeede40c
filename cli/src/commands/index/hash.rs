use anyhow::Result;
use serde_json::{Value, json};

use super::target::Store;

pub async fn run(store: &Store) -> Result<Value> {
    let store = store.open().await?;
    let frontier = store.frontier().await?;
    Ok(json!({
        "hash": hex::encode(store.table_hash().await?),
        "slot": frontier.map(|frontier| frontier.slot),
    }))
}
