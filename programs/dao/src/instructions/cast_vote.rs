use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{emitter, pda::Payer};
use reward::state::Position;

use crate::{
    constants::{LAYOUT, VOTE_SEED},
    events::{CastPart, VoteCastV1},
    state::{Proposal, Vote, weight_of},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Cast {
    /// The position's, who pays the vote's rent.
    #[account(mut)]
    pub owner: Signer,
    pub position: Account<Position>,
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// CHECK: made here.
    #[account(mut)]
    pub vote: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Signed by the owner of a position that was locked seven days before the proposal was made and whose unlock was not
///   requested; once, until the vote ends.
/// - The position's weight is added to one of three sums.
pub fn cast(ctx: &mut Context<Cast>, choice: u8) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let (owner, proposal) = (accounts.owner.account(), &mut accounts.proposal);
    let weight = weight_of(&accounts.position, owner.address(), proposal.proposed_at)?;
    proposal.cast(choice, weight, clock.unix_timestamp)?;
    proposal.advance()?;
    let (mut vote, bump) = Payer::new(owner)?.init::<Vote>(
        accounts.vote.account(),
        &[
            VOTE_SEED,
            proposal.address().as_ref(),
            accounts.position.address().as_ref(),
        ],
    )?;
    vote.layout = LAYOUT;
    vote.bump = bump;
    vote.choice = choice;
    vote.born_slot = clock.slot;
    vote.proposal = proposal.number;
    vote.weight = weight;
    vote.owner = *owner.address();
    vote.advance()?;
    let part = CastPart {
        address: *vote.address(),
        position: *accounts.position.address(),
        proposal_address: *proposal.address(),
    };
    emitter!(ctx).states::<VoteCastV1, _, _>(&part, &*ctx.accounts.proposal, &vote);
    Ok(())
}
