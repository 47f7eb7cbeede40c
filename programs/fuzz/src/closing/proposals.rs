//! What strangers end of proposals and of pauses.

use dao::state::{bond_state, program, proposal_status};
use pedigree_sdk::{instructions::dao as d, pda};

use super::Crank;
use crate::rules::Violation;

impl Crank<'_> {
    /// Concludes votes, lets what nobody carried out expire, pays deposits, and closes votes.
    pub(super) fn proposals(&mut self) -> Result<(), Violation> {
        let state = self.run.world.state.clone();
        for proposal in state.proposals.values() {
            let number = proposal.number;
            let mut copy = **proposal;
            if proposal.status == proposal_status::VOTING && state.now >= proposal.ends_at {
                self.send(d::conclude(number))?;
            } else if copy.expire(state.now).is_ok() {
                self.send(d::expire(number))?;
            }
        }
        let state = self.run.world.state.clone();
        for proposal in state.proposals.values() {
            let owner = match proposal.deposit_state {
                bond_state::DUE => proposal.proposer,
                bond_state::LOST => pda::dao_authority().0,
                _ => continue,
            };
            let to = super::court::taker(&state, &owner, proposal.ends_at);
            self.send(d::pay_deposit(proposal.number, &owner, to.as_ref()))?;
        }
        self.votes()?;
        self.pauses()
    }

    fn votes(&mut self) -> Result<(), Violation> {
        let (stranger, state) = (self.stranger(), self.run.world.state.clone());
        let known = self.run.world.memory.votes.clone();
        for (key, vote) in &state.votes {
            let proposal = state.proposals.get(&pda::proposal(vote.proposal).0);
            let over = proposal.is_some_and(|proposal| {
                let mut copy = **proposal;
                copy.close_vote(state.now).is_ok()
            });
            if let Some(ballot) = known.get(key).filter(|_| over) {
                let (owner, position) = (&vote.owner, &ballot.position);
                self.send(d::close_vote(&stranger, owner, position, vote.proposal))?;
            }
        }
        Ok(())
    }

    /// What guardians paused and did not lift.
    fn pauses(&mut self) -> Result<(), Violation> {
        let paused = self.run.world.state.governance().map_or(0, |g| g.paused);
        for which in [program::LISTING, program::ESCROW, program::REWARD] {
            if paused & (1 << which) != 0 {
                self.send(d::unpause(which, &[]))?;
            }
        }
        Ok(())
    }

    /// Closes proposals that are long over.
    pub(super) fn clear_proposals(&mut self) -> Result<(), Violation> {
        let (stranger, state) = (self.stranger(), self.run.world.state.clone());
        for proposal in state.proposals.values() {
            if proposal.check_closable(state.now).is_ok() {
                let payer = &proposal.rent_payer;
                self.send(d::close_proposal(&stranger, proposal.number, payer))?;
            }
        }
        Ok(())
    }
}
