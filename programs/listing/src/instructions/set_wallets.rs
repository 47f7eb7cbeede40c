//! The keys that a listing's authority sets.

use anchor_lang::prelude::*;
use common::emitter;

use super::{ManageListing, slot};
use crate::{
    error::ListingError,
    events::{AuthorityProposedV1, KeyHead, OperatorChangedV1, PayoutChangedV1},
};

/// A key of a listing.
#[derive(Clone, Copy)]
enum Key {
    Payout,
    Operator,
    PendingAuthority,
}

/// **Specification:**
/// - The authority signs (`NotListingAuthority`), retired or not: royalties go on arriving.
/// - `new` is a wallet (`PayoutMissing`); its token accounts take what is paid from now on. Open orders keep theirs.
pub fn set_payout(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
    require!(new != Address::default(), ListingError::PayoutMissing);
    replace(ctx, Key::Payout, new)
}

/// **Specification:**
/// - The authority signs (`NotListingAuthority`), retired or not: open orders are still to be delivered.
/// - All zero takes the operator away.
pub fn set_operator(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
    replace(ctx, Key::Operator, new)
}

/// **Specification:**
/// - The authority signs (`NotListingAuthority`), retired or not: royalties go on arriving.
/// - `new` may accept from now on; all zero withdraws the proposal.
pub fn propose_authority(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
    replace(ctx, Key::PendingAuthority, new)
}

// Not inlined: one copy for all three.
#[inline(never)]
fn replace(ctx: &mut Context<ManageListing>, which: Key, new: Address) -> Result<()> {
    let listing = &mut ctx.accounts.listing;
    listing.check_authority(ctx.accounts.authority.address())?;
    let key = match which {
        Key::Payout => &mut listing.payout,
        Key::Operator => &mut listing.operator,
        Key::PendingAuthority => &mut listing.pending_authority,
    };
    let old = core::mem::replace(key, new);
    let head = KeyHead {
        address: *listing.address(),
        old,
    };
    listing.touch(slot()?)?;
    let emitter = emitter!(ctx);
    match which {
        Key::Payout => emitter.state::<PayoutChangedV1>(&head, listing),
        Key::Operator => emitter.state::<OperatorChangedV1>(&head, listing),
        Key::PendingAuthority => emitter.state::<AuthorityProposedV1>(&head, listing),
    }
    Ok(())
}
