use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    error::DaoError,
    events::{ChangedPart, VoteChangedV1},
    state::{Proposal, Vote},
};

#[event_cpi]
#[derive(Accounts)]
pub struct ChangeVote {
    pub owner: Signer,
    #[account(mut)]
    pub proposal: Account<Proposal>,
    #[account(mut)]
    pub vote: Account<Vote>,
}

impl ChangeVote {
    fn validate(&self) -> Result<()> {
        require!(
            self.vote.proposal == self.proposal.number,
            DaoError::WrongAccount
        );
        require!(
            address_eq(self.owner.address(), &self.vote.owner),
            DaoError::NotOwner
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by who cast the vote, until the vote ends.
/// - The same weight moves from one sum to another: all of them together stay what they were.
pub fn change_vote(ctx: &mut Context<ChangeVote>, choice: u8) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let ChangeVote { proposal, vote, .. } = &mut ctx.accounts;
    let part = ChangedPart {
        address: *vote.address(),
        old_choice: u64::from(vote.choice),
        proposal_address: *proposal.address(),
    };
    proposal.change(vote.choice, choice, vote.weight, now)?;
    proposal.advance()?;
    vote.choice = choice;
    vote.advance()?;
    let (proposal, vote) = (&ctx.accounts.proposal, &ctx.accounts.vote);
    emitter!(ctx).states::<VoteChangedV1, _, _>(&part, &**proposal, vote);
    Ok(())
}
