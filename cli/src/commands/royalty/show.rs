use anyhow::Result;
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
    let owing = Owing::read(&session, &options.listing).await?;
    let pools = owing.pools(&session, &options.mints).await?;
    let parents = owing.parents();
    let entries = parents.iter().enumerate().map(
        |(index, (parent, ppm))| json!({"index": index, "parent": parent.to_string(), "ppm": ppm}),
    );
    let (address, generation) = (&owing.address, owing.listing.generation);
    Ok(json!({
        "listing": address.to_string(),
        "royalty_ppm": owing.listing.royalty_ppm,
        "derivative_royalty_ppm": owing.listing.derivative_royalty_ppm,
        "generation": generation,
        "table": entries.collect::<Vec<_>>(),
        "pools": pools.iter().map(|pool| {
            let ledger = pda::ledger(address, generation, &pool.ledger.mint).0;
            describe(&ledger, pool, &parents)
        }).collect::<Vec<_>>(),
    }))
}

fn describe(ledger: &Pubkey, pool: &Pool, parents: &[(Pubkey, u32)]) -> Value {
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
