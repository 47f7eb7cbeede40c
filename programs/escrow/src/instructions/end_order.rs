use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{error::EscrowError, events::OrderEndedV1, payout::PayOut};

/// **Specification:**
/// - Signed by the order's owner or by its seller; not for one-time orders, and only to an earlier end.
/// - Metered: by the owner, two windows from now, in which the seller goes on redeeming; by the seller, now.
/// - Subscription: now; the seller has earned whole periods and, by the second, the current one. What of that is not
///   mature is pending for a window.
/// - Lease: by the owner, with the last interval that it authorised; by the seller, now.
/// - What is mature is paid to the seller, and of an order that is over at once what nobody earned to the buyer, as far
///   as their accounts can take it.
///   Where the mint's issuer froze the vault all of it becomes due, and the end holds.
/// - Calls the token program alone.
pub fn end(ctx: &mut Context<PayOut>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let cranker = accounts.cranker.address();
    let by_owner = address_eq(cranker, &accounts.order.head.owner);
    require!(
        by_owner || address_eq(cranker, &accounts.order.seller),
        EscrowError::NotParty
    );
    let old_state = accounts.order.head.state;
    let shares = accounts.order.end(now, by_owner)?;
    let paid = accounts.pay(false)?;
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let head = accounts.head(old_state, &shares, &paid);
    emitter!(ctx).state::<OrderEndedV1>(&head, &ctx.accounts.order);
    Ok(())
}
