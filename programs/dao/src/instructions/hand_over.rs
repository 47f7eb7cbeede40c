use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter, upgrade};
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
    pub governance: Cold<Account<Governance>>,
    pub stake: Cold<Account<Stake>>,
    pub config: Cold<Account<Config>>,
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
    /// Errors with `NotTheDaos` unless settings and upgrades of all programs and escrow's fees are, and no settings are offered
    /// to anyone.
    fn validate(&self) -> Result<()> {
        let dao = &self.governance.authority;
        let nobody = Address::default();
        let listing = load::<listing::state::Config>(self.listing_config.account())?;
        let escrow = load::<escrow::state::Config>(self.escrow_config.account())?;
        let reward = load::<reward::state::Config>(self.reward_config.account())?;
        let owned = [
            &self.config.authority,
            &listing.authority,
            &escrow.authority,
            &reward.authority,
            &escrow.treasury,
        ];
        // Who was offered an authority could take it later.
        let offered = [
            &self.config.pending_authority,
            &listing.pending_authority,
            &escrow.pending_authority,
            &reward.pending_authority,
        ];
        let programs = [
            (&listing::ID, &self.listing_data),
            (&escrow::ID, &self.escrow_data),
            (&reward::ID, &self.reward_data),
            (&crate::ID, &self.dao_data),
        ];
        require!(
            owned.iter().all(|authority| address_eq(authority, dao))
                && offered.iter().all(|pending| **pending == nobody)
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
/// - By anyone, once the settled weight has reached the floor that was fixed for ever, settings and upgrades of all four
///   programs and escrow's fees are the dao's, and no settings are offered to anybody.
/// - The steward goes; no instruction names one again. No action gives any of that authority away.
pub fn hand_over(ctx: &mut Context<HandOver>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let active = ctx.accounts.stake.settled(now);
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
