use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use super::deliver_order::is_seller;
use crate::{error::EscrowError, events::OrderRefundedV1, payout::PayOut, state::Shares};

/// **Specification:**
/// - By anyone, everything, while the order is `FUNDED` and its delivery deadline has passed.
/// - Signed by the authority or operator of the order's listing, which has to be given: `amount`, or everything, while
///   it is `FUNDED` or `DELIVERED`.
/// - The amount goes to the buyer, free of fee and royalty; with everything given back the order is `REFUNDED`.
/// - Where the buyer's token account is missing, frozen or refuses it waits for `withdraw`.
/// - With nothing due on a final order the vault is closed, its rent to its payer, donations to the treasury.
/// - Calls the token program alone.
pub fn refund(ctx: &mut Context<PayOut>, amount: Option<u64>) -> Result<()> {
    ctx.accounts.validate()?;
    let by_seller = check_seller(&ctx.accounts)?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let old_state = accounts.order.head.state;
    let buyer = accounts.order.give_back(now, by_seller, amount)?;
    let paid = accounts.pay()?;
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let shares = Shares {
        buyer,
        ..Shares::default()
    };
    let head = accounts.head(old_state, &shares, paid.swept);
    emitter!(ctx).state::<OrderRefundedV1>(&head, &ctx.accounts.order);
    Ok(())
}

fn check_seller(accounts: &PayOut) -> Result<bool> {
    let Some(listing) = &accounts.listing else {
        return Ok(false);
    };
    require!(
        *listing.address() == accounts.order.head.listing,
        EscrowError::WrongAccount
    );
    Ok(is_seller(listing, accounts.cranker.address()))
}
