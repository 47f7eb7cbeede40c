//! The rules of docs/INVARIANTS.md, as functions of what was before a step, what is after it, and what it said.
//!
//! They know the programs' accounts and events, and nothing of their code.

mod authority;
mod conservation;
mod court;
mod disputes;
mod earning;
pub mod ends;
mod events;
mod fees;
mod flows;
mod idempotency;
mod lineage;
pub mod liveness;
mod once;
mod pause;
mod pools;
mod proofs;
mod proposals;
mod reviews;
mod rewards;
mod royalties;
mod rulings;
mod signers;
mod stays;
mod terms;
mod tokens;
mod verdicts;

use std::{collections::BTreeMap, fmt, rc::Rc};

use escrow::state::Order;
use pedigree_sdk::{
    accounts,
    entity::{Change, EntityKind},
    events::Event,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    call::{Call, Move},
    idl,
    memory::{Happening, Memory},
    state::State,
};

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number in docs/INVARIANTS.md where it has one, and its name.
    pub rule: &'static str,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.rule, self.what)
    }
}

/// What a rule says of a step.
pub type Verdict = Result<(), String>;

/// One step, seen from outside.
pub struct Taken<'a> {
    pub before: &'a State,
    pub after: &'a State,
    /// The transaction, if that is what it was.
    pub call: Option<&'a Call>,
    /// What the programs said, in order.
    pub events: &'a [Event],
    /// What happened to each order, event by event.
    pub orders: &'a [Passage<'a>],
    /// With the flows of this step, and without its happenings.
    pub memory: &'a Memory,
}

/// What one event did to an order.
pub struct Passage<'a> {
    pub address: Pubkey,
    /// None where the event made it.
    pub before: Option<Order>,
    pub after: Order,
    pub event: &'a Event,
}

/// A rule's name and what it says.
type Rule = (&'static str, fn(&Taken) -> Verdict);

const RULES: &[Rule] = &[
    ("1 conservation", conservation::check),
    ("3 once", once::check),
    ("4 acyclic lineage", lineage::check),
    ("5 refund-safe royalties", royalties::check),
    ("6 exact pools", pools::check),
    ("7 fixed terms", terms::check),
    ("8 idempotent orders", idempotency::check),
    ("11 pause", pause::check),
    ("12 tokens", tokens::check),
    ("13 events", events::check),
    ("15 what stays", stays::check),
    ("authority", authority::check),
    ("disputes", disputes::check),
    ("earning", earning::check),
    ("reviews", reviews::check),
    ("proofs", proofs::check),
    ("rulings", rulings::check),
    ("9 fees", fees::check),
    ("rewards", rewards::check),
    ("court", court::check),
    ("proposals", proposals::check),
];

/// Whether every rule holds of a step.
pub fn check(taken: &Taken) -> Result<(), Violation> {
    for (rule, check) in RULES.iter().copied() {
        check(taken).map_err(|what| Violation { rule, what })?;
    }
    Ok(())
}

/// Whether a refusal was one that the rules allow.
pub fn refused(state: &State, call: &Call, error: &str) -> Result<(), Violation> {
    idempotency::refused(state, call, error).map_err(|what| Violation {
        rule: "8 idempotent orders",
        what,
    })?;
    for (rule, check) in [
        (
            "1 conservation",
            conservation::refused as fn(_, _) -> Verdict,
        ),
        ("11 pause", pause::refused),
    ] {
        check(call, error).map_err(|what| Violation { rule, what })?;
    }
    Ok(())
}

impl Taken<'_> {
    pub fn signed(&self, key: &Pubkey) -> bool {
        self.call.is_some_and(|call| call.signers().contains(key))
    }

    /// Whether the owner accepts an order in this transaction as it was before it.
    pub fn accepts(&self, address: &Pubkey, order: &Order) -> bool {
        let seen = [&[1][..], &order.head.seq.to_le_bytes()].concat();
        self.decides("escrow.settle", address, &order.head.owner, &seen)
    }

    /// Whether a party concedes what is contested of an order as it was before it.
    pub fn concedes(&self, address: &Pubkey, order: &Order) -> bool {
        let seen = order.head.seq.to_le_bytes();
        [&order.seller, &order.head.owner]
            .iter()
            .any(|party| self.decides("escrow.concede", address, party, &seen))
    }

    /// Whether `party` signed an instruction of that name and arguments about an order.
    fn decides(&self, name: &str, order: &Pubkey, party: &Pubkey, arguments: &[u8]) -> bool {
        let is_it = |ix: &Instruction| {
            idl::find(ix).is_some_and(|known| known.name == name)
                && idl::account(ix, "order") == Some(*order)
                && idl::account(ix, "cranker") == Some(*party)
                && ix.data.get(8..) == Some(arguments)
        };
        self.signed(party)
            && self
                .call
                .is_some_and(|call| call.instructions.iter().any(is_it))
    }

    /// Whether a rule holds of all that happened to orders; where it does not, of which order.
    fn each_order(&self, rule: impl Fn(&Passage) -> Verdict) -> Verdict {
        for passage in self.orders {
            rule(passage).map_err(|what| format!("order {}: {what}", passage.address))?;
        }
        Ok(())
    }

    pub fn moves(&self) -> &[Move] {
        self.call.map_or(&[], |call| &call.moves)
    }

    /// What happened that happens once.
    pub fn happenings(&self) -> Vec<Happening> {
        self.orders.iter().filter_map(once::happening).collect()
    }
}

/// Each event's order as it was before that event and after it.
pub fn passages<'a>(before: &State, events: &'a [Event]) -> Vec<Passage<'a>> {
    let mut known: BTreeMap<Pubkey, Option<Order>> = BTreeMap::new();
    let mut passages = Vec::new();
    for event in events {
        for change in event.entities() {
            let (Change::State(bytes) | Change::Closed(bytes)) = &change.change else {
                continue;
            };
            if change.kind != EntityKind::Order {
                continue;
            }
            let Ok(after) = accounts::from_bytes::<Order>(bytes) else {
                continue;
            };
            let known = known.entry(change.address).or_insert_with(|| {
                before
                    .orders
                    .get(&change.address)
                    .map(|order| *Rc::as_ref(order))
            });
            passages.push(Passage {
                address: change.address,
                before: *known,
                after,
                event,
            });
            *known = (!matches!(change.change, Change::Closed(_))).then_some(after);
        }
    }
    passages
}

/// Fails with what is said where it does not hold.
macro_rules! holds {
    ($condition:expr, $($said:tt)*) => {
        if !$condition {
            return Err(format!($($said)*));
        }
    };
}
use holds;

/// `floor(a × b / c)`.
fn share(a: u64, b: u64, c: u64) -> u64 {
    (u128::from(a) * u128::from(b))
        .checked_div(u128::from(c))
        .map_or(0, |share| share as u64)
}

/// `ceil(a × ppm / 10⁶)`.
fn share_up(a: u64, ppm: u64) -> u64 {
    (u128::from(a) * u128::from(ppm)).div_ceil(1_000_000) as u64
}

/// Base units of bonds that its vault holds besides.
fn bonds(order: &Order) -> u64 {
    order.bond + order.owner_bond_due + order.seller_bond_due + order.lost_bond_due
}

/// All that an order's seller was given: paid, or due.
fn given(order: &Order) -> u64 {
    order.paid
        + order.paid_due
        + order.fee_paid
        + order.fee_due
        + order.royalty_paid
        + order.royalty_due
}

/// Base units that its vault holds by its ledger.
fn held(order: &Order) -> Option<u64> {
    let out = [
        order.paid,
        order.fee_paid,
        order.royalty_paid,
        order.refunded,
    ];
    out.iter()
        .try_fold(order.deposited, |rest, part| rest.checked_sub(*part))
}
