use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;
use listing::state::Listing;

use crate::{
    constants::SEALED_KEY_LEN,
    error::EscrowError,
    events::{OrderDeliveredV1, OrderHead},
    state::Order,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Deliver {
    pub seller: Signer,
    pub listing: Account<Listing>,
    #[account(mut)]
    pub order: Account<Order>,
}

impl Deliver {
    fn validate(&self) -> Result<()> {
        require!(
            self.order.head.listing == *self.listing.address(),
            EscrowError::WrongAccount
        );
        require!(
            is_seller(&self.listing, self.seller.address(), &self.order),
            EscrowError::NotSeller
        );
        Ok(())
    }
}

/// Whether `key` is the listing's authority or operator, or sold `order`: a listing that was sold since takes from nobody
/// what it served.
pub(super) fn is_seller(listing: &Listing, key: &Address, order: &Order) -> bool {
    *key == listing.authority || *key == listing.operator || *key == order.seller
}

/// **Specification:**
/// - Signed by the authority or operator of the order's listing, whatever the listing's status, or by the order's seller.
/// - The order is `FUNDED` and its delivery deadline has not passed; it becomes `DELIVERED`.
/// - The content hash is stated, not all zero, and the one ordered where that was known.
/// - The content key is sealed where and only where the buyer gave a delivery key.
/// - The dispute window starts.
pub fn deliver(
    ctx: &mut Context<Deliver>,
    content_hash: [u8; 32],
    sealed_key: [u8; SEALED_KEY_LEN],
) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let order = &mut ctx.accounts.order;
    let head = OrderHead {
        address: *order.address(),
        old_state: u64::from(order.head.state),
    };
    order.deliver(now, content_hash, sealed_key)?;
    order.advance()?;
    order.invariant()?;
    emitter!(ctx).state::<OrderDeliveredV1>(&head, &ctx.accounts.order);
    Ok(())
}
