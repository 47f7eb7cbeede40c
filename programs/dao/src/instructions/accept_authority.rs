use anchor_lang::{address_eq, cpi::InstructionAccount, prelude::*};
use common::cold::Cold;

use crate::{
    actions::{Authority, call::ACCEPT_CONFIG_AUTHORITY, program_id},
    error::DaoError,
    state::Governance,
};

#[derive(Accounts)]
pub struct AcceptAuthority {
    pub governance: Cold<Account<Governance>>,
    /// CHECK: compared with the governance.
    pub authority: UncheckedAccount,
    /// The program's.
    /// CHECK: the called program reads it.
    #[account(mut)]
    pub settings: UncheckedAccount,
    /// CHECK: the called program compares it.
    pub called_events: UncheckedAccount,
    /// CHECK: called under its own address.
    pub called_program: UncheckedAccount,
}

/// **Specification:**
/// - By anyone: the dao takes over a program's settings where their authority has proposed that.
/// - The event is the called program's: nothing changes here.
pub fn accept_authority(ctx: &mut Context<AcceptAuthority>, program: u8) -> Result<()> {
    let AcceptAuthority {
        governance,
        authority,
        settings,
        called_events,
        called_program,
    } = &ctx.accounts;
    let program = program_id(program)?;
    require!(
        address_eq(authority.address(), &governance.authority),
        DaoError::WrongAccount
    );
    let [settings, events, called] = [settings, called_events, called_program].map(|a| a.account());
    let authority = Authority {
        view: authority.account(),
        bump: governance.authority_bump,
    };
    // All programs of ours call it by the same name, with the same accounts.
    authority.call(
        program,
        &[&ACCEPT_CONFIG_AUTHORITY],
        &[
            InstructionAccount::readonly_signer(authority.view.address()),
            InstructionAccount::writable(settings.address()),
            InstructionAccount::readonly(events.address()),
            InstructionAccount::readonly(called.address()),
        ],
        &[authority.view, settings, events, called],
    );
    Ok(())
}
