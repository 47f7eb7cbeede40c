use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use crate::{
    error::DaoError,
    events::{ProposalVetoedV1, StatusHead},
    state::{Governance, Proposal},
};

/// The guardians follow as further accounts that sign.
#[event_cpi]
#[derive(Accounts)]
pub struct Veto {
    pub governance: Cold<Account<Governance>>,
    #[account(mut)]
    pub proposal: Cold<Account<Proposal>>,
}

/// **Specification:**
/// - Signed by as many guardians as their threshold says, each counted once, at any time before the proposal is carried out.
/// - It has come to its end. What changes the guardians cannot be vetoed.
/// - Its deposit is its proposer's again.
pub fn veto(ctx: &mut Context<Veto>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let signers = ctx.remaining_accounts()?;
    let Veto {
        governance,
        proposal,
        ..
    } = &mut ctx.accounts;
    require!(governance.is_signed_by(&signers), DaoError::NotGuardians);
    let head = StatusHead {
        address: *proposal.address(),
        old_status: u64::from(proposal.status),
    };
    proposal.veto(now)?;
    proposal.advance()?;
    emitter!(ctx).state::<ProposalVetoedV1>(&head, &ctx.accounts.proposal);
    Ok(())
}
