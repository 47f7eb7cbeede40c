use anchor_lang::{address_eq, event_cpi, prelude::*};
use common::{emitter, events::Emitter};

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
    config.advance()?;
    emitter.state::<ConfigUpdatedV1>(&head, config);
    Ok(())
}
