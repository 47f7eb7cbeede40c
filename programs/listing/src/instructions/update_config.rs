use anchor_lang::{address_eq, event_cpi, prelude::*};
use common::emitter;

use crate::{
    constants::MAX_ROYALTY_PPM,
    error::ListingError,
    events::{ConfigHead, ConfigUpdatedV1, DefaultRoyaltySetV1, RoyaltyHead},
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
    let authority = ctx.accounts.config.authority;
    change(ctx, u8::from(paused), &authority, &pending_authority)
}

/// **Specification:**
/// - The pending authority signs and becomes the authority; none is pending afterwards. Else `NotPendingAuthority`.
pub fn accept_config_authority(ctx: &mut Context<UpdateConfig>) -> Result<()> {
    let signer = *ctx.accounts.authority.address();
    require!(
        address_eq(&ctx.accounts.config.pending_authority, &signer),
        ListingError::NotPendingAuthority
    );
    let paused = ctx.accounts.config.paused;
    change(ctx, paused, &signer, &Address::default())
}

/// **Specification:**
/// - The config's authority signs. Else `NotConfigAuthority`.
/// - From then on an edge that a ruling adds owes so much, at most what a table may owe (`RoyaltyTooHigh`); none that was
///   added before does. 0 until it is set.
pub fn set_default_royalty(
    ctx: &mut Context<UpdateConfig>,
    default_royalty_ppm: u32,
) -> Result<()> {
    let UpdateConfig {
        authority, config, ..
    } = &mut ctx.accounts;
    config.check_authority(authority.address())?;
    require!(
        default_royalty_ppm <= MAX_ROYALTY_PPM,
        ListingError::RoyaltyTooHigh
    );
    let head = RoyaltyHead {
        address: *config.address(),
        old_default_royalty_ppm: u64::from(config.default_royalty_ppm),
    };
    config.default_royalty_ppm = default_royalty_ppm;
    config.advance()?;
    emitter!(ctx).state::<DefaultRoyaltySetV1>(&head, &ctx.accounts.config);
    Ok(())
}

// Not inlined: one copy for both.
#[inline(never)]
fn change(
    ctx: &mut Context<UpdateConfig>,
    paused: u8,
    authority: &Address,
    pending_authority: &Address,
) -> Result<()> {
    let config = &mut ctx.accounts.config;
    let head = ConfigHead {
        address: *config.address(),
        old_authority: config.authority,
        old_pending_authority: config.pending_authority,
        old_paused: u64::from(config.paused),
    };
    config.paused = paused;
    config.authority = *authority;
    config.pending_authority = *pending_authority;
    config.advance()?;
    emitter!(ctx).state::<ConfigUpdatedV1>(&head, &ctx.accounts.config);
    Ok(())
}
