//! `pedigree royalty forward`.

use std::collections::HashMap;

use anyhow::Result;
use clap::Args;
use listing::state::{Listing, PoolLedger, Share};
use pedigree_sdk::{
    fetch,
    instructions::listing::{self as instruction, Forwarding},
    pda,
    quote::{Lineage, children_first},
    send::pack::pack,
};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    missing_pools,
    pools::{Owing, Pool},
    show::forwardable,
};
use crate::{
    commands::wallet::{Signing, Wallet},
    session::Session,
};

#[derive(Debug, Args)]
pub struct Options {
    /// Address of the listing.
    listing: Pubkey,
    /// Go on through its whole royalty-bearing lineage, children before parents.
    #[arg(long)]
    all: bool,
    /// Look for pools in this mint too.
    #[arg(long = "mint", value_name = "ADDRESS")]
    mints: Vec<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let addresses = if options.all {
        climb(&wallet.session, &options.listing).await?
    } else {
        vec![options.listing]
    };
    let mut report = Report::default();
    for address in addresses {
        // Not before all that flows into it has arrived.
        for owing in Owing::ever(&wallet.session, &address).await? {
            for pool in owing.pools(&wallet.session, &options.mints).await? {
                forward(&wallet, &owing, &pool, &mut report).await?;
            }
        }
    }
    Ok(json!({"forwarded": report.forwarded, "signatures": report.signatures}))
}

#[derive(Default)]
struct Report {
    forwarded: Vec<Value>,
    signatures: Vec<String>,
}

/// A listing and its royalty-bearing ancestors, those of before included, each before all its parents.
async fn climb(session: &Session, listing: &Pubkey) -> Result<Vec<Pubkey>> {
    let mut lineage = Lineage::new();
    let mut wave = vec![*listing];
    while let Some(address) = wave.pop() {
        if lineage.contains_key(&address) {
            continue;
        }
        let ever = Owing::ever(session, &address).await?;
        let mut parents: Vec<_> = ever.iter().flat_map(Owing::parents).collect();
        parents.sort_unstable_by_key(|(parent, _)| *parent);
        parents.dedup_by_key(|(parent, _)| *parent);
        wave.extend(parents.iter().map(|(parent, _)| *parent));
        lineage.insert(address, parents);
    }
    Ok(children_first(&lineage, listing)?)
}

/// Sends every entry of a pool what it is due.
async fn forward(wallet: &Wallet, owing: &Owing, pool: &Pool, report: &mut Report) -> Result<()> {
    let session = &wallet.session;
    let addresses: Vec<Pubkey> = owing
        .parents()
        .into_iter()
        .map(|(parent, _)| parent)
        .collect();
    let parents = fetch::many::<Listing>(&session.rpc, &addresses).await?;
    let due: Vec<Due> = addresses
        .into_iter()
        .zip(parents)
        .zip(&pool.shares)
        .zip(0u8..)
        .filter(|((_, share), _)| forwardable(share) > 0)
        .filter_map(|(((address, parent), share), index)| {
            Some(Due {
                index,
                address,
                parent: parent?,
                share: *share,
            })
        })
        .collect();
    let mut groups = Vec::new();
    for due in &due {
        groups.push(due.instructions(wallet, owing, &pool.ledger).await?);
    }
    for transaction in pack(groups, &wallet.address()) {
        report
            .signatures
            .push(wallet.send(&transaction).await?.signature.to_string());
    }
    let ledger = pda::ledger(&owing.address, pool.ledger.generation, &pool.ledger.mint).0;
    let after = fetch::account::<PoolLedger>(&session.rpc, &ledger).await?;
    let owed: HashMap<u8, u64> = after
        .iter()
        .flat_map(|ledger| (0u8..).zip(ledger.owed))
        .collect();
    for Due {
        index,
        address,
        share,
        ..
    } in due
    {
        // What its payout account could not take is still in the pool.
        let owed = owed.get(&index).copied().unwrap_or_default();
        report.forwarded.push(json!({
            "listing": owing.address.to_string(),
            "generation": owing.generation,
            "mint": pool.ledger.mint.to_string(),
            "index": index,
            "parent": address.to_string(),
            "credited": share.credit.to_string(),
            "up": share.up.to_string(),
            "paid": share.keep.saturating_sub(owed).to_string(),
            "owed": owed.to_string(),
        }));
    }
    Ok(())
}

/// An entry of a royalty table that something is due to.
struct Due {
    index: u8,
    address: Pubkey,
    parent: Listing,
    share: Share,
}

impl Due {
    /// The forwarding, and before it what makes the accounts that it needs.
    async fn instructions(
        &self,
        wallet: &Wallet,
        owing: &Owing,
        ledger: &PoolLedger,
    ) -> Result<Vec<Instruction>> {
        let PoolLedger {
            mint,
            token_program,
            generation,
            ..
        } = *ledger;
        let (payout, create) = wallet
            .token_account(&self.parent.payout, &mint, &token_program)
            .await?;
        let mut instructions: Vec<Instruction> = create.into_iter().collect();
        instructions.extend(missing_pools(wallet, &self.address, &self.parent, &[mint]).await?);
        instructions.push(instruction::forward(Forwarding {
            listing: owing.address,
            generation,
            mint,
            token_program,
            index: self.index,
            parent: self.address,
            payout,
            parent_generation: (self.parent.royalty_parents > 0).then_some(self.parent.generation),
        }));
        Ok(instructions)
    }
}
