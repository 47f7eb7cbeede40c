use anchor_lang::prelude::*;
use common::emitter;

use super::{ManageListing, slot};
use crate::{
    events::{ListingPausedV1, ListingResumedV1, ListingRetiredV1, StatusHead},
    state::status,
};

/// **Specification:**
/// - The authority of an active listing signs (`NotListingAuthority`, `NotActive`, `Retired`, `Suspended`).
/// - New orders stop; nothing else does.
pub fn pause(ctx: &mut Context<ManageListing>) -> Result<()> {
    change(ctx, status::PAUSED)
}

/// **Specification:**
/// - The authority of a paused listing signs (`NotListingAuthority`, `NotPaused`, `Retired`, `Suspended`).
pub fn resume(ctx: &mut Context<ManageListing>) -> Result<()> {
    change(ctx, status::ACTIVE)
}

/// **Specification:**
/// - The authority of an active or paused listing signs (`NotListingAuthority`, `NotActive`, `Retired`,
///   `Suspended`).
/// - For good. The account stays: derivatives point at it, and nothing is registered over it.
pub fn retire(ctx: &mut Context<ManageListing>) -> Result<()> {
    change(ctx, status::RETIRED)
}

// Not inlined: one copy for all three.
#[inline(never)]
fn change(ctx: &mut Context<ManageListing>, to: u8) -> Result<()> {
    ctx.accounts.validate()?;
    let listing = &mut ctx.accounts.listing;
    let head = StatusHead {
        address: *listing.address(),
        old_status: u64::from(listing.status),
    };
    listing.change_status(to)?;
    listing.touch(slot()?)?;
    listing.invariant()?;
    let emitter = emitter!(ctx);
    match to {
        status::PAUSED => emitter.state::<ListingPausedV1>(&head, listing),
        status::ACTIVE => emitter.state::<ListingResumedV1>(&head, listing),
        _ => emitter.state::<ListingRetiredV1>(&head, listing),
    }
    Ok(())
}
