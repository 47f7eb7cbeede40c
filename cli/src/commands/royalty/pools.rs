//! A listing's pools as the chain has them, and what each entry of the table is due.

use anyhow::{Context, Result, anyhow};
use listing::state::{Listing, PoolLedger, RoyaltyTable, Share};
use pedigree_sdk::{fetch, pda};
use solana_program::pubkey::Pubkey;

use crate::session::Session;

/// A listing with its royalty table in force, where it owes royalties.
pub struct Owing {
    pub address: Pubkey,
    pub listing: Listing,
    pub table: Option<RoyaltyTable>,
}

/// A pool with what may be forwarded of it.
pub struct Pool {
    pub ledger: PoolLedger,
    pub balance: u64,
    /// One for each entry of the table.
    pub shares: Vec<Share>,
}

impl Owing {
    pub async fn read(session: &Session, address: &Pubkey) -> Result<Self> {
        let listing = session.account::<Listing>(address).await?;
        let table = match listing.royalty_parents {
            0 => None,
            _ => {
                let table = pda::royalties(address, listing.generation).0;
                let table = fetch::account::<RoyaltyTable>(&session.rpc, &table).await?;
                Some(table.with_context(|| format!("the royalty table of {address} is missing"))?)
            }
        };
        Ok(Self {
            address: *address,
            listing,
            table,
        })
    }

    /// The parents that bear a royalty, with their parts per million, in the order of the table.
    pub fn parents(&self) -> Vec<(Pubkey, u32)> {
        let entries = self
            .table
            .iter()
            .flat_map(|table| table.entries.iter().zip(0..table.len));
        entries
            .map(|(entry, _)| (entry.parent, entry.ppm))
            .collect()
    }

    /// Its pools in these mints, those of its price terms, and the settlement mint.
    pub async fn pools(&self, session: &Session, mints: &[Pubkey]) -> Result<Vec<Pool>> {
        let Some(table) = &self.table else {
            return Ok(Vec::new());
        };
        let terms = self
            .listing
            .terms
            .iter()
            .take(usize::from(self.listing.terms_len));
        let mut mints: Vec<Pubkey> = terms
            .map(|term| term.mint)
            .chain(mints.iter().copied())
            .collect();
        mints.extend(session.mint().ok());
        mints.sort_unstable();
        mints.dedup();
        let ledgers: Vec<Pubkey> = mints
            .iter()
            .map(|mint| pda::ledger(&self.address, self.listing.generation, mint).0)
            .collect();
        let ledgers = fetch::many::<PoolLedger>(&session.rpc, &ledgers).await?;
        let parents: Vec<Pubkey> = self
            .parents()
            .into_iter()
            .map(|(parent, _)| parent)
            .collect();
        let parents = fetch::many::<Listing>(&session.rpc, &parents).await?;
        let mut pools = Vec::new();
        for ledger in ledgers.into_iter().flatten() {
            let balance = session.balance(&ledger.pool).await?;
            let shares = parents.iter().zip(0u8..).map(|(parent, index)| {
                let parent = parent.as_ref().context("a parent's account is missing")?;
                let share = ledger.share(balance, table, index, parent.royalty_ppm);
                share.map_err(|error| anyhow!("pool {}: {error:?}", ledger.pool))
            });
            let shares = shares.collect::<Result<_>>()?;
            pools.push(Pool {
                ledger,
                balance,
                shares,
            });
        }
        Ok(pools)
    }
}
