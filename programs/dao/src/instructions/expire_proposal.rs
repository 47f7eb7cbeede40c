use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use crate::{
    events::{ProposalExpiredV1, StatusHead},
    state::Proposal,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Expire {
    #[account(mut)]
    pub proposal: Cold<Account<Proposal>>,
}

/// **Specification:**
/// - By anyone, once the thirty days are over in which an accepted proposal may be carried out.
pub fn expire(ctx: &mut Context<Expire>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let proposal = &mut ctx.accounts.proposal;
    let head = StatusHead {
        address: *proposal.address(),
        old_status: u64::from(proposal.status),
    };
    proposal.expire(now)?;
    proposal.advance()?;
    emitter!(ctx).state::<ProposalExpiredV1>(&head, &ctx.accounts.proposal);
    Ok(())
}
