use anchor_lang::prelude::*;
use common::emitter;

use super::{ChangeListing, slot};
use crate::{
    events::{TermsHead, TermsUpdatedV1},
    state::TermArgs,
};

/// **Specification:**
/// - The authority signs (`NotListingAuthority`); not once retired (`Retired`), nor while the config is paused.
/// - All terms are replaced by at most 4 well-formed ones (`TooManyTerms`, `BadPriceTerm`). None makes the listing
///   free. Orders keep the term that they bought.
pub fn update_terms(ctx: &mut Context<ChangeListing>, terms: &[TermArgs]) -> Result<()> {
    ctx.accounts.validate()?;
    let listing = &mut ctx.accounts.listing;
    let head = TermsHead {
        address: *listing.address(),
        old_terms_len: u64::from(listing.terms_len),
        old_terms: listing.terms,
    };
    listing.set_terms(terms)?;
    listing.touch(slot()?)?;
    listing.invariant()?;
    emitter!(ctx).state::<TermsUpdatedV1>(&head, listing);
    Ok(())
}
