use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{dispute::DocketHead, emitter, rent};

use crate::{
    error::RewardError,
    events::{AttestationClosedV1, ReleasedHead},
    state::{Attestation, Position},
};

#[event_cpi]
#[derive(Accounts)]
pub struct CloseAttestation {
    #[account(unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub position: Account<Position>,
    #[account(mut)]
    pub attestation: Account<Attestation>,
    /// The dao's docket of the listing, or where it would be.
    /// CHECK: read as the dao's.
    pub docket: UncheckedAccount,
    /// CHECK: compared with the attestation.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

impl CloseAttestation {
    fn validate(&self, now: i64) -> Result<()> {
        let attestation = &self.attestation;
        let docket = DocketHead::read(self.docket.account(), &attestation.listing);
        let docket = docket.ok_or(RewardError::WrongAccount)?;
        attestation.check_closable(docket.as_ref(), now)?;
        require!(
            address_eq(self.position.address(), &attestation.position),
            RewardError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &attestation.rent_payer),
            RewardError::WrongRentPayer
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone, 90 days after it was attested, while no dispute of the listing is open and none ended within the last
///   seven days, so that nobody closes what may be slashed.
/// - Its position risks nothing for it any more. The rent goes back to its payer, less a tenth to a stranger.
pub fn close_attestation(ctx: &mut Context<CloseAttestation>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
    let accounts = &mut ctx.accounts;
    let (closer, position, attestation) = (
        accounts.closer.account(),
        &mut accounts.position,
        &mut accounts.attestation,
    );
    position.release(attestation.stake)?;
    position.advance()?;
    attestation.advance()?;
    let (address, last) = (*attestation.address(), **attestation);
    let party =
        address_eq(closer.address(), &last.owner) || address_eq(closer.address(), &last.rent_payer);
    let closed = rent::close(
        attestation,
        accounts.rent_payer.account(),
        (!party).then_some(closer),
    )?;
    let head = ReleasedHead {
        address,
        position_address: *position.address(),
        rent_to: *accounts.rent_payer.address(),
        rent: closed.rent,
        reward: closed.reward,
        position: **position,
    };
    emitter!(ctx).state::<AttestationClosedV1>(&head, &last);
    Ok(())
}
