use alloc::vec::Vec;

use anchor_lang::{BORSH_CONFIG, BorshConfig, address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};
use escrow::{instructions::ConfigArgs as EscrowArgs, state::Config as EscrowConfig};
use listing::state::Config as ListingConfig;
use reward::{instructions::ConfigArgs as RewardArgs, state::Config as RewardConfig};
use wincode::SchemaWrite;

use crate::{
    actions::{Authority, Call, Execution, load},
    error::DaoError,
    events::{PauseHead, ProgramPausedV1, ProgramUnpausedV1},
    state::{Governance, program},
};

/// The guardians follow as further accounts that sign.
#[event_cpi]
#[derive(Accounts)]
pub struct ChangePause {
    #[account(mut)]
    pub governance: Cold<Account<Governance>>,
    /// CHECK: compared with the governance.
    pub authority: UncheckedAccount,
    /// The program's.
    /// CHECK: read as its settings.
    #[account(mut)]
    pub settings: UncheckedAccount,
    /// CHECK: the called program compares it.
    pub called_events: UncheckedAccount,
    /// CHECK: called under its own address.
    pub called_program: UncheckedAccount,
}

/// **Specification:**
/// - Signed by as many guardians as their threshold says: new business of a program stops, and nothing else.
/// - In a pause that runs, or one that begins now: once in sixty days, counted from its beginning.
/// - The program was not paused; its other settings stay what they are.
pub fn pause(ctx: &mut Context<ChangePause>, program: u8) -> Result<()> {
    let head = change(ctx, program, true)?;
    emitter!(ctx).state::<ProgramPausedV1>(&head, &ctx.accounts.governance);
    Ok(())
}

/// **Specification:**
/// - Signed by as many guardians as their threshold says, or by anyone fourteen days after the pause began: a program that
///   guardians have paused does new business again.
/// - Its other settings stay what they are. A pause that a vote has set stays.
pub fn unpause(ctx: &mut Context<ChangePause>, program: u8) -> Result<()> {
    let head = change(ctx, program, false)?;
    emitter!(ctx).state::<ProgramUnpausedV1>(&head, &ctx.accounts.governance);
    Ok(())
}

/// Has the program pause or go on, all its other settings as they are.
// Not inlined: one copy for both.
#[inline(never)]
fn change(ctx: &mut Context<ChangePause>, program: u8, paused: bool) -> Result<PauseHead> {
    let now = Clock::get()?.unix_timestamp;
    let signers = ctx.remaining_accounts()?;
    let ChangePause {
        governance,
        authority,
        settings,
        called_events,
        called_program,
        ..
    } = &mut ctx.accounts;
    let by_guardians = governance.is_signed_by(&signers);
    if paused {
        require!(by_guardians, DaoError::NotGuardians);
        governance.pause(program, now)?;
    } else {
        governance.unpause(program, by_guardians, now)?;
    }
    governance.advance()?;
    require!(
        address_eq(authority.address(), &governance.authority),
        DaoError::WrongAccount
    );
    let call = Call::settings(program).ok_or(DaoError::NoSuchProgram)?;
    let settings = settings.account();
    let arguments = changed(program, settings, paused)?;
    let authority = Authority {
        view: authority.account(),
        bump: governance.authority_bump,
    };
    let further = [
        *settings,
        *called_events.account(),
        *called_program.account(),
    ];
    let execution = Execution {
        authority,
        payer: authority.view,
        further: &further,
    };
    call.make(&arguments, settings.address(), &execution)?;
    Ok(PauseHead {
        address: *governance.address(),
        program: u64::from(program),
    })
}

/// What a program's settings are to be: as they are, but for the pause. Fails with `WrongTarget`, and with `AlreadyPaused` where
/// it was paused otherwise.
#[inline(never)]
fn changed(which: u8, settings: &AccountView, paused: bool) -> Result<Vec<u8>> {
    let (was, encoded) = match which {
        program::LISTING => {
            let config = load::<ListingConfig>(settings)?;
            (config.paused, encode(&(paused, config.pending_authority)))
        }
        program::ESCROW => {
            let config = load::<EscrowConfig>(settings)?;
            let args = EscrowArgs {
                paused,
                ..EscrowArgs::of(&config)
            };
            (config.paused, encode(&args))
        }
        _ => {
            let config = load::<RewardConfig>(settings)?;
            let args = RewardArgs {
                paused,
                ..RewardArgs::of(&config)
            };
            (config.paused, encode(&args))
        }
    };
    require!(was == 0 || !paused, DaoError::AlreadyPaused);
    encoded
}

/// Arguments as the programs read them.
fn encode<T: SchemaWrite<BorshConfig, Src = T>>(arguments: &T) -> Result<Vec<u8>> {
    wincode::config::serialize(arguments, BORSH_CONFIG)
        .map_err(|_| DaoError::PayloadMalformed.into())
}
