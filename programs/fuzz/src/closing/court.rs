//! What strangers end of disputes, epochs and attestations.

use common::dispute::dispute_status;
use dao::state::{bond_state, round_status};
use pedigree_sdk::{
    instructions::{dao as d, reward as r},
    pda,
};
use reward::state::epoch_status;
use solana_program::pubkey::Pubkey;

use super::{Crank, MONTH};
use crate::{
    acts::{may_finish, phases},
    rules::Violation,
    state::State,
};

/// Where a party's part goes that its associated account does not take, once another will do.
pub(super) fn taker(state: &State, owner: &Pubkey, since: i64) -> Option<Pubkey> {
    let token = pda::token().0;
    let expected = pda::associated_token(owner, &token, &pedigree_sdk::programs::TOKEN).0;
    let takes = state.tokens.get(&expected);
    if takes.is_some_and(|account| account.takes(&token, owner)) || state.now < since + MONTH {
        return None;
    }
    state.takers(&token, owner).next().copied()
}

impl Crank<'_> {
    /// Counts and ends what is being ruled on, and pays out what is over.
    pub(super) fn disputes(&mut self) -> Result<(), Violation> {
        let state = self.run.world.state.clone();
        for (address, dispute) in &state.disputes {
            if dispute.head.status != dispute_status::OPEN || dispute.vault == Pubkey::default() {
                continue;
            }
            let round = &dispute.rounds[usize::from(dispute.round)];
            if round.status == round_status::RUNNING && state.now >= phases(dispute)[2] {
                self.send(d::tally(address))?;
            }
            let counted = self.run.world.state.disputes.get(address).cloned();
            if counted.is_some_and(|dispute| may_finish(&dispute, state.now)) {
                self.send(d::finish(&dispute.head.subject, address))?;
            }
        }
        self.jurors()?;
        self.bonds()
    }

    fn jurors(&mut self) -> Result<(), Violation> {
        let state = self.run.world.state.clone();
        let known = self.run.world.memory.jurors.clone();
        for (key, juror) in &state.jurors {
            let Some(seat) = known.get(key) else {
                continue;
            };
            let dispute = state.disputes.get(&seat.dispute);
            let Some(ended) = dispute.map(|d| d.ended_at).filter(|ended| *ended > 0) else {
                continue;
            };
            let to = taker(&state, &juror.owner, ended);
            let (owner, position) = (&juror.owner, &seat.position);
            let settle = d::settle_juror(owner, position, &seat.dispute, seat.round, to.as_ref());
            self.send(settle)?;
        }
        Ok(())
    }

    fn bonds(&mut self) -> Result<(), Violation> {
        let state = self.run.world.state.clone();
        for (address, dispute) in &state.disputes {
            for (index, bond) in (0u8..).zip(&dispute.bonds) {
                if bond.state == bond_state::DUE {
                    let to = taker(&state, &bond.owner, dispute.ended_at);
                    self.send(d::pay_bond(&bond.owner, address, index, to.as_ref()))?;
                }
            }
        }
        Ok(())
    }

    /// Closes disputes that are long over.
    pub(super) fn archive(&mut self) -> Result<(), Violation> {
        let (stranger, state) = (self.stranger(), self.run.world.state.clone());
        let Some(treasury) = state.dao_config().map(|config| config.treasury) else {
            return Ok(());
        };
        for (address, dispute) in &state.disputes {
            if dispute.check_closable(state.now).is_ok() {
                let payer = &dispute.rent_payer;
                self.send(d::close_dispute(&stranger, address, &treasury, payer))?;
            }
        }
        Ok(())
    }

    /// Finishes epochs in their order, lets what was not claimed roll on, and clears points and attestations away.
    pub(super) fn rewards(&mut self) -> Result<(), Violation> {
        let stranger = self.stranger();
        let state = self.run.world.state.clone();
        let mut epochs: Vec<_> = state.epochs.values().collect();
        epochs.sort_by_key(|epoch| epoch.index);
        for epoch in epochs {
            match epoch.status {
                epoch_status::OPEN if state.now >= epoch.ends_at => {
                    self.send(r::finish_epoch(epoch.index))?;
                }
                epoch_status::FINISHED if state.now > epoch.claim_until => {
                    self.send(r::expire_epoch(epoch.index))?;
                }
                _ => {}
            }
        }
        let state = self.run.world.state.clone();
        for points in state.points.values() {
            let epoch = state.epochs.get(&pda::epoch(points.epoch).0);
            if epoch.is_some_and(|epoch| epoch.status == epoch_status::EXPIRED) {
                let (owner, payer) = (&points.owner, &points.rent_payer);
                self.send(r::close_points(&stranger, owner, points.epoch, payer))?;
            }
        }
        for attestation in state.attestations.values() {
            let docket = state.dockets.get(&pda::docket(&attestation.listing).0);
            let docket = docket.map(|docket| docket.head);
            if attestation
                .check_closable(docket.as_ref(), state.now)
                .is_ok()
            {
                self.send(r::close_attestation(
                    &stranger,
                    &attestation.position,
                    &attestation.listing,
                    attestation.version,
                    &attestation.rent_payer,
                ))?;
            }
        }
        Ok(())
    }
}
