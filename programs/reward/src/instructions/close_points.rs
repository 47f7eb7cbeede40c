use anchor_lang::{address_eq, prelude::*};
use common::{emitter, rent};

use crate::{
    error::RewardError,
    events::{ClosedHead, PointsClosedV1},
    state::{Epoch, Points, epoch_status},
};

#[event_cpi]
#[derive(Accounts)]
pub struct ClosePoints {
    #[account(unsafe(dup))]
    pub closer: Signer,
    pub epoch: Account<Epoch>,
    #[account(mut)]
    pub points: Account<Points>,
    /// CHECK: compared with the points.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

impl ClosePoints {
    fn validate(&self) -> Result<()> {
        let (epoch, points) = (&self.epoch, &self.points);
        require!(points.epoch == epoch.index, RewardError::WrongAccount);
        require!(
            epoch.status == epoch_status::EXPIRED,
            RewardError::WrongEpochState
        );
        require!(
            address_eq(self.rent_payer.address(), &points.rent_payer),
            RewardError::WrongRentPayer
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone, of an epoch whose unclaimed emission rolled on.
/// - The rent goes back to its payer, less a tenth to a stranger.
pub fn close_points(ctx: &mut Context<ClosePoints>) -> Result<()> {
    ctx.accounts.validate()?;
    let accounts = &mut ctx.accounts;
    let (closer, points) = (accounts.closer.account(), &mut accounts.points);
    let party = address_eq(closer.address(), &points.owner)
        || address_eq(closer.address(), &points.rent_payer);
    points.advance()?;
    let (address, last) = (*points.address(), **points);
    let closed = rent::close(
        points,
        accounts.rent_payer.account(),
        (!party).then_some(closer),
    )?;
    let head = ClosedHead {
        address,
        rent_to: *accounts.rent_payer.address(),
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<PointsClosedV1>(&head, &last);
    Ok(())
}
