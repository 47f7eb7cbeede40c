//! The seller's side of a call: it serves nobody whose voucher does not pay for it.

use escrow::state::Order;
use pedigree_sdk::voucher::{Voucher, VoucherError};

/// Why a call is not served.
#[derive(Debug)]
pub enum Refusal {
    /// The voucher cannot be redeemed.
    Worthless(VoucherError),
    /// It could, but does not pay for this call too.
    Unpaid { lacks: u64 },
}

/// What the seller keeps of an order that it serves.
pub struct Kept {
    /// The order's account as it was last read.
    pub account: Order,
    /// The best voucher so far.
    pub best: Option<Voucher>,
}

impl Kept {
    /// Takes a voucher that pays for one more call of this price.
    pub fn take(
        &mut self,
        voucher: &Voucher,
        price: u64,
        genesis_hash: &[u8; 32],
        now: i64,
    ) -> Result<(), Refusal> {
        let checked = voucher.check(&self.account, genesis_hash, now);
        checked.map_err(Refusal::Worthless)?;
        let (sequence, paid) = self
            .best
            .as_ref()
            .map_or((0, 0), |best| (best.sequence, best.cumulative));
        let lacks = (paid + price).saturating_sub(voucher.cumulative);
        if lacks > 0 || voucher.sequence <= sequence {
            return Err(Refusal::Unpaid { lacks });
        }
        self.best = Some(*voucher);
        Ok(())
    }
}
