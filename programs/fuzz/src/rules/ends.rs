//! Rule 2 of the reward program and of the dao: what strangers can end has ended, and what still waits waits for a token
//! account of its own party.

use common::dispute::dispute_status;
use dao::state::{bond_state, proposal_status};
use pedigree_sdk::pda;
use reward::state::epoch_status;
use solana_program::pubkey::Pubkey;

use super::{Verdict, holds};
use crate::{memory::Memory, state::State};

const MONTH: i64 = 30 * 24 * 60 * 60;

pub fn ended(state: &State, memory: &Memory) -> Verdict {
    let token = pda::token().0;
    let takes = |owner: &Pubkey| state.takers(&token, owner).next().is_some();
    for (address, dispute) in &state.disputes {
        let ours = dispute.vault != Pubkey::default();
        holds!(
            !ours || dispute.head.status != dispute_status::OPEN,
            "dispute {address} has no end"
        );
        for bond in &dispute.bonds {
            holds!(
                bond.state != bond_state::DUE || !takes(&bond.owner),
                "a bond of dispute {address} waits though its owner could take it"
            );
        }
    }
    for (key, juror) in &state.jurors {
        let seat = memory.jurors.get(key);
        holds!(
            seat.is_none() || !takes(&juror.owner),
            "juror {key} is not settled though its owner could be paid"
        );
    }
    for proposal in state.proposals.values() {
        let over = match proposal.status {
            proposal_status::VOTING => state.now >= proposal.ends_at,
            proposal_status::QUEUED => state.now >= proposal.execute_from + MONTH,
            _ => false,
        };
        let due = match proposal.deposit_state {
            bond_state::DUE => takes(&proposal.proposer),
            bond_state::LOST => takes(&pda::dao_authority().0),
            _ => false,
        };
        holds!(!over && !due, "proposal {} has no end", proposal.number);
        let voted = proposal.status != proposal_status::VOTING && proposal.votes > 0;
        holds!(!voted, "votes on {} cannot be closed", proposal.number);
    }
    for epoch in state.epochs.values() {
        let over = match epoch.status {
            epoch_status::OPEN => state.now >= epoch.ends_at,
            epoch_status::FINISHED => state.now > epoch.claim_until,
            _ => false,
        };
        holds!(!over, "epoch {} cannot be ended", epoch.index);
    }
    for (key, points) in &state.points {
        let epoch = state.epochs.get(&pda::epoch(points.epoch).0);
        let expired = epoch.is_some_and(|epoch| epoch.status == epoch_status::EXPIRED);
        holds!(
            !expired,
            "points {key} of an expired epoch cannot be closed"
        );
    }
    Ok(())
}

/// Whether the accounts of disputes that are long over, and wait for nothing, were closed.
pub fn archived(state: &State) -> Verdict {
    for (address, dispute) in &state.disputes {
        let config = state.dao_config();
        let treasury = config.map_or(Pubkey::default(), |config| config.treasury);
        let token = pda::token().0;
        let gifts = state.balance(&dispute.vault);
        let swept = gifts == 0 || state.takers(&token, &treasury).next().is_some();
        let closable = dispute.check_closable(state.now).is_ok();
        let ours = dispute.vault != Pubkey::default();
        holds!(
            !(ours && closable && swept),
            "dispute {address} cannot be closed"
        );
    }
    Ok(())
}
