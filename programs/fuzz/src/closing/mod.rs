//! How a sequence ends: every party keeps silent, deadlines pass, and strangers call whatever anyone may call.

mod court;
mod proposals;

use pedigree_sdk::{
    instructions::{
        escrow as e,
        listing::{self as l, Forwarding},
    },
    pda,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    acts::{deadlines, of_archive, to_those_who_take},
    call::{Call, Change},
    cast::Role,
    rules::{Verdict, Violation, ends, liveness},
    run::Run,
    state::State,
};

/// So often time passes and all is cranked, at most.
const ROUNDS: usize = 8;
/// In the later ones more than a month passes, after which parties' other accounts do too.
const LATE: usize = 4;
const MONTH: i64 = 31 * 24 * 60 * 60;

/// Brings everything to its end and holds rule 2 against what is left. Counts no instruction as tried.
pub fn close(run: &mut Run) -> Result<(), Violation> {
    let counted = run.tally.clone();
    let mut crank = Crank { run, sent: 0 };
    let done = crank.all();
    let cranks = crank.sent;
    run.tally = counted;
    run.tally.cranks += cranks;
    done
}

struct Crank<'a> {
    run: &'a mut Run,
    sent: u64,
}

impl Crank<'_> {
    fn all(&mut self) -> Result<(), Violation> {
        self.pause()?;
        self.thaw(|state, owner| {
            state.orders.contains_key(owner) || state.sessions.contains_key(owner)
        })?;
        for round in 0..ROUNDS {
            let state = self.run.world.state.clone();
            if self.ended().is_ok() {
                break;
            }
            let latest = deadlines(&state).last().copied().unwrap_or(0);
            let late = if round < LATE { 1 } else { MONTH };
            let at = latest.max(state.now) + late;
            self.run.change(&Change::Time { at, slots: 1 })?;
            self.drafts()?;
            self.sessions()?;
            self.disputes()?;
            self.orders()?;
            self.rewards()?;
            self.proposals()?;
        }
        judge(self.ended())?;
        self.thaw(|state, owner| state.is_ours(owner))?;
        self.orders()?;
        self.forward_all()?;
        judge(self.ended())?;
        judge(liveness::emptied(&self.run.world.state))?;
        let state = self.run.world.state.clone();
        if let Some(at) = of_archive(&state).max() {
            let at = at.max(state.now);
            self.run.change(&Change::Time { at, slots: 1 })?;
            self.archive()?;
            self.clear_proposals()?;
        }
        judge(ends::archived(&self.run.world.state))
    }

    fn ended(&self) -> Verdict {
        let world = &self.run.world;
        liveness::ended(&world.state)?;
        ends::ended(&world.state, &world.memory)
    }

    fn stranger(&self) -> Pubkey {
        self.run.world.cast.role(Role::Stranger)[0]
    }

    fn send(&mut self, instruction: Instruction) -> Result<bool, Violation> {
        self.sent += 1;
        self.run.send(&Call::of(instruction))
    }

    /// In every other sequence new business is paused: that blocks no end.
    fn pause(&mut self) -> Result<(), Violation> {
        let state = self.run.world.state.clone();
        let (Some(listing), Some(escrow)) = (state.listing_config(), state.escrow_config()) else {
            return Ok(());
        };
        let cast = &self.run.world.cast;
        let signs = cast.has(&listing.authority) && cast.has(&escrow.authority);
        if !signs || state.slot.is_multiple_of(2) {
            return Ok(());
        }
        let args = escrow::instructions::ConfigArgs {
            paused: true,
            allow_unclaimed: false,
            fee_ppm: escrow.fee_ppm,
            delivery_window: escrow.delivery_window,
            dispute_window: escrow.dispute_window,
            arbitration_period: escrow.arbitration_period,
            bond_ppm: escrow.bond_ppm,
            treasury: escrow.treasury,
            pending_authority: Pubkey::default(),
        };
        self.send(e::update_config(&escrow.authority, args))?;
        self.send(l::update_config(listing.authority, true, Pubkey::default()))?;
        Ok(())
    }

    /// The issuer thaws what the programs hold: nothing can be moved before that.
    fn thaw(&mut self, whose: impl Fn(&State, &Pubkey) -> bool) -> Result<(), Violation> {
        let state = self.run.world.state.clone();
        for (account, token) in &state.tokens {
            if token.frozen && whose(&state, &token.owner) {
                self.run.change(&Change::Frozen(*account, false))?;
            }
        }
        Ok(())
    }

    fn orders(&mut self) -> Result<(), Violation> {
        let stranger = self.stranger();
        let orders: Vec<_> = self.run.world.state.orders.keys().copied().collect();
        for address in orders {
            // A decision may leave an order to be settled, a settlement something to be withdrawn.
            for turn in 0..3 {
                let state = self.run.world.state.clone();
                let Some(order) = state.orders.get(&address) else {
                    break;
                };
                let number = order.disputes;
                let instruction = if turn == 0 && order.contested > 0 {
                    let ruled = state
                        .rulings
                        .contains_key(&pda::dispute(&address, number).0);
                    if ruled && self.send(e::apply_ruling(&stranger, &address, number))? {
                        continue;
                    }
                    e::lapse_dispute(&stranger, &address, number)
                } else if turn <= 1 && !order.is_final() {
                    if order.deliver_by > 0 && order.delivered_at == 0 {
                        e::refund(&stranger, &address, order)
                    } else {
                        e::settle(&stranger, &address, order)
                    }
                } else if turn == 2 && state.tokens.contains_key(&order.vault) {
                    let mut withdraw = e::withdraw(&stranger, &address, order, None);
                    to_those_who_take(&state, order, &mut withdraw);
                    withdraw
                } else {
                    continue;
                };
                self.send(instruction)?;
            }
        }
        Ok(())
    }

    fn sessions(&mut self) -> Result<(), Violation> {
        let (stranger, state) = (self.stranger(), self.run.world.state.clone());
        for (address, session) in &state.sessions {
            let taker = state.takers(&session.mint, &session.owner).next().copied();
            for destination in [None, taker] {
                if self.run.world.state.sessions.contains_key(address) {
                    self.send(e::close_session(&stranger, address, session, destination))?;
                }
            }
        }
        Ok(())
    }

    /// Drafts that expired are cleared away, from their last edge down.
    fn drafts(&mut self) -> Result<(), Violation> {
        let stranger = self.stranger();
        let state = self.run.world.state.clone();
        for (address, draft) in state.listings.iter().filter(|(_, l)| l.activated_slot == 0) {
            let mut edges: Vec<_> = state
                .edges
                .values()
                .filter(|e| e.child == *address)
                .collect();
            edges.sort_by_key(|edge| std::cmp::Reverse(edge.index));
            for edge in edges {
                let (bears, payer) = (edge.royalty_ppm > 0, edge.rent_payer);
                self.send(l::remove_edge(
                    stranger,
                    *address,
                    &edge.parent,
                    bears,
                    payer,
                ))?;
            }
            if let Some(table) = state
                .tables
                .values()
                .find(|table| table.listing == *address)
            {
                self.send(l::close_royalty_table(stranger, *address, table.rent_payer))?;
            }
            self.send(l::discard_draft(stranger, *address, draft.rent_payer))?;
        }
        Ok(())
    }

    /// Forwards every share, again until nothing moves: what a child's pool gives, its parent's has to give on.
    fn forward_all(&mut self) -> Result<(), Violation> {
        loop {
            let mut moved = false;
            let ledgers: Vec<_> = self.run.world.state.ledgers.values().cloned().collect();
            for ledger in ledgers {
                let state = self.run.world.state.clone();
                let Some(table) = state.table_of(&ledger) else {
                    continue;
                };
                if state.balance(&ledger.pool) == 0 {
                    continue;
                }
                for (entry, index) in table.entries.iter().zip(0..table.len) {
                    moved |= self.forward(&ledger, &entry.parent, index)?;
                }
            }
            if !moved {
                return Ok(());
            }
        }
    }

    fn forward(
        &mut self,
        ledger: &listing::state::PoolLedger,
        parent: &Pubkey,
        index: u8,
    ) -> Result<bool, Violation> {
        let state = self.run.world.state.clone();
        let Some(found) = state.listings.get(parent) else {
            return Ok(false);
        };
        let (generation, mint, program) = (found.generation, ledger.mint, ledger.token_program);
        if found.royalty_ppm > 0 && state.ledger(parent, generation, &mint).is_none() {
            let payer = self.run.world.cast.role(Role::Sponsor)[0];
            self.send(l::open_pool(payer, *parent, generation, mint, program))?;
        }
        self.send(l::forward(Forwarding {
            listing: ledger.listing,
            generation: ledger.generation,
            mint,
            token_program: program,
            index,
            parent: *parent,
            payout: pda::associated_token(&found.payout, &mint, &program).0,
            parent_generation: (found.royalty_ppm > 0).then_some(generation),
        }))
    }
}

fn judge(verdict: Result<(), String>) -> Result<(), Violation> {
    let rule = "2 liveness";
    verdict.map_err(|what| Violation { rule, what })
}
