use anchor_lang::{
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::emitter;

use super::ManageListing;
use crate::{
    error::ListingError,
    events::{ListingActivatedV1, StatusHead},
    state::status,
};

/// **Specification:**
/// - The authority of a draft that has not expired signs (`NotListingAuthority`, `NotDraft`, `DraftExpired`), paused
///   or not: it ends what was begun before.
/// - From then on edges and royalty table are frozen, the listing can be a parent, and its account never closes.
pub fn activate(ctx: &mut Context<ManageListing>) -> Result<()> {
    ctx.accounts.validate()?;
    let clock = Clock::get()?;
    let listing = &mut ctx.accounts.listing;
    listing.check_draft()?;
    require!(
        !listing.is_expired_draft(clock.unix_timestamp),
        ListingError::DraftExpired
    );
    let head = StatusHead {
        address: *listing.address(),
        old_status: u64::from(listing.status),
    };
    listing.status = status::ACTIVE;
    listing.activated_slot = clock.slot;
    listing.touch(clock.slot)?;
    listing.invariant()?;
    emitter!(ctx).state::<ListingActivatedV1>(&head, listing);
    Ok(())
}
