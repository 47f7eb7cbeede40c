use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    events::{EpochExpiredV1, EpochHead},
    state::{Config, Emission, Epoch, epoch_status},
};

#[event_cpi]
#[derive(Accounts)]
pub struct ExpireEpoch {
    pub config: Account<Config>,
    #[account(mut)]
    pub emission: Account<Emission>,
    #[account(mut)]
    pub epoch: Account<Epoch>,
}

/// **Specification:**
/// - By anyone, once, after the epoch's time to claim.
/// - What was allotted and not claimed rolls on, the remainders of claims included.
pub fn expire_epoch(ctx: &mut Context<ExpireEpoch>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let ExpireEpoch {
        config,
        emission,
        epoch,
        ..
    } = &mut ctx.accounts;
    epoch.check_expired(now)?;
    let (old_status, old_pool) = (u64::from(epoch.status), emission.pool);
    let amount = emission.take_back(config, epoch)?;
    epoch.status = epoch_status::EXPIRED;
    epoch.advance()?;
    emission.advance()?;
    let head = EpochHead {
        address: *epoch.address(),
        emission_address: *emission.address(),
        old_status,
        amount,
        old_pool,
        emission: **emission,
    };
    emitter!(ctx).state::<EpochExpiredV1>(&head, &ctx.accounts.epoch);
    Ok(())
}
