use anchor_lang::prelude::*;
use common::emitter;

use crate::{
    error::EscrowError,
    events::{MintHead, MintUpdatedV1},
    state::{Config, MintConfig},
};

#[event_cpi]
#[derive(Accounts)]
pub struct UpdateMint {
    pub authority: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub mint_config: Account<MintConfig>,
}

impl UpdateMint {
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
/// - Enables or disables new orders in the mint and sets their largest deposit; touches no open order.
pub fn update_mint(ctx: &mut Context<UpdateMint>, enabled: bool, max_deposit: u64) -> Result<()> {
    ctx.accounts.validate()?;
    let mint_config = &mut ctx.accounts.mint_config;
    let head = MintHead {
        address: *mint_config.address(),
        old_enabled: u64::from(mint_config.enabled),
        old_max_deposit: mint_config.max_deposit,
    };
    mint_config.enabled = u8::from(enabled);
    mint_config.max_deposit = max_deposit;
    mint_config.advance()?;
    emitter!(ctx).state::<MintUpdatedV1>(&head, &ctx.accounts.mint_config);
    Ok(())
}
