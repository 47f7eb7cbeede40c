use anchor_lang::{event_cpi, prelude::*};
use common::{
    dispute::{DisputeHead, dispute_status, version_hash},
    emitter,
};

use super::slot;
use crate::{
    error::ListingError,
    events::{ListingRestoredV1, ListingSuspendedV1, StatusHead, SuspendedHead},
    state::{Config, Listing},
};

#[event_cpi]
#[derive(Accounts)]
pub struct ApplyVersionRuling {
    #[account(mut)]
    pub listing: Account<Listing>,
    /// CHECK: read as the dao's dispute of a version of the listing
    pub dispute: UncheckedAccount,
}

/// **Specification:**
/// - By anyone, once (`RulingApplied`), whether or not new business is paused: the dao's account of the `number`th dispute
///   of the listing upholds the complaint about this version of it (`NoRuling`).
/// - The listing is `SUSPENDED`, whichever version is in force by now: a new one does not evade the ruling. Only the dao
///   restores it. A retired one has no new orders to stop (`Retired`).
pub fn apply_version_ruling(
    ctx: &mut Context<ApplyVersionRuling>,
    number: u16,
    version: u32,
    manifest_hash: [u8; 32],
) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let (listing, dispute) = (&mut accounts.listing, &accounts.dispute);
    let hash = version_hash(version, &manifest_hash);
    let ruling = DisputeHead::read(dispute.account(), listing.address(), number, &hash);
    let upheld =
        ruling.is_some_and(|head| head.status == dispute_status::FINAL && head.share == 100);
    require!(upheld, ListingError::NoRuling);
    let head = suspended(listing, *dispute.address());
    listing.suspend_by(number)?;
    listing.touch(slot()?)?;
    emitter!(ctx).state::<ListingSuspendedV1>(&head, &ctx.accounts.listing);
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct SetSuspended {
    pub authority: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub listing: Account<Listing>,
}

/// **Specification:**
/// - The config's authority signs (`NotConfigAuthority`), whether or not new business is paused.
/// - Suspends an active or paused listing (`Suspended`, `Retired`, `NotActive`), or restores a suspended one
///   (`NotSuspended`), which is then `PAUSED`: its authority resumes it.
pub fn set_suspended(ctx: &mut Context<SetSuspended>, suspends: bool) -> Result<()> {
    let accounts = &mut ctx.accounts;
    accounts
        .config
        .check_authority(accounts.authority.address())?;
    let listing = &mut accounts.listing;
    let head = suspended(listing, Address::default());
    match suspends {
        true => listing.suspend()?,
        false => listing.restore()?,
    }
    listing.touch(slot()?)?;
    let (emitter, listing) = (emitter!(ctx), &ctx.accounts.listing);
    if suspends {
        emitter.state::<ListingSuspendedV1>(&head, listing);
    } else {
        let (address, old_status) = (head.address, head.old_status);
        let head = StatusHead {
            address,
            old_status,
        };
        emitter.state::<ListingRestoredV1>(&head, listing);
    }
    Ok(())
}

fn suspended(listing: &Account<Listing>, dispute: Address) -> SuspendedHead {
    SuspendedHead {
        address: *listing.address(),
        dispute,
        old_status: u64::from(listing.status),
        old_last_ruling: u64::from(listing.last_ruling),
    }
}
