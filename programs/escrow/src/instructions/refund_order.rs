use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{events::OrderRefundedV1, payout::PayOut, state::Shares};

/// **Specification:**
/// - By anyone, everything, while the order is `FUNDED` and its delivery deadline has passed.
/// - Signed by the order's seller, the listing's authority at its opening: `amount`, or everything, while it is `FUNDED`
///   or `DELIVERED`. Neither an operator nor whoever the listing belongs to now can do that: it is not their money.
/// - The amount goes to the buyer, free of fee and royalty; with everything given back the order is `REFUNDED`.
/// - Where the buyer's token account is missing, frozen or refuses it waits for `withdraw`.
/// - With nothing due on a final order the vault is closed, its rent to its payer, donations to the treasury.
/// - Calls the token program alone.
pub fn refund(ctx: &mut Context<PayOut>, amount: Option<u64>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let by_seller = *accounts.cranker.address() == accounts.order.seller;
    let old_state = accounts.order.head.state;
    let buyer = accounts.order.give_back(now, by_seller, amount)?;
    let paid = accounts.pay(false)?;
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let shares = Shares {
        buyer,
        ..Shares::default()
    };
    let head = accounts.head(old_state, &shares, &paid);
    emitter!(ctx).state::<OrderRefundedV1>(&head, &ctx.accounts.order);
    Ok(())
}
