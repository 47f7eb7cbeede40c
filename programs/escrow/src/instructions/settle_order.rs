use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{events::OrderSettledV1, payout::PayOut};

/// **Specification:**
/// - Signed by the buyer, who accepts, at any time once the order is `DELIVERED`; by anyone after `settle_after`.
/// - Of what was not refunded: `floor` of the fee's share to the treasury, `floor` of the royalties' to the pool, the
///   rest to the payee; it becomes `SETTLED`.
/// - A part whose token account is missing, frozen or refuses waits for `withdraw`; all others are paid.
/// - With nothing due the vault is closed, its rent to its payer, donations to the treasury.
/// - Calls the token program alone.
pub fn settle(ctx: &mut Context<PayOut>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let old_state = accounts.order.head.state;
    let by_buyer = *accounts.cranker.address() == accounts.order.head.buyer;
    let shares = accounts.order.settle(now, by_buyer)?;
    let paid = accounts.pay(false)?;
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let head = accounts.head(old_state, &shares, paid.swept);
    emitter!(ctx).state::<OrderSettledV1>(&head, &ctx.accounts.order);
    Ok(())
}
