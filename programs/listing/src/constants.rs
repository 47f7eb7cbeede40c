//! Seeds and limits of the listing program.

/// Layout version that every account and event of this program carries.
pub const LAYOUT: u8 = 1;

/// `["config"]`
pub const CONFIG_SEED: &[u8] = b"config";
/// `["profile", publisher]`
pub const PROFILE_SEED: &[u8] = b"profile";
/// `["listing", publisher, 32-byte listing key]`
pub const LISTING_SEED: &[u8] = b"listing";
/// `["edge", child, parent]`: one claim for a pair
pub const EDGE_SEED: &[u8] = b"edge";
/// `["royalties", listing, generation (u16, little endian)]`
pub const ROYALTIES_SEED: &[u8] = b"royalties";
/// `["pool", listing, generation (u16, little endian), mint]`: a token account
pub const POOL_SEED: &[u8] = b"pool";
/// `["ledger", listing, generation (u16, little endian), mint]`: owns and accounts for the pool
pub const LEDGER_SEED: &[u8] = b"ledger";
/// `["grant", parent listing, grantee]`
pub const GRANT_SEED: &[u8] = b"grant";

/// Bytes of a listing's or profile's name.
pub const NAME_LEN: usize = 96;
/// Bytes of a manifest's or profile's URI.
pub const URI_LEN: usize = 128;
/// Bytes of an SPDX licence identifier.
pub const LICENSE_LEN: usize = 40;
/// Bytes of a price term's unit.
pub const UNIT_LEN: usize = 32;
/// Bounds of a subscription's period and a lease's interval, in seconds.
pub const PERIOD: core::ops::RangeInclusive<u32> = 60..=366 * 24 * 60 * 60;
/// Price terms of a listing.
pub const MAX_TERMS: usize = 4;
/// Parents of a listing.
pub const MAX_EDGES: u16 = 128;
/// Parents that bear a royalty.
pub const MAX_ROYALTY_PARENTS: usize = 16;
/// Largest sum of a royalty table, so that fee (at most 10 %) and royalties leave the seller a tenth.
pub const MAX_ROYALTY_PPM: u32 = 800_000;
/// Hashes on the way from a leaf of a training manifest to its root.
pub const MAX_PROOF: usize = 20;
/// Ratings that a review may give.
pub const RATINGS: core::ops::RangeInclusive<u8> = 1..=5;
/// A draft that was not activated within this many seconds may be discarded by anyone.
pub const DRAFT_LIFETIME: i64 = 7 * 24 * 60 * 60;
/// [`Edge::table_index`](crate::state::Edge::table_index) of an edge without a royalty.
pub const NO_TABLE_INDEX: u8 = u8::MAX;
