use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use super::settle_juror::check_account;
use crate::{
    constants::AUTHORITY_SEED,
    error::DaoError,
    events::{DepositHead, DepositPaidV1},
    state::{Governance, Proposal},
    tokens,
};

#[event_cpi]
#[derive(Accounts)]
pub struct PayDeposit {
    pub governance: Cold<Account<Governance>>,
    #[account(mut)]
    pub proposal: Cold<Account<Proposal>>,
    /// CHECK: compared with the governance.
    #[account(mut)]
    pub deposits: UncheckedAccount,
    /// Of who proposed it, its associated token account, or, 30 days after the vote, any of its own; of the treasury, that of
    /// the dao's authority.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the governance.
    pub authority: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

/// **Specification:**
/// - By anyone, once, after the vote was concluded or vetoed: the deposit goes back to who paid it, or, where it was lost, to
///   the treasury.
pub fn pay_deposit(ctx: &mut Context<PayDeposit>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let PayDeposit {
        governance,
        proposal,
        deposits,
        destination,
        authority,
        ..
    } = &mut ctx.accounts;
    require!(
        address_eq(deposits.address(), &governance.deposits)
            && address_eq(authority.address(), &governance.authority),
        DaoError::WrongAccount
    );
    let (owner, any) = match proposal.pay_deposit()? {
        true => (&governance.authority, false),
        false => (&proposal.proposer, proposal.takes_any_account(now)),
    };
    check_account(any, destination.account(), &governance.mint, owner)?;
    tokens::send(
        deposits.account(),
        destination.account(),
        proposal.deposit,
        authority.account(),
        &[AUTHORITY_SEED, &[governance.authority_bump]],
    );
    proposal.advance()?;
    let head = DepositHead {
        address: *proposal.address(),
        destination: *destination.address(),
        amount: proposal.deposit,
    };
    emitter!(ctx).state::<DepositPaidV1>(&head, &ctx.accounts.proposal);
    Ok(())
}
