use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{error::EscrowError, events::OrderSettledV1, payout::PayOut};

/// **Specification:**
/// - By anyone, its owner included: a delivered one-time order after `settle_after`, which becomes `SETTLED`; of other
///   modes what is mature. What is left of an order that is over goes back to the buyer, and without anything pending or
///   contested it is `SETTLED`, or `REFUNDED` where the seller earned nothing.
/// - With `accept`, signed by the owner: a delivered one-time order at any time, of other modes all that was earned.
///   `accept` is the order's `seq` as the owner saw it: whatever was earned or given back since is not accepted unseen,
///   and the same acceptance again accepts nothing more.
/// - Of what the seller is given: `floor` of the fee's share to the treasury, `floor` of the royalties' to the pool, the
///   rest to the payee.
/// - A part whose token account is missing, frozen or refuses waits for `withdraw`; all others are paid. Of a vault that
///   the mint's issuer froze all wait.
/// - With nothing due the vault is closed, its rent to its payer, donations to the treasury.
/// - Calls the token program alone.
pub fn settle(ctx: &mut Context<PayOut>, accept: Option<u64>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let order = &accounts.order;
    if let Some(seen) = accept {
        let by_owner = address_eq(accounts.cranker.address(), &order.head.owner);
        require!(by_owner, EscrowError::NotBuyer);
        require!(seen == order.head.seq, EscrowError::OrderChanged);
    }
    let old_state = order.head.state;
    let shares = accounts.order.settle(now, accept.is_some())?;
    let paid = accounts.pay(false)?;
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let head = accounts.head(old_state, &shares, &paid);
    emitter!(ctx).state::<OrderSettledV1>(&head, &ctx.accounts.order);
    Ok(())
}
