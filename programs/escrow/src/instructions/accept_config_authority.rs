use anchor_lang::prelude::*;
use common::emitter;

use crate::{
    error::EscrowError,
    events::{ConfigHead, ConfigUpdatedV1},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct AcceptConfigAuthority {
    pub pending_authority: Signer,
    #[account(mut)]
    pub config: Account<Config>,
}

impl AcceptConfigAuthority {
    fn validate(&self) -> Result<()> {
        let key = self.pending_authority.address();
        require!(
            *key == self.config.pending_authority,
            EscrowError::NotPendingAuthority
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the pending authority, which becomes the authority; none is pending then.
pub fn accept_config_authority(ctx: &mut Context<AcceptConfigAuthority>) -> Result<()> {
    ctx.accounts.validate()?;
    let config = &mut ctx.accounts.config;
    let head = ConfigHead {
        address: *config.address(),
        old: **config,
    };
    config.authority = config.pending_authority;
    config.pending_authority = Address::default();
    config.advance()?;
    emitter!(ctx).state::<ConfigUpdatedV1>(&head, &ctx.accounts.config);
    Ok(())
}
