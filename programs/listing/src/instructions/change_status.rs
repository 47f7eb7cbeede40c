use anchor_lang::prelude::*;
use common::{emitter, events::StateEvent};

use super::{ManageListing, slot};
use crate::{
    events::{ListingPausedV1, ListingResumedV1, ListingRetiredV1, StatusHead},
    state::{Listing, status},
};

/// **Specification:**
/// - The authority of an active listing signs (`NotListingAuthority`, `NotActive`, `Retired`, `Suspended`).
/// - New orders stop; nothing else does.
pub fn pause(ctx: &mut Context<ManageListing>) -> Result<()> {
    change::<ListingPausedV1>(ctx, status::PAUSED)
}

/// **Specification:**
/// - The authority of a paused listing signs (`NotListingAuthority`, `NotPaused`, `Retired`, `Suspended`).
pub fn resume(ctx: &mut Context<ManageListing>) -> Result<()> {
    change::<ListingResumedV1>(ctx, status::ACTIVE)
}

/// **Specification:**
/// - The authority of an active or paused listing signs (`NotListingAuthority`, `NotActive`, `Retired`,
///   `Suspended`).
/// - For good. The account stays: derivatives point at it, and nothing is registered over it.
pub fn retire(ctx: &mut Context<ManageListing>) -> Result<()> {
    change::<ListingRetiredV1>(ctx, status::RETIRED)
}

fn change<E>(ctx: &mut Context<ManageListing>, to: u8) -> Result<()>
where
    E: StateEvent<Head = StatusHead, State = Listing>,
{
    ctx.accounts.validate()?;
    let listing = &mut ctx.accounts.listing;
    let head = StatusHead {
        address: *listing.address(),
        old_status: u64::from(listing.status),
    };
    listing.change_status(to)?;
    listing.touch(slot()?)?;
    listing.invariant()?;
    emitter!(ctx).state::<E>(&head, listing);
    Ok(())
}
