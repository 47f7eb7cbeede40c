use anchor_lang::{event_cpi, prelude::*};
use common::{cold::Cold, dispute::version_hash, emitter, events::Emitter};

use super::{ChangeListing, apply_ruling::check_ruling, slot};
use crate::{
    events::{ListingRestoredV1, ListingSuspendedV1, StatusHead, SuspendedHead},
    state::Listing,
};

#[event_cpi]
#[derive(Accounts)]
pub struct ApplyVersionRuling {
    #[account(mut)]
    pub listing: Cold<Account<Listing>>,
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
    let (listing, dispute) = (&mut ctx.accounts.listing, ctx.accounts.dispute.account());
    let hash = version_hash(version, &manifest_hash);
    check_ruling(dispute, listing.address(), number, &hash)?;
    let head = head(listing, *dispute.address());
    listing.suspend_by(number)?;
    suspended(listing, &head, &emitter!(ctx))
}

/// **Specification:**
/// - The config's authority signs (`NotConfigAuthority`), whether or not new business is paused.
/// - Suspends an active or paused listing (`Suspended`, `Retired`, `NotActive`), or restores a suspended one
///   (`NotSuspended`), which is then `PAUSED`: its authority resumes it.
pub fn set_suspended(ctx: &mut Context<ChangeListing>, suspends: bool) -> Result<()> {
    ctx.accounts
        .config
        .check_authority(ctx.accounts.authority.address())?;
    let listing = &mut ctx.accounts.listing;
    let head = head(listing, Address::default());
    let emitter = emitter!(ctx);
    if suspends {
        listing.suspend()?;
        return suspended(listing, &head, &emitter);
    }
    listing.restore()?;
    listing.touch(slot()?)?;
    let (address, old_status) = (head.address, head.old_status);
    let head = StatusHead {
        address,
        old_status,
    };
    emitter.state::<ListingRestoredV1>(&head, listing);
    Ok(())
}

/// What is said of the listing before it is suspended.
fn head(listing: &Account<Listing>, dispute: Address) -> SuspendedHead {
    SuspendedHead {
        address: *listing.address(),
        dispute,
        old_status: u64::from(listing.status),
        old_last_ruling: u64::from(listing.last_ruling),
    }
}

// Not inlined: one copy for both ways.
#[inline(never)]
fn suspended(
    listing: &mut Account<Listing>,
    head: &SuspendedHead,
    emitter: &Emitter<'_>,
) -> Result<()> {
    listing.touch(slot()?)?;
    emitter.state::<ListingSuspendedV1>(head, listing);
    Ok(())
}
