use anchor_lang::{address_eq, event_cpi, prelude::*};
use common::{cold::Cold, emitter};

use super::slot;
use crate::{
    error::ListingError,
    events::{AuthorityAcceptedV1, AuthorityHead},
    state::Listing,
};

#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAuthority {
    pub pending_authority: Signer,
    #[account(mut)]
    pub listing: Cold<Account<Listing>>,
}

/// **Specification:**
/// - The proposed key signs and becomes the authority (`NotPendingAuthority`).
/// - An unclaimed listing is claimed by it.
/// - It becomes the payout wallet, and there is no operator any more: neither of the old owner's keys stays.
pub fn accept_authority(ctx: &mut Context<AcceptAuthority>) -> Result<()> {
    let signer = *ctx.accounts.pending_authority.address();
    let listing = &mut ctx.accounts.listing;
    require!(
        address_eq(&listing.pending_authority, &signer),
        ListingError::NotPendingAuthority
    );
    let head = AuthorityHead {
        address: *listing.address(),
        old_authority: listing.authority,
        old_pending_authority: listing.pending_authority,
        old_payout: listing.payout,
        old_operator: listing.operator,
        old_claimed: u64::from(listing.claimed),
    };
    listing.authority = signer;
    listing.payout = signer;
    listing.operator = Address::default();
    listing.pending_authority = Address::default();
    listing.claimed = 1;
    listing.touch(slot()?)?;
    listing.invariant()?;
    emitter!(ctx).state::<AuthorityAcceptedV1>(&head, listing);
    Ok(())
}
