use anyhow::{Result, bail};
use clap::Args;
use listing::state::Share;
use pedigree_sdk::pda;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::pools::{Owing, Pool};
use crate::commands::Target;

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: Pubkey,
    /// Look for pools in this mint too.
    #[arg(long = "mint", value_name = "ADDRESS")]
    mints: Vec<Pubkey>,
    #[command(flatten)]
    target: Target,
}

pub async fn run(options: Options) -> Result<Value> {
    let session = options.target.session().await?;
    let mut pools = Vec::new();
    let mut ever = Owing::ever(&session, &options.listing).await?;
    for owing in &ever {
        let of_one = owing.pools(&session, &options.mints).await?;
        pools.extend(of_one.iter().map(|pool| describe(owing, pool)));
    }
    let Some(owing) = ever.pop() else {
        bail!("listing {} has no generation", options.listing);
    };
    let parents = owing.parents();
    let entries = parents.iter().enumerate().map(
        |(index, (parent, ppm))| json!({"index": index, "parent": parent.to_string(), "ppm": ppm}),
    );
    Ok(json!({
        "listing": owing.address.to_string(),
        "royalty_ppm": owing.listing.royalty_ppm,
        "derivative_royalty_ppm": owing.listing.derivative_royalty_ppm,
        "generation": owing.generation,
        "table": entries.collect::<Vec<_>>(),
        "pools": pools,
    }))
}

fn describe(owing: &Owing, pool: &Pool) -> Value {
    let ledger = pda::ledger(&owing.address, owing.generation, &pool.ledger.mint).0;
    let parents = owing.parents();
    let entries = parents.iter().zip(&pool.shares).enumerate();
    let entries = entries.map(|(index, ((parent, _), share))| {
        let booked = |amounts: &[u64]| amounts.get(index).map(u64::to_string);
        json!({
            "index": index,
            "parent": parent.to_string(),
            "credited": booked(&pool.ledger.credited),
            "owed": booked(&pool.ledger.owed),
            "forwardable": forwardable(share).to_string(),
            "up": share.up.to_string(),
            "paid": share.keep.to_string(),
        })
    });
    json!({
        "generation": owing.generation,
        "mint": pool.ledger.mint.to_string(),
        "pool": pool.ledger.pool.to_string(),
        "ledger": ledger.to_string(),
        "balance": pool.balance.to_string(),
        "received": pool.shares.first().map(|share| share.received.to_string()),
        "entries": entries.collect::<Vec<_>>(),
    })
}

/// Base units that a `forward` of an entry moves.
pub fn forwardable(share: &Share) -> u64 {
    share.up.saturating_add(share.keep)
}
