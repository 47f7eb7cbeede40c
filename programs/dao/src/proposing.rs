//! How a proposal comes into being, whoever makes it.

use anchor_lang::{accounts::Account, pinocchio::sysvars::clock::Clock, prelude::*};
use common::pda::Payer;

use crate::{
    actions::Action,
    constants::{LAYOUT, PROPOSAL_SEED},
    error::DaoError,
    state::{Governance, Proposal},
};

/// What is proposed, by whom, and the accounts that it needs.
pub struct Draft<'a> {
    pub payer: &'a AccountView,
    pub proposal: &'a AccountView,
    pub proposer: &'a Address,
    pub action: Action<'a>,
    pub text_hash: [u8; 32],
    pub clock: &'a Clock,
}

/// Makes the proposal, numbered by the governance, with its action within its bounds. It waits for nothing yet.
///
/// Fails as [`Action::check`] does.
#[inline(never)]
pub fn draft(draft: &Draft<'_>, governance: &mut Governance) -> Result<Account<Proposal>> {
    let action = &draft.action;
    action.check(governance)?;
    let number = governance
        .proposals
        .checked_add(1)
        .ok_or(DaoError::AmountTooLarge)?;
    governance.proposals = number;
    let payer = Payer::new(draft.payer)?;
    let (mut proposal, bump) =
        payer.init::<Proposal>(draft.proposal, &[PROPOSAL_SEED, &number.to_le_bytes()])?;
    let arguments = action.arguments;
    let length = arguments.len();
    proposal
        .payload
        .get_mut(..length)
        .ok_or(DaoError::PayloadMalformed)?
        .copy_from_slice(arguments);
    proposal.layout = LAYOUT;
    proposal.bump = bump;
    proposal.action = action.kind;
    proposal.payload_len = u16::try_from(length).map_err(|_| DaoError::PayloadMalformed)?;
    proposal.born_slot = draft.clock.slot;
    proposal.number = number;
    proposal.proposer = *draft.proposer;
    proposal.target = *action.target.address();
    proposal.text_hash = draft.text_hash;
    proposal.rent_payer = *payer.address();
    Ok(proposal)
}
