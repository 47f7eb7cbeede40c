use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{emitter, upgrade};
use reward::state::Stake;

use crate::{
    actions::load,
    error::DaoError,
    events::{HandedOverHead, HandedOverV1},
    state::{Config, Governance},
};

#[event_cpi]
#[derive(Accounts)]
pub struct HandOver {
    #[account(mut)]
    pub governance: Account<Governance>,
    pub stake: Account<Stake>,
    pub config: Account<Config>,
    /// CHECK: read as settings of the listing program.
    pub listing_config: UncheckedAccount,
    /// CHECK: read as settings of the escrow program.
    pub escrow_config: UncheckedAccount,
    /// CHECK: read as settings of the reward program.
    pub reward_config: UncheckedAccount,
    /// CHECK: read as the listing program's, as the three below are as others'.
    pub listing_data: UncheckedAccount,
    /// CHECK: see above.
    pub escrow_data: UncheckedAccount,
    /// CHECK: see above.
    pub reward_data: UncheckedAccount,
    /// CHECK: see above.
    pub dao_data: UncheckedAccount,
}

impl HandOver {
    /// Errors with `NotTheDaos` unless settings and upgrades of all programs are.
    fn validate(&self) -> Result<()> {
        let dao = &self.governance.authority;
        let settings = [
            self.config.authority,
            load::<listing::state::Config>(self.listing_config.account())?.authority,
            load::<escrow::state::Config>(self.escrow_config.account())?.authority,
            load::<reward::state::Config>(self.reward_config.account())?.authority,
        ];
        let programs = [
            (&listing::ID, &self.listing_data),
            (&escrow::ID, &self.escrow_data),
            (&reward::ID, &self.reward_data),
            (&crate::ID, &self.dao_data),
        ];
        require!(
            settings.iter().all(|authority| address_eq(authority, dao))
                && programs.iter().all(|(program, data)| upgrade::is_authority(
                    program,
                    data.account(),
                    dao
                )),
            DaoError::NotTheDaos
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone, once the active weight has reached the floor that was fixed for ever, and settings and upgrades of all four
///   programs are the dao's.
/// - The steward goes; no instruction names one again. No action gives any of that authority away.
pub fn hand_over(ctx: &mut Context<HandOver>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let active = ctx.accounts.stake.active;
    let address = *ctx.accounts.governance.address();
    let steward = ctx.accounts.governance.steward;
    ctx.accounts.governance.hand_over(active, now)?;
    ctx.accounts.validate()?;
    ctx.accounts.governance.advance()?;
    let head = HandedOverHead {
        address,
        old_steward: steward,
        active,
    };
    emitter!(ctx).state::<HandedOverV1>(&head, &ctx.accounts.governance);
    Ok(())
}
