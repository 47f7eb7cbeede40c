use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    events::{ProposalConcludedV1, StatusHead},
    state::Proposal,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Conclude {
    #[account(mut)]
    pub proposal: Account<Proposal>,
}

/// **Specification:**
/// - By anyone, once, from the end of the vote on.
/// - Accepted where enough weight voted and enough of yes and no is yes: its time lock begins. Else rejected.
/// - The deposit is its proposer's again, or lost to the treasury where too little weight voted, or twice as much against it
///   as for it.
pub fn conclude(ctx: &mut Context<Conclude>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let proposal = &mut ctx.accounts.proposal;
    let head = StatusHead {
        address: *proposal.address(),
        old_status: u64::from(proposal.status),
    };
    proposal.conclude(now)?;
    proposal.advance()?;
    emitter!(ctx).state::<ProposalConcludedV1>(&head, &ctx.accounts.proposal);
    Ok(())
}
