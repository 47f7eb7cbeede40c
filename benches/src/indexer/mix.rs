//! What is indexed: of a hundred events five are of listings, ten of edges, 85 of orders.
//!
//! An order's life is spread as it is on the chain: what happens to it later comes when it has long been stored, so that
//! the index has to read it again. Names and licences are those of the catalogue; everything follows from the seed.

use std::{collections::BTreeMap, fs, ops::RangeInclusive, path::Path};

use anyhow::{Context, Result};
use indexer_testkit::{Market, market::New};
use pedigree_sdk::events::Event;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde::Deserialize;
use solana_program::pubkey::Pubkey;

/// Events of a round.
const ROUND: usize = 100;
/// New listings of a round: two become active, one stays a draft.
const LISTINGS: usize = 3;
const ACTIVATED: usize = 2;
/// Parents of each active listing.
const PARENTS: usize = 5;
const ROYALTY_PPM: u32 = 1_000;
/// Parents and what is bought are chosen among so many of the newest listings.
const RECENT: usize = 1_000;
/// Rounds from the opening of an order to its delivery, from there to its settlement, and on to its end.
const DELIVERED_AFTER: RangeInclusive<u64> = 1..=10;
const SETTLED_AFTER: RangeInclusive<u64> = 1..=20;
const CLOSED_AFTER: RangeInclusive<u64> = 100..=400;
/// Orders of one buyer.
const ORDERS: u64 = 8;

/// What is taken from an asset of the catalogue.
#[derive(Deserialize)]
struct Asset {
    name: String,
    #[serde(default)]
    license: String,
}

#[derive(Clone, Copy)]
enum Step {
    Deliver,
    Settle,
    Close,
}

pub struct Mix {
    market: Market,
    random: StdRng,
    assets: Vec<Asset>,
    active: Vec<Pubkey>,
    round: u64,
    opened: u64,
    /// What happens to orders, by round.
    due: BTreeMap<u64, Vec<(Pubkey, Step)>>,
}

impl Mix {
    pub fn new(seed: u64) -> Result<Self> {
        let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/ai-assets.jsonl");
        let text = fs::read_to_string(&catalogue).context("reading the catalogue")?;
        let assets = text.lines().map(serde_json::from_str);
        Ok(Self {
            market: Market::at(0),
            random: StdRng::seed_from_u64(seed),
            assets: assets.collect::<Result<_, _>>()?,
            active: Vec::new(),
            round: 0,
            opened: 0,
            due: BTreeMap::new(),
        })
    }

    /// The next hundred events, in the chain's order. The first rounds have fewer edges: there are no parents yet.
    pub fn round(&mut self, slot: u64) -> Vec<Event> {
        self.market.slot = slot;
        self.round += 1;
        let mut events = Vec::with_capacity(ROUND);
        self.publish(&mut events);
        while events.len() < ROUND {
            events.push(match self.take_due() {
                Some((order, step)) => self.go_on(&order, step),
                None => self.open(),
            });
        }
        events
    }

    fn publish(&mut self, events: &mut Vec<Event>) {
        let mut new = Vec::with_capacity(LISTINGS);
        for number in 0..LISTINGS {
            let asset = self.assets.choose(&mut self.random);
            let (name, license) =
                asset.map_or(("", ""), |asset| (&asset.name[..], &asset.license[..]));
            let key = format!("{name}/{}/{number}", self.round);
            let (listing, event) = self.market.register(&New {
                key: &key,
                name,
                license,
                manifest: key.as_bytes(),
                ..New::default()
            });
            new.push(listing);
            events.push(event);
        }
        let recent = recent(&self.active);
        for child in &new[..ACTIVATED] {
            for parent in recent.choose_multiple(&mut self.random, PARENTS) {
                events.push(self.market.add_edge(child, parent, ROYALTY_PPM));
            }
        }
        for child in &new[..ACTIVATED] {
            events.push(self.market.activate(child));
        }
        self.active.extend(&new[..ACTIVATED]);
    }

    fn take_due(&mut self) -> Option<(Pubkey, Step)> {
        let mut due = self.due.first_entry()?;
        if *due.key() > self.round {
            return None;
        }
        let step = due.get_mut().pop();
        if due.get().is_empty() {
            due.remove();
        }
        step
    }

    fn open(&mut self) -> Event {
        let listing = recent(&self.active).choose(&mut self.random);
        let listing = *listing.expect("every round publishes");
        let buyer = format!("buyer {}", self.opened / ORDERS);
        let number = (self.opened % ORDERS) as u8;
        self.opened += 1;
        let (order, event) = self.market.open_order(&buyer, &listing, number);
        self.later(order, Step::Deliver, DELIVERED_AFTER);
        event
    }

    fn go_on(&mut self, order: &Pubkey, step: Step) -> Event {
        match step {
            Step::Deliver => {
                self.later(*order, Step::Settle, SETTLED_AFTER);
                self.market.deliver_order(order)
            }
            Step::Settle => {
                self.later(*order, Step::Close, CLOSED_AFTER);
                self.market.settle_order(order)
            }
            Step::Close => self.market.close_order(order),
        }
    }

    fn later(&mut self, order: Pubkey, step: Step, after: RangeInclusive<u64>) {
        let round = self.round + self.random.random_range(after);
        self.due.entry(round).or_default().push((order, step));
    }
}

fn recent(active: &[Pubkey]) -> &[Pubkey] {
    &active[active.len().saturating_sub(RECENT)..]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pedigree_sdk::accounts::EntityKind;

    use super::*;

    #[test]
    fn five_of_a_hundred_events_are_of_listings_ten_of_edges_the_rest_of_orders() {
        let mut mix = Mix::new(7).unwrap();
        let mut counts = BTreeMap::new();
        for slot in 0..600 {
            let events = mix.round(slot);
            assert_eq!(events.len(), ROUND);
            // Once there are parents, and orders of every age.
            if slot >= 500 {
                for event in events {
                    let kind = event.entities()[0].kind.name();
                    *counts.entry((kind, event.name())).or_insert(0) += 1;
                }
            }
        }
        let of = |kind: EntityKind| -> u32 {
            let found = counts.iter().filter(|((of, _), _)| *of == kind.name());
            found.map(|(_, count)| count).sum()
        };
        assert_eq!(of(EntityKind::Listing), 500, "{counts:?}");
        assert_eq!(of(EntityKind::Edge), 1_000, "{counts:?}");
        assert_eq!(of(EntityKind::Order), 8_500, "{counts:?}");
        for step in [
            "OrderOpenedV1",
            "OrderDeliveredV1",
            "OrderSettledV1",
            "OrderClosedV1",
        ] {
            assert!(
                counts[&(EntityKind::Order.name(), step)] > 1_500,
                "{counts:?}"
            );
        }
    }
}
