use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{emitter, pda::Payer};

use crate::{
    constants::{EPOCH_SEED, LAYOUT},
    error::RewardError,
    events::{EpochHead, EpochOpenedV1},
    math,
    state::{Config, Emission, Epoch, epoch_status},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenEpoch {
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub emission: Account<Emission>,
    /// CHECK: made here.
    #[account(mut)]
    pub epoch: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - By anyone, once: the epoch in which now is, in which fees may be recorded from then on.
/// - It follows the one that was opened before it; those between, which nobody opened, credit nothing.
pub fn open_epoch(ctx: &mut Context<OpenEpoch>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let (config, emission) = (&accounts.config, &mut accounts.emission);
    let (starts_at, length) = (config.starts_at, config.epoch_length);
    let index = math::epoch_at(starts_at, length, now).ok_or(RewardError::AmountTooLarge)?;
    let next = index.checked_add(1).ok_or(RewardError::AmountTooLarge)?;
    let start_of =
        |index| math::epoch_start(starts_at, length, index).ok_or(RewardError::AmountTooLarge);
    let payer = Payer::new(accounts.payer.account())?;
    let (mut epoch, bump) = payer.init::<Epoch>(
        accounts.epoch.account(),
        &[EPOCH_SEED, &index.to_le_bytes()],
    )?;
    epoch.layout = LAYOUT;
    epoch.bump = bump;
    epoch.status = epoch_status::OPEN;
    epoch.index = index;
    epoch.starts_at = start_of(index)?;
    epoch.ends_at = start_of(next)?;
    epoch.previous = emission.last_opened;
    epoch.rent_payer = *payer.address();
    epoch.advance()?;
    emission.last_opened = next;
    emission.advance()?;
    let head = EpochHead {
        address: *epoch.address(),
        emission_address: *emission.address(),
        old_status: 0,
        amount: 0,
        old_pool: emission.pool,
        emission: **emission,
    };
    emitter!(ctx).state::<EpochOpenedV1>(&head, &epoch);
    Ok(())
}
