//! A history with every event of the four programs in it, told block by block, so that it can be left after any of them.

mod court;
mod governance;
mod listings;
mod orders;
mod rewards;

use std::collections::BTreeMap;

use pedigree_sdk::{events::Event, programs};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use crate::{
    Chain, Market,
    chain::{LISTING_INDEX, base58, instruction, transaction},
};

/// What has been told so far.
#[derive(Clone, Debug)]
pub struct Story {
    pub chain: Chain,
    pub market: Market,
    told: usize,
    /// 0, and on another fork some other number: who takes part there, and every amount, is another.
    variant: u64,
    known: BTreeMap<&'static str, Pubkey>,
}

/// Each tells one block.
type Chapter = fn(&mut Story);

const CHAPTERS: &[&[Chapter]] = &[
    governance::SETTINGS,
    listings::BEGINNING,
    listings::LIFE,
    orders::ONE_TIME,
    orders::RUNNING,
    court::EDGES,
    court::VERSIONS,
    rewards::EPOCHS,
    governance::PROPOSALS,
];

impl Default for Story {
    fn default() -> Self {
        Self {
            chain: Chain::default(),
            market: Market::at(10),
            told: 0,
            variant: 0,
            known: BTreeMap::new(),
        }
    }
}

impl Story {
    /// All of it.
    pub fn whole() -> Self {
        let mut story = Self::default();
        story.finish();
        story
    }

    /// Tells one more block. False where there is none.
    pub fn go_on(&mut self) -> bool {
        let mut chapters = CHAPTERS.iter().copied().flatten();
        let Some(chapter) = chapters.nth(self.told) else {
            return false;
        };
        self.told += 1;
        self.market.slot = self.chain.tip() + 1;
        chapter(self);
        true
    }

    /// Tells the rest.
    pub fn finish(&mut self) {
        while self.go_on() {}
    }

    /// Goes on otherwise, on a fork that leaves the chain after its newest block.
    pub fn leave(&mut self, variant: u64) {
        self.chain = self
            .chain
            .fork_after(self.chain.tip(), &format!("variant {variant}"));
        self.variant = variant;
    }

    /// So many slots have no block.
    fn skip(&mut self, slots: u64) {
        self.market.slot += slots;
    }

    /// A block with these events, two to a transaction.
    fn tell(&mut self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        let transactions = events.chunks(2).map(|events| {
            // What is the same on another fork is the same transaction.
            let mut name = Sha256::new();
            for event in events {
                name.update(event.encode());
            }
            transaction(&base58(name.finalize()), events.iter().cloned())
        });
        self.chain.push_at(self.market.slot, transactions.collect());
    }

    /// An event that no program of this version emits, beside those of the newest block.
    fn tell_unreadable(&mut self) {
        let mut foreign = transaction(&format!("unreadable {}", self.variant), []);
        let data = [&known_tag()[..], &[0xee; 16][..]].concat();
        foreign
            .meta
            .as_mut()
            .unwrap()
            .inner_instructions
            .as_mut()
            .unwrap()[0]
            .instructions
            .push(instruction(LISTING_INDEX, data));
        self.chain
            .blocks
            .last_mut()
            .unwrap()
            .1
            .transactions
            .push(foreign);
    }

    /// Keeps an address under a name, and gives the event that made it.
    fn keep(&mut self, name: &'static str, (address, event): (Pubkey, Event)) -> Event {
        self.known.insert(name, address);
        event
    }

    fn at(&self, name: &str) -> Pubkey {
        self.known[name]
    }

    /// Somebody: another one on another fork.
    fn somebody(&self, name: &str) -> String {
        match self.variant {
            0 => name.to_owned(),
            variant => format!("{name} {variant}"),
        }
    }

    /// An amount: another one on another fork.
    fn some(&self, amount: u64) -> u64 {
        amount + self.variant
    }

    fn ppm(&self, ppm: u32) -> u32 {
        ppm + u32::try_from(self.variant).unwrap()
    }
}

/// What the data of every event begins with.
fn known_tag() -> Vec<u8> {
    let mut market = Market::at(10);
    let event = market.profile("anyone", "Anyone");
    assert_eq!(event.program(), programs::LISTING);
    event.encode()[..8].to_vec()
}
