use anchor_lang::prelude::*;
use common::emitter;

use super::ConfigArgs;
use crate::{
    error::EscrowError,
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

impl UpdateConfig {
    fn validate(&self) -> Result<()> {
        require!(
            *self.authority.address() == self.config.authority,
            EscrowError::NotConfigAuthority
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the config's authority.
/// - Replaces all settings; fee and windows are within their bounds.
/// - Touches no open order: each copied what concerns it.
pub fn update_config(ctx: &mut Context<UpdateConfig>, args: ConfigArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let config = &mut ctx.accounts.config;
    let head = ConfigHead {
        address: *config.address(),
        old: **config,
    };
    args.apply(config)?;
    config.advance()?;
    emitter!(ctx).state::<ConfigUpdatedV1>(&head, &ctx.accounts.config);
    Ok(())
}
