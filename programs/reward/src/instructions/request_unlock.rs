use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    error::RewardError,
    events::{PositionHead, UnlockRequestedV1},
    state::{Config, Position, Stake},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RequestUnlock {
    pub owner: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub stake: Account<Stake>,
    #[account(mut)]
    pub position: Account<Position>,
}

/// **Specification:**
/// - Signed by the owner, once.
/// - From now on the position has no weight and attests nothing; what it attested stays at risk. It may be withdrawn when
///   the cooling period that is in force now is over, which is longer than any vote.
pub fn request_unlock(ctx: &mut Context<RequestUnlock>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let RequestUnlock {
        owner,
        config,
        stake,
        position,
        ..
    } = &mut ctx.accounts;
    require!(
        address_eq(owner.address(), &position.owner),
        RewardError::NotOwner
    );
    position.request_unlock(now, config.cooling)?;
    position.advance()?;
    let (old_locked, old_active) = (stake.locked, stake.active);
    stake.deactivate(position.amount, now)?;
    stake.advance()?;
    let head = PositionHead {
        address: *position.address(),
        stake_address: *stake.address(),
        old_locked,
        old_active,
        stake: **stake,
    };
    emitter!(ctx).state::<UnlockRequestedV1>(&head, &ctx.accounts.position);
    Ok(())
}
