use anyhow::{Result, bail};
use clap::Args;
use serde_json::Value;

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
    let value = serde_json::to_value(&found)?;
    if found.is_sound() {
        return Ok(value);
    }
    bail!("the index is not sound: {value}");
}
