//! Rule 1: no base unit appears or vanishes, each order's ledger is what its vault holds, and whatever moves is where
//! the ledgers say.

use std::collections::BTreeMap;

use anchor_lang::bytemuck::Zeroable;
use escrow::state::{Order, party};
use pedigree_sdk::events::Event;
use solana_program::pubkey::Pubkey;

use super::{Passage, Taken, Verdict, bonds, held, holds};
use crate::{call::Call, state::State, world::supply};

pub fn check(taken: &Taken) -> Verdict {
    for (address, order) in &taken.after.orders {
        ledger(order).map_err(|what| format!("order {address}: {what}: {order:#?}"))?;
        vault(taken, address, order).map_err(|what| format!("order {address}: {what}"))?;
    }
    let supply = supply(taken.after);
    holds!(
        supply == taken.memory.supply,
        "base units appeared or vanished: {supply:?}, not {:?}",
        taken.memory.supply
    );
    match taken.call {
        Some(_) => flows(taken),
        None => Ok(()),
    }
}

/// Nothing that anybody sends brings an order to where the program says of itself that its ledger does not add up, or, once
/// it is open, that its amounts or times are more than 64 bits: it would never end.
pub fn refused(call: &Call, error: &str) -> Verdict {
    let names: Vec<_> = call.names().collect();
    let opens = names.iter().all(|name| *name == "escrow.open_order");
    let stuck = error.ends_with(".LedgerBroken") || (error == "escrow.AmountTooLarge" && !opens);
    holds!(!stuck, "{error} of {names:?}");
    Ok(())
}

/// Everything that was deposited is in exactly one place.
fn ledger(order: &Order) -> Verdict {
    let held = held(order).ok_or("more has left than was deposited")?;
    let parts = [
        order.paid_due,
        order.fee_due,
        order.royalty_due,
        order.refund_due,
        order.contested,
        order.pending,
        order.accruing,
    ];
    let decided = parts
        .iter()
        .try_fold(0u64, |sum, part| sum.checked_add(*part));
    let decided = decided.ok_or("its parts exceed 64 bits")?;
    holds!(decided <= held, "its parts are more than it holds");
    Ok(())
}

/// The vault holds what the ledger says, the bond, and what strangers sent.
fn vault(taken: &Taken, address: &Pubkey, order: &Order) -> Verdict {
    if order.vault == Pubkey::default() {
        holds!(order.deposited == 0, "a deposit without a vault");
        return Ok(());
    }
    let held = held(order).ok_or("more has left than was deposited")?;
    let Some(vault) = taken.after.tokens.get(&order.vault) else {
        holds!(
            held == 0 && bonds(order) == 0,
            "its vault is gone with money"
        );
        return Ok(());
    };
    holds!(
        vault.owner == *address && vault.mint == order.mint,
        "its vault is another's"
    );
    let donated = taken.memory.donated.get(&order.vault).copied().unwrap_or(0);
    let expected = held + bonds(order) + donated;
    holds!(
        vault.amount == expected,
        "its vault holds {}, not {held} + {} + {donated}",
        vault.amount,
        bonds(order)
    );
    Ok(())
}

/// Whose money it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purse {
    /// Of an order.
    Vault(Pubkey),
    Treasury,
    /// Of a ledger.
    Pool(Pubkey),
    /// A wallet's own, in whichever of its accounts, its sessions' vaults included.
    Wallet(Pubkey),
    /// Of the reward program: what positions hold.
    Stake,
    /// Of a dispute.
    Bonds(Pubkey),
}

/// Base units by mint and purse.
#[derive(Default)]
pub struct Flows(BTreeMap<(Pubkey, Purse), i128>);

impl Flows {
    pub fn add(&mut self, mint: &Pubkey, purse: Purse, amount: i128) {
        *self.0.entry((*mint, purse)).or_default() += amount;
    }

    fn differing(mut self, other: Self) -> BTreeMap<(Pubkey, Purse), i128> {
        for (key, amount) in other.0 {
            *self.0.entry(key).or_default() -= amount;
        }
        self.0.retain(|_, amount| *amount != 0);
        self.0
    }
}

/// What moved is what ledgers, events and direct transfers say, to the purses that they say.
fn flows(taken: &Taken) -> Verdict {
    let mut found = Flows::default();
    for key in taken.before.changed(taken.after) {
        for (state, sign) in [(taken.before, -1), (taken.after, 1)] {
            if let Some(token) = state.tokens.get(key) {
                // A token account that was given away with money in it: that is no flow of the programs'.
                let given_away = taken.call.is_some_and(|call| call.names().next().is_none());
                let owner = taken
                    .before
                    .tokens
                    .get(key)
                    .filter(|_| given_away)
                    .map_or(token.owner, |before| before.owner);
                let purse = purse(taken, &owner);
                found.add(&token.mint, purse, sign * i128::from(token.amount));
            }
        }
    }
    let mut expected = Flows::default();
    for passage in taken.orders {
        order_flows(taken, passage, &mut expected);
    }
    swept(taken, &mut expected);
    for event in taken.events {
        other_flows(taken.before, event, &mut expected);
        super::flows::expected(taken, event, &mut expected);
    }
    for step in taken.moves() {
        let token = |key| taken.before.tokens.get(key).or(taken.after.tokens.get(key));
        let (Some(from), Some(to)) = (token(&step.from), token(&step.to)) else {
            return Err("a transfer from or to nowhere".into());
        };
        let amount = i128::from(step.amount);
        expected.add(&from.mint, purse(taken, &from.owner), -amount);
        expected.add(&to.mint, purse(taken, &to.owner), amount);
    }
    let differing = found.differing(expected);
    holds!(
        differing.is_empty(),
        "moved, beyond what the ledgers say: {differing:?}"
    );
    Ok(())
}

pub fn purse(taken: &Taken, owner: &Pubkey) -> Purse {
    let states = [taken.after, taken.before];
    let found = states.iter().find_map(|state| {
        if state.orders.contains_key(owner) {
            Some(Purse::Vault(*owner))
        } else if state.ledgers.contains_key(owner) {
            Some(Purse::Pool(*owner))
        } else if state.escrow_configs.contains_key(owner) {
            Some(Purse::Treasury)
        } else if state.reward_configs.contains_key(owner) {
            Some(Purse::Stake)
        } else if state.disputes.contains_key(owner) {
            Some(Purse::Bonds(*owner))
        } else {
            let session = state.sessions.get(owner)?;
            Some(Purse::Wallet(session.owner))
        }
    });
    found.unwrap_or(Purse::Wallet(*owner))
}

/// Of a pool's token account.
fn pool(state: &State, account: &Pubkey) -> Purse {
    let token = state.tokens.get(account);
    Purse::Pool(token.map_or(*account, |token| token.owner))
}

/// What one event's change of an order's ledger moves.
fn order_flows(taken: &Taken, passage: &Passage, flows: &mut Flows) {
    let zero = Order::zeroed();
    let (before, after) = (passage.before.as_ref().unwrap_or(&zero), &passage.after);
    let grown = |part: fn(&Order) -> u64| i128::from(part(after)) - i128::from(part(before));
    let owner = Purse::Wallet(after.head.owner);
    let pool = pool(taken.before, &after.pool);
    let moved = [
        (Purse::Wallet(after.payee), grown(|order| order.paid)),
        (Purse::Treasury, grown(|order| order.fee_paid)),
        (pool, grown(|order| order.royalty_paid)),
        (owner, grown(|order| order.refunded)),
        (owner, -grown(|order| order.deposited)),
    ];
    let bonds = bond_flows(passage, before);
    for (purse, amount) in moved
        .into_iter()
        .chain(bonds)
        .filter(|(_, amount)| *amount != 0)
    {
        flows.add(&after.mint, purse, amount);
        flows.add(&after.mint, Purse::Vault(passage.address), -amount);
    }
}

/// A bond comes from who opens a dispute. Those that are due leave by no event that makes one due.
fn bond_flows(passage: &Passage, before: &Order) -> Vec<(Purse, i128)> {
    let after = &passage.after;
    match passage.event {
        Event::OrderDisputed(_) => {
            let opener = if after.opener == party::SELLER {
                after.seller
            } else {
                after.head.owner
            };
            let deposit = i128::from(bonds(after)) - i128::from(bonds(before));
            vec![(Purse::Wallet(opener), -deposit)]
        }
        Event::DisputeConceded(_) | Event::DisputeRuled(_) | Event::DisputeLapsed(_) => vec![],
        _ => {
            let left = |part: fn(&Order) -> u64| i128::from(part(before)) - i128::from(part(after));
            vec![
                (
                    Purse::Wallet(after.head.owner),
                    left(|order| order.owner_bond_due),
                ),
                (
                    Purse::Wallet(after.seller),
                    left(|order| order.seller_bond_due),
                ),
                (Purse::Treasury, left(|order| order.lost_bond_due)),
            ]
        }
    }
}

/// What strangers had sent to a vault goes to the treasury when that closes.
fn swept(taken: &Taken, flows: &mut Flows) {
    for (vault, donated) in &taken.memory.donated {
        let Some(token) = taken.before.tokens.get(vault) else {
            continue;
        };
        if !taken.after.tokens.contains_key(vault) {
            let amount = i128::from(*donated);
            flows.add(&token.mint, Purse::Vault(token.owner), -amount);
            flows.add(&token.mint, Purse::Treasury, amount);
        }
    }
}

/// Royalties that are forwarded, and fees that are withdrawn.
fn other_flows(before: &State, event: &Event, flows: &mut Flows) {
    match event {
        Event::RoyaltyForwarded(event) => {
            let (head, mint) = (&event.head, &event.state.mint);
            let (paid, up) = (i128::from(head.paid), i128::from(head.forwarded));
            flows.add(mint, Purse::Pool(head.address), -paid - up);
            let Some(parent) = before.listings.get(&head.parent) else {
                return;
            };
            flows.add(mint, Purse::Wallet(parent.payout), paid);
            if up > 0 {
                flows.add(mint, pool(before, &head.parent_pool), up);
            }
        }
        Event::TreasuryWithdrawn(event) => {
            let (mint, amount) = (&event.state.mint, i128::from(event.head.amount));
            flows.add(mint, Purse::Treasury, -amount);
            if let Some(config) = before.escrow_config() {
                flows.add(mint, Purse::Wallet(config.treasury), amount);
            }
        }
        _ => {}
    }
}
