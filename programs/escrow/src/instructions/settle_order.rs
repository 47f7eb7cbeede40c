use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{events::OrderSettledV1, payout::PayOut};

/// **Specification:**
/// - One-time: signed by the order's owner, who accepts, at any time once it is `DELIVERED`; by anyone after
///   `settle_after`. It becomes `SETTLED`.
/// - Other modes: by anyone, what is mature; signed by the owner, who accepts, all that was earned. What is left of an
///   order that is over goes back to the buyer, and without anything pending or contested it is `SETTLED`, or `REFUNDED`
///   where the seller earned nothing.
/// - Of what the seller is given: `floor` of the fee's share to the treasury, `floor` of the royalties' to the pool, the
///   rest to the payee.
/// - A part whose token account is missing, frozen or refuses waits for `withdraw`; all others are paid.
/// - With nothing due the vault is closed, its rent to its payer, donations to the treasury.
/// - Calls the token program alone.
pub fn settle(ctx: &mut Context<PayOut>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let old_state = accounts.order.head.state;
    let by_owner = *accounts.cranker.address() == accounts.order.head.owner;
    let shares = accounts.order.settle(now, by_owner)?;
    let paid = accounts.pay(false)?;
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let head = accounts.head(old_state, &shares, &paid);
    emitter!(ctx).state::<OrderSettledV1>(&head, &ctx.accounts.order);
    Ok(())
}
