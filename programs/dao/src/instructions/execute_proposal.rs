use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, events::Emitter};

use crate::{
    actions::{Authority, Execution, carry_out},
    error::DaoError,
    events::{ExecutedPart, ProposalExecutedV1},
    state::{Governance, Proposal, action},
};

/// The action's accounts follow as further ones.
#[event_cpi]
#[derive(Accounts)]
pub struct Execute {
    /// Pays rent for what the action makes.
    #[account(unsafe(dup))]
    pub executor: Signer,
    /// CHECK: compared with the governance.
    pub authority: UncheckedAccount,
    #[account(mut)]
    pub governance: Cold<Account<Governance>>,
    #[account(mut)]
    pub proposal: Cold<Account<Proposal>>,
}

/// **Specification:**
/// - By anyone, once, in the thirty days from the end of the time lock.
/// - What is done was fixed when it was proposed; of the accounts given what it changes is compared with that, and the called
///   program checks the others. There are no more and no fewer of them than it needs.
/// - The proposal has come to its end before anything is called. Whatever the action fails with undoes that.
pub fn execute(ctx: &mut Context<Execute>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let further = ctx.remaining_accounts()?;
    let accounts = &mut ctx.accounts;
    let (executor, authority) = (accounts.executor.account(), &accounts.authority);
    let (governance, proposal) = (&mut accounts.governance, &mut accounts.proposal);
    require!(
        address_eq(authority.address(), &governance.authority),
        DaoError::WrongAccount
    );
    proposal.execute(governance, now)?;
    proposal.advance()?;
    governance.advance()?;
    let execution = Execution {
        authority: Authority {
            view: authority.account(),
            bump: governance.authority_bump,
        },
        payer: executor,
        further: &further,
    };
    // Nobody calls a program in the slot of its upgrade, itself included: the dao says first what it is about to do. The
    // other actions change the governance, or may.
    let upgrades = proposal.action == action::UPGRADE;
    if !upgrades {
        carry_out(proposal, governance, &execution)?;
    }
    let part = ExecutedPart {
        address: *proposal.address(),
        executor: *executor.address(),
        governance_address: *governance.address(),
    };
    let emitter = Emitter {
        program: ctx.program_id,
        authority: &accounts.event_authority,
        bump: ctx.bumps.event_authority,
    };
    emitter.states::<ProposalExecutedV1, _, _>(&part, &***governance, proposal);
    if upgrades {
        carry_out(proposal, governance, &execution)?;
    }
    Ok(())
}
