//! A listing's pools as the chain has them, and what each entry of the table is due.

use anyhow::{Context, Result, anyhow, bail};
use listing::state::{Listing, PoolLedger, RoyaltyTable, Share};
use pedigree_sdk::{fetch, pda};
use solana_program::pubkey::Pubkey;

use crate::session::Session;

/// A listing with its royalty table of one generation, where it owes royalties in that.
pub struct Owing {
    pub address: Pubkey,
    pub listing: Listing,
    pub generation: u16,
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
    /// As it is in force.
    pub async fn read(session: &Session, address: &Pubkey) -> Result<Self> {
        let listing = session.account::<Listing>(address).await?;
        let owing = Self::of(session, address, listing, listing.generation).await?;
        if listing.royalty_parents > 0 && owing.table.is_none() {
            bail!("the royalty table of {address} is missing");
        }
        Ok(owing)
    }

    /// As it was in each generation and, last, as it is in force: orders pay into the pools of the one that they saw.
    pub async fn ever(session: &Session, address: &Pubkey) -> Result<Vec<Self>> {
        let owing = Self::read(session, address).await?;
        let mut ever = Vec::new();
        for generation in 0..owing.generation {
            ever.push(Self::of(session, address, owing.listing, generation).await?);
        }
        ever.push(owing);
        Ok(ever)
    }

    async fn of(
        session: &Session,
        address: &Pubkey,
        listing: Listing,
        generation: u16,
    ) -> Result<Self> {
        let table = pda::royalties(address, generation).0;
        let table = fetch::account::<RoyaltyTable>(&session.rpc, &table).await?;
        Ok(Self {
            address: *address,
            listing,
            generation,
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
            .map(|mint| pda::ledger(&self.address, self.generation, mint).0)
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
