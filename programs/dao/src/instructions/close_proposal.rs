use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter, rent};

use crate::{
    error::DaoError,
    events::{ProposalClosedV1, RentHead},
    state::{Proposal, copied},
};

#[event_cpi]
#[derive(Accounts)]
pub struct CloseProposal {
    #[account(unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub proposal: Cold<Account<Proposal>>,
    /// CHECK: compared with the proposal.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

/// **Specification:**
/// - By anyone, thirty days after the proposal came to its end, when its deposit was paid and all votes on it were closed.
/// - Its rent goes to who paid it, less a tenth to a stranger. No other proposal ever has its number.
pub fn close_proposal(ctx: &mut Context<CloseProposal>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let (closer, rent_payer) = (accounts.closer.account(), accounts.rent_payer.account());
    let proposal = &mut accounts.proposal;
    proposal.check_closable(now)?;
    require!(
        address_eq(rent_payer.address(), &proposal.rent_payer),
        DaoError::WrongRentPayer
    );
    proposal.advance()?;
    let (address, last) = (*proposal.address(), copied(&***proposal));
    let party = address_eq(closer.address(), rent_payer.address());
    let closed = rent::close(proposal, rent_payer, (!party).then_some(closer))?;
    let head = RentHead {
        address,
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<ProposalClosedV1>(&head, &last);
    Ok(())
}
