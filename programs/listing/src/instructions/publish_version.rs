use anchor_lang::prelude::*;
use common::{
    emitter,
    // In the interface description a text is a string; its bytes are checked where they are stored.
    text::{self, Text as String},
};

use super::{ChangeListing, slot};
use crate::{
    error::ListingError,
    events::{VersionHead, VersionPublishedV1},
};

/// A version of a listing's manifest.
#[derive(Clone, Debug, PartialEq, Eq, wincode::SchemaRead, wincode::SchemaWrite, IdlType)]
pub struct VersionArgs {
    /// SHA-256 of the canonical manifest.
    pub manifest_hash: [u8; 32],
    /// Hash of the content itself, where known.
    pub content_hash: Option<[u8; 32]>,
    pub uri: String,
}

/// **Specification:**
/// - The authority signs (`NotListingAuthority`); not once retired (`Retired`), nor while the config is paused.
/// - Manifest hash, content hash and URI are replaced, and at least one of them changes (`SameVersion`).
/// - The version grows by one. Lineage and open orders stay as they are.
pub fn publish_version(ctx: &mut Context<ChangeListing>, args: VersionArgs) -> Result<()> {
    ctx.accounts.validate()?;
    let listing = &mut ctx.accounts.listing;
    let head = VersionHead {
        address: *listing.address(),
        old_version: u64::from(listing.version),
        old_manifest_hash: listing.manifest_hash,
        old_content_hash: listing.content_hash,
        old_uri: listing.uri,
    };
    listing.manifest_hash = args.manifest_hash;
    listing.content_hash = args.content_hash.unwrap_or_default();
    text::write(&mut listing.uri, &args.uri).map_err(ListingError::from)?;
    let is_same = listing.manifest_hash == head.old_manifest_hash
        && listing.content_hash == head.old_content_hash
        && listing.uri == head.old_uri;
    require!(!is_same, ListingError::SameVersion);
    listing.version = listing
        .version
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    listing.touch(slot()?)?;
    listing.invariant()?;
    emitter!(ctx).state::<VersionPublishedV1>(&head, listing);
    Ok(())
}
