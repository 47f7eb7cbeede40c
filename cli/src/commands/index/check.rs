use anyhow::{Result, bail};
use clap::Args;
use pedigree_indexer::store::Gap;
use serde_json::{Value, json};

use super::target::Store;

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    store: Store,
    /// Derive every table again as well, compare, and leave them as they are. Takes as long as
    /// `rebuild`, and writing waits meanwhile.
    #[arg(long)]
    derive: bool,
}

pub async fn run(options: Options) -> Result<Value> {
    let store = options.store.open().await?;
    let mut found = store.check().await?;
    if options.derive {
        found.derived_equal = Some(store.derives_equal().await?);
    }
    let mut value = serde_json::to_value(&found)?;
    if found.is_sound() {
        return Ok(value);
    }
    value["missing"] = store.gaps().await?.iter().map(missing).collect();
    bail!("the index is not sound: {value}");
}

/// Whose events are missing, and between which slots, both included.
fn missing(gap: &Gap) -> Value {
    json!({
        "kind": gap.kind.name(),
        "address": gap.address.to_string(),
        "from": gap.from,
        "to": gap.to,
    })
}
