use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;

use crate::{
    error::EscrowError,
    events::OrderWithdrawnV1,
    payout::{Paid, PayOut},
};

/// **Specification:**
/// - By anyone: each part that is due goes to whom it is due.
/// - A part whose token account is missing, frozen or refuses goes on waiting; all others are paid. It fails, without
///   effect, where there is nothing to pay, or the mint's issuer froze the vault.
/// - 30 days after the order ended any token account of the party will do, whoever cranks: a party that gave its own away
///   keeps nobody's rent for longer.
/// - With nothing due on a final order the vault is closed, its rent to its payer, donations to the treasury.
/// - Calls the token program alone.
pub fn withdraw(ctx: &mut Context<PayOut>) -> Result<()> {
    ctx.accounts.validate()?;
    let accounts = &mut ctx.accounts;
    let state = accounts.order.head.state;
    let order = &accounts.order;
    let waiting = order.is_final() || order.due()? > 0 || order.bonds_due()? > 0;
    require!(waiting, EscrowError::NothingDue);
    let now = Clock::get()?.unix_timestamp;
    let any_account = accounts.order.takes_any_account(now);
    let paid = accounts.pay(any_account)?;
    require!(!paid.frozen, EscrowError::VaultFrozen);
    require!(paid != Paid::default(), EscrowError::NothingPayable);
    accounts.order.advance()?;
    accounts.order.invariant()?;
    let head = accounts.head(state, &paid.shares, &paid);
    emitter!(ctx).state::<OrderWithdrawnV1>(&head, &ctx.accounts.order);
    Ok(())
}
