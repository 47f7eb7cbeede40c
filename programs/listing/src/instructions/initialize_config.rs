use anchor_lang::{event_cpi, prelude::*};
use common::{emitter, pda::Payer, upgrade};

use crate::{
    constants::{CONFIG_SEED, LAYOUT},
    error::ListingError,
    events::{ConfigInitializedV1, EntityHead},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Initialize {
    pub upgrade_authority: Signer,
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// CHECK: address, owner and contents are checked against the upgrade authority
    pub program_data: UncheckedAccount,
    /// CHECK: made at its address
    #[account(mut)]
    pub config: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - The program's upgrade authority signs; ProgramData says who that is. Else `NotUpgradeAuthority`.
/// - It can be done once: the config is at one address and never closes.
/// - `authority` may change the config from then on. Nothing is paused.
pub fn initialize(ctx: &mut Context<Initialize>, authority: Address) -> Result<()> {
    let accounts = &ctx.accounts;
    require!(
        upgrade::is_authority(
            ctx.program_id,
            accounts.program_data.account(),
            accounts.upgrade_authority.address()
        ),
        ListingError::NotUpgradeAuthority
    );
    let payer = Payer::new(accounts.payer.account())?;
    let (mut config, bump) = payer.init::<Config>(accounts.config.account(), &[CONFIG_SEED])?;
    config.layout = LAYOUT;
    config.bump = bump;
    config.seq = 1;
    config.authority = authority;
    config.rent_payer = *payer.address();
    emitter!(ctx).state::<ConfigInitializedV1>(
        &EntityHead {
            address: *config.address(),
        },
        &config,
    );
    Ok(())
}
