use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    events::{CountedHead, RoundCountedV1},
    state::Dispute,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Tally {
    #[account(mut)]
    pub dispute: Account<Dispute>,
}

/// **Specification:**
/// - By anyone, once for a round, after its reveals. It costs the same whatever the number of jurors.
/// - With a quorum the weighted median is the ruling, and what jurors lose is shared among those whose choice that was.
///   Without one the round changes nothing.
pub fn tally(ctx: &mut Context<Tally>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let dispute = &mut ctx.accounts.dispute;
    dispute.tally(now)?;
    dispute.advance()?;
    let index = dispute.round;
    let counted = *dispute.at(index)?;
    let revealed = counted
        .weights
        .iter()
        .fold(0u64, |sum, weight| sum.saturating_add(*weight));
    let head = CountedHead {
        address: *dispute.address(),
        round: u64::from(index),
        revealed,
        status: u64::from(counted.status),
    };
    emitter!(ctx).state::<RoundCountedV1>(&head, &ctx.accounts.dispute);
    Ok(())
}
