//! What a dispute's account says without naming it.

use bytemuck::bytes_of;
use common::dispute::dispute_status;
use dao::{
    math,
    state::{Dispute, case},
};
use listing::state::Listing;
use solana_program::pubkey::Pubkey;

/// Who complained of a listing, with a bond; nobody of an order, as its opener's bond is escrow's.
pub fn opener(dispute: &Dispute) -> Option<Pubkey> {
    let [bond, ..] = dispute.bonds;
    (bond.owner != Pubkey::default()).then_some(bond.owner)
}

/// What the last round with a quorum decided, in percent: of an order the buyer's share, of a version 100 where the
/// complaint is upheld. While the dispute is open it may be appealed against; the head's `share` is set once it is final.
pub fn ruling(dispute: &Dispute) -> Option<u8> {
    dispute.ruling().map(math::share)
}

/// Whether a complaint about a version or an edge was upheld, for good.
pub fn is_upheld(dispute: &Dispute) -> bool {
    let head = &dispute.head;
    dispute.case != case::ORDER && head.status == dispute_status::FINAL && head.share == 100
}

/// Where a listing's account keeps [`last_ruling`], and how long that is: after the sum of its ratings.
pub const LAST_RULING: std::ops::Range<usize> = {
    let start = std::mem::offset_of!(Listing, rating_sum) + size_of::<u64>();
    start..start + size_of::<u16>()
};

/// Number of the last dispute of a listing's versions that was carried out: a listing that was restored since is not tainted
/// by it, nor by those before it. 0 where none was.
pub fn last_ruling(listing: &Listing) -> u16 {
    let bytes = bytes_of(listing).get(LAST_RULING);
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u16::from_le_bytes)
}
