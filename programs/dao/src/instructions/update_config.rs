use anchor_lang::prelude::*;
use common::{cold::Cold, emitter};

use super::ConfigArgs;
use crate::{
    error::DaoError,
    events::{ConfigHead, ConfigUpdatedV1},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct UpdateConfig {
    pub authority: Signer,
    #[account(mut)]
    pub config: Cold<Account<Config>>,
}

/// **Specification:**
/// - Signed by the config's authority.
/// - Replaces all settings; they are within their bounds.
/// - A dispute that is open keeps what it copied.
pub fn update_config(ctx: &mut Context<UpdateConfig>, args: ConfigArgs) -> Result<()> {
    let UpdateConfig {
        authority, config, ..
    } = &mut ctx.accounts;
    require!(
        *authority.address() == config.authority,
        DaoError::NotConfigAuthority
    );
    let head = head(config);
    args.apply(config)?;
    config.advance()?;
    emitter!(ctx).state::<ConfigUpdatedV1>(&head, &ctx.accounts.config);
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct AcceptConfigAuthority {
    pub pending_authority: Signer,
    #[account(mut)]
    pub config: Cold<Account<Config>>,
}

/// **Specification:**
/// - Signed by the pending authority, which becomes the authority; none is pending then.
pub fn accept_config_authority(ctx: &mut Context<AcceptConfigAuthority>) -> Result<()> {
    let AcceptConfigAuthority {
        pending_authority,
        config,
        ..
    } = &mut ctx.accounts;
    require!(
        *pending_authority.address() == config.pending_authority,
        DaoError::NotPendingAuthority
    );
    let head = head(config);
    config.authority = config.pending_authority;
    config.pending_authority = Address::default();
    config.advance()?;
    emitter!(ctx).state::<ConfigUpdatedV1>(&head, &ctx.accounts.config);
    Ok(())
}

// Not inlined: it copies all settings word by word, for two instructions.
#[inline(never)]
fn head(config: &Account<Config>) -> ConfigHead {
    ConfigHead {
        address: *config.address(),
        old: **config,
    }
}
