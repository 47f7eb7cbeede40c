//! What a dispute's account says without naming it.

use common::dispute::dispute_status;
use dao::{
    math,
    state::{Dispute, case},
};
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
