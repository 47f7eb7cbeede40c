use anchor_lang::prelude::*;
use common::emitter;

use super::{ManageListing, slot};
use crate::{
    error::ListingError,
    events::{KeyHead, OperatorChangedV1, PayoutChangedV1},
};

/// **Specification:**
/// - The authority signs (`NotListingAuthority`), retired or not: royalties go on arriving.
/// - `new` is a wallet (`PayoutMissing`); its token accounts take what is paid from now on. Open orders keep theirs.
pub fn set_payout(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
    let listing = &mut ctx.accounts.listing;
    listing.check_authority(ctx.accounts.authority.address())?;
    require!(new != Address::default(), ListingError::PayoutMissing);
    let head = KeyHead {
        address: *listing.address(),
        old: listing.payout,
    };
    listing.payout = new;
    listing.touch(slot()?)?;
    emitter!(ctx).state::<PayoutChangedV1>(&head, listing);
    Ok(())
}

/// **Specification:**
/// - The authority signs (`NotListingAuthority`), retired or not: open orders are still to be delivered.
/// - All zero takes the operator away.
pub fn set_operator(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
    let listing = &mut ctx.accounts.listing;
    listing.check_authority(ctx.accounts.authority.address())?;
    let head = KeyHead {
        address: *listing.address(),
        old: listing.operator,
    };
    listing.operator = new;
    listing.touch(slot()?)?;
    emitter!(ctx).state::<OperatorChangedV1>(&head, listing);
    Ok(())
}
