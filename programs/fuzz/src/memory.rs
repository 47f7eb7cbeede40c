//! What of the past the rules need and the chain does not keep.

use std::collections::{BTreeMap, BTreeSet};

use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use crate::{
    call::Call,
    rules::Passage,
    state::State,
    world::{self, Mints},
};

/// Something that happens once: to which entity, in which of its lives, what, and its number.
pub type Happening = (Pubkey, u64, What, u64);

/// What happens once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Redeemed,
    Authorised,
    Confirmed,
    Decided,
    Settled,
    Recorded,
}

#[derive(Clone, Default)]
pub struct Memory {
    /// Base units of each mint.
    pub supply: BTreeMap<Pubkey, u128>,
    /// May upgrade the programs.
    pub upgrader: Pubkey,
    /// Mints that orders may be in.
    pub clean: BTreeSet<Pubkey>,
    /// Base units that strangers sent to orders' vaults.
    pub donated: BTreeMap<Pubkey, u64>,
    /// Base units that each pool ever took in.
    pub received: BTreeMap<Pubkey, u64>,
    pub happened: BTreeSet<Happening>,
    /// Vouchers that were rightly signed: order, its slot of birth, sequence, amount.
    pub signed: BTreeSet<(Pubkey, u64, u64, u64)>,
}

impl Memory {
    pub fn new(state: &State, mints: &Mints, upgrader: Pubkey) -> Self {
        Self {
            upgrader,
            supply: world::supply(state),
            clean: mints.clean.iter().map(|mint| mint.address).collect(),
            ..Self::default()
        }
    }

    /// What a step moves into vaults and pools, and the vouchers that it shows.
    pub fn note_flows(
        &mut self,
        before: &State,
        call: Option<&Call>,
        events: &[Event],
        orders: &[Passage],
    ) {
        for step in call.map_or(&[][..], |call| &call.moves) {
            let owner = before.tokens.get(&step.to).map(|token| token.owner);
            if owner.is_some_and(|owner| before.orders.contains_key(&owner)) {
                *self.donated.entry(step.to).or_default() += step.amount;
            }
            if owner.is_some_and(|owner| before.ledgers.contains_key(&owner)) {
                *self.received.entry(step.to).or_default() += step.amount;
            }
        }
        for order in orders {
            let before = order.before.map_or(0, |before| before.royalty_paid);
            let paid = order.after.royalty_paid.saturating_sub(before);
            if paid > 0 {
                *self.received.entry(order.after.pool).or_default() += paid;
            }
        }
        for event in events {
            if let Event::RoyaltyForwarded(event) = event
                && event.head.forwarded > 0
            {
                *self.received.entry(event.head.parent_pool).or_default() += event.head.forwarded;
            }
        }
        self.signed
            .extend(call.iter().flat_map(|call| &call.signed).copied());
    }

    /// What happened that happens once, in a step that led to `after`.
    pub fn note_happenings(&mut self, happened: Vec<Happening>, after: &State) {
        self.happened.extend(happened);
        self.donated
            .retain(|vault, _| after.tokens.contains_key(vault));
    }
}
