use anchor_lang::{address_eq, event_cpi, prelude::*};
use common::{emitter, events::Emitter};

use crate::{
    error::ListingError,
    events::{ConfigHead, ConfigUpdatedV1},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct UpdateConfig {
    pub authority: Signer,
    #[account(mut)]
    pub config: Account<Config>,
}

/// **Specification:**
/// - The config's authority signs. Else `NotConfigAuthority`.
/// - `paused` stops new business and nothing else.
/// - `pending_authority` may take the authority over; all zero withdraws an earlier proposal.
pub fn update_config(
    ctx: &mut Context<UpdateConfig>,
    paused: bool,
    pending_authority: Address,
) -> Result<()> {
    ctx.accounts
        .config
        .check_authority(ctx.accounts.authority.address())?;
    change(&mut ctx.accounts.config, emitter!(ctx), |config| {
        config.paused = u8::from(paused);
        config.pending_authority = pending_authority;
    })
}

/// **Specification:**
/// - The pending authority signs and becomes the authority; none is pending afterwards. Else `NotPendingAuthority`.
pub fn accept_config_authority(ctx: &mut Context<UpdateConfig>) -> Result<()> {
    let signer = *ctx.accounts.authority.address();
    require!(
        address_eq(&ctx.accounts.config.pending_authority, &signer),
        ListingError::NotPendingAuthority
    );
    change(&mut ctx.accounts.config, emitter!(ctx), |config| {
        config.authority = signer;
        config.pending_authority = Address::default();
    })
}

fn change(
    config: &mut Account<Config>,
    emitter: Emitter<'_>,
    set: impl FnOnce(&mut Config),
) -> Result<()> {
    let head = ConfigHead {
        address: *config.address(),
        old_authority: config.authority,
        old_pending_authority: config.pending_authority,
        old_paused: u64::from(config.paused),
    };
    set(config);
    config.seq = config
        .seq
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    emitter.state::<ConfigUpdatedV1>(&head, config);
    Ok(())
}
