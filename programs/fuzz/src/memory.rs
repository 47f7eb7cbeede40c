//! What of the past the rules need and the chain does not keep.

use std::collections::{BTreeMap, BTreeSet};

use pedigree_sdk::{events::Event, pda};
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
    /// Base units of the reward program's token that were given away when it was made.
    pub endowed: u64,
    /// Base units of it that strangers sent to what holds it for others.
    pub gifts: BTreeMap<Pubkey, u64>,
    /// What recorded fees credited, by owner and epoch.
    pub credited: BTreeMap<(Pubkey, u32), u64>,
    /// What jurors and voters did, by the addresses of their records.
    pub jurors: BTreeMap<Pubkey, Seat>,
    pub votes: BTreeMap<Pubkey, Ballot>,
    /// What jurors of a round were paid so far, by dispute, its slot of birth, and round.
    pub settled: BTreeMap<(Pubkey, u64, u8), u64>,
}

/// A juror's place in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    pub dispute: Pubkey,
    /// Slot of birth of the dispute.
    pub born_slot: u64,
    pub round: u8,
    pub position: Pubkey,
}

/// A position's vote on a proposal, as it was cast or changed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    pub proposal: Pubkey,
    pub position: Pubkey,
    pub choice: u8,
    pub weight: u64,
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
        self.note_gifts(before, call);
        for event in events {
            self.note_tokens(event);
            self.note_votes(event);
        }
    }

    /// Of the reward program's token: to the vault of positions, to those of disputes, and to that of the deposits.
    fn note_gifts(&mut self, before: &State, call: Option<&Call>) {
        let token = pda::token().0;
        let holders = [pda::reward_config().0, pda::dao_authority().0];
        for step in call.map_or(&[][..], |call| &call.moves) {
            let Some(to) = before.tokens.get(&step.to) else {
                continue;
            };
            let held = holders.contains(&to.owner) || before.disputes.contains_key(&to.owner);
            if to.mint == token && held {
                *self.gifts.entry(step.to).or_default() += step.amount;
            }
        }
    }

    fn note_tokens(&mut self, event: &Event) {
        let token = pda::token().0;
        match event {
            Event::PointsClaimed(event) if event.head.amount > 0 => {
                *self.supply.entry(token).or_default() += u128::from(event.head.amount);
            }
            Event::AttestationSlashed(event) => {
                let supply = self.supply.entry(token).or_default();
                *supply = supply.saturating_sub(event.head.burnt.into());
            }
            Event::FeesRecorded(event) => {
                let (publisher, buyer) = (&event.state, &event.head.buyer_points);
                for (points, credit) in [
                    (publisher, event.head.publisher_credit),
                    (buyer, event.head.buyer_credit),
                ] {
                    let key = (points.owner, points.epoch);
                    *self.credited.entry(key).or_default() += credit;
                }
            }
            _ => {}
        }
    }

    fn note_votes(&mut self, event: &Event) {
        match event {
            Event::VoteCommitted(event) => {
                let seat = Seat {
                    dispute: event.head.dispute_address,
                    born_slot: event.head.dispute_born_slot,
                    round: event.state.round,
                    position: event.head.position,
                };
                self.jurors.insert(event.head.address, seat);
            }
            Event::JurorSettled(event) => {
                let head = &event.head;
                let round = (
                    head.dispute_address,
                    head.dispute_born_slot,
                    event.state.round,
                );
                *self.settled.entry(round).or_default() += head.amount;
            }
            Event::VoteCast(event) => {
                let ballot = Ballot {
                    proposal: event.head.proposal_address,
                    position: event.head.position,
                    choice: event.state.choice,
                    weight: event.state.weight,
                };
                self.votes.insert(event.head.address, ballot);
            }
            Event::VoteChanged(event) => {
                if let Some(ballot) = self.votes.get_mut(&event.head.address) {
                    ballot.choice = event.state.choice;
                }
            }
            _ => {}
        }
    }

    /// What happened that happens once, in a step that led to `after`.
    pub fn note_happenings(&mut self, happened: Vec<Happening>, after: &State) {
        self.happened.extend(happened);
        self.donated
            .retain(|vault, _| after.tokens.contains_key(vault));
    }
}
