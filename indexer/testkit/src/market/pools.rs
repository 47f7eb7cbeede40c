//! Royalty pools, and what is forwarded from them.

use bytemuck::Zeroable;
use listing::{events as le, state::PoolLedger};
use pedigree_sdk::{events::Event, pda, programs::TOKEN};
use solana_program::pubkey::Pubkey;

use super::{MINT, Market};

/// A pool's ledger, and what is in its token account.
#[derive(Clone, Debug)]
pub struct Pool {
    ledger: PoolLedger,
    balance: u64,
}

impl Market {
    /// Opens the pool of a listing's generation in force.
    pub fn open_pool(&mut self, listing: &Pubkey) -> (Pubkey, Event) {
        let generation = self.listings[listing].generation;
        let address = pda::ledger(listing, generation, &MINT).0;
        let state = PoolLedger {
            layout: 1,
            decimals: 6,
            generation,
            seq: 1,
            born_slot: self.slot,
            listing: *listing,
            mint: MINT,
            token_program: TOKEN,
            pool: pda::pool(listing, generation, &MINT).0,
            ..PoolLedger::zeroed()
        };
        let (ledger, balance) = (state, 0);
        self.pools.insert(address, Pool { ledger, balance });
        let head = le::EntityHead { address };
        (
            address,
            Event::PoolOpened(Box::new(le::PoolOpenedV1 { head, state })),
        )
    }

    /// Pays `amount` into a pool, and sends entry `index` its share of all, which its payout account takes or is owed.
    pub fn forward(&mut self, pool: &Pubkey, amount: u64, index: u8, payable: bool) -> Event {
        let Pool { ledger, balance } = self.pools.get_mut(pool).unwrap();
        let table = self.tables[&pda::royalties(&ledger.listing, ledger.generation).0];
        let parent = table.entry(index).unwrap().parent;
        *balance += amount;
        let old_owed = ledger.owed[usize::from(index)];
        let of = &self.listings[&parent];
        let share = ledger
            .share(*balance, &table, index, of.royalty_ppm)
            .unwrap();
        ledger.book(index, &share, payable).unwrap();
        let paid = if payable { share.keep } else { 0 };
        *balance -= share.up + paid;
        let head = le::ForwardHead {
            address: *pool,
            parent,
            parent_pool: if of.royalty_ppm > 0 {
                pda::pool(&parent, of.generation, &MINT).0
            } else {
                Pubkey::default()
            },
            payout_account: pda::associated_token(&of.payout, &MINT, &TOKEN).0,
            index: index.into(),
            received: share.received,
            credited: share.credit,
            forwarded: share.up,
            paid,
            owed: ledger.owed[usize::from(index)],
            old_owed,
        };
        Event::RoyaltyForwarded(Box::new(le::RoyaltyForwardedV1 {
            head,
            state: *ledger,
        }))
    }
}
