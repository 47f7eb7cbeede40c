use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    error::RewardError,
    events::{EpochFinishedV1, EpochHead},
    state::{Config, Emission, Epoch, epoch_status},
};

#[event_cpi]
#[derive(Accounts)]
pub struct FinishEpoch {
    pub config: Account<Config>,
    #[account(mut)]
    pub emission: Account<Emission>,
    #[account(mut)]
    pub epoch: Account<Epoch>,
}

/// **Specification:**
/// - By anyone, once, from its end on; in the order in which epochs were opened.
/// - Emits into the pool for every epoch up to it, those that nobody opened included, and allots to it what its points can
///   bring at most; the rest of the pool rolls on.
/// - Fixes until when it is claimed.
pub fn finish_epoch(ctx: &mut Context<FinishEpoch>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let FinishEpoch {
        config,
        emission,
        epoch,
        ..
    } = &mut ctx.accounts;
    epoch.check_over(now)?;
    let (old_status, old_pool) = (u64::from(epoch.status), emission.pool);
    let amount = emission.finish(config, epoch)?;
    epoch.status = epoch_status::FINISHED;
    epoch.claim_until = now
        .checked_add(i64::from(config.claim_window))
        .ok_or(RewardError::AmountTooLarge)?;
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
    emitter!(ctx).state::<EpochFinishedV1>(&head, &ctx.accounts.epoch);
    Ok(())
}
