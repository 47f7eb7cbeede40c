use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter, rent};

use crate::{
    error::DaoError,
    events::{VoteClosedPart, VoteClosedV1},
    state::{Proposal, Vote},
};

#[event_cpi]
#[derive(Accounts)]
pub struct CloseVote {
    #[account(unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub proposal: Cold<Account<Proposal>>,
    #[account(mut)]
    pub vote: Cold<Account<Vote>>,
    /// CHECK: compared with the vote.
    #[account(mut, unsafe(dup))]
    pub owner: UncheckedAccount,
}

impl CloseVote {
    fn validate(&self) -> Result<()> {
        require!(
            self.vote.proposal == self.proposal.number,
            DaoError::WrongAccount
        );
        require!(
            address_eq(self.owner.address(), &self.vote.owner),
            DaoError::WrongRentPayer
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone, after the vote: the account of a vote is closed, and its rent goes to its owner, less a tenth to a stranger.
/// - The proposal's sums stay what they are.
pub fn close_vote(ctx: &mut Context<CloseVote>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let (closer, owner) = (accounts.closer.account(), accounts.owner.account());
    let (proposal, vote) = (&mut accounts.proposal, &mut accounts.vote);
    proposal.close_vote(now)?;
    proposal.advance()?;
    vote.advance()?;
    let (address, last) = (*vote.address(), ***vote);
    let party = address_eq(closer.address(), owner.address());
    let closed = rent::close(vote, owner, (!party).then_some(closer))?;
    let part = VoteClosedPart {
        address,
        rent: closed.rent,
        reward: closed.reward,
        proposal_address: *proposal.address(),
    };
    emitter!(ctx).states::<VoteClosedV1, _, _>(&part, &**ctx.accounts.proposal, &last);
    Ok(())
}
