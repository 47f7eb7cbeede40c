use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use super::settle_juror::{check_account, pay};
use crate::{
    error::DaoError,
    events::{BondHead, BondPaidV1},
    state::Dispute,
};

#[event_cpi]
#[derive(Accounts)]
pub struct PayBond {
    #[account(mut)]
    pub dispute: Cold<Account<Dispute>>,
    /// CHECK: the token program compares it with both token accounts.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the dispute.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The party's associated token account, or, 30 days after the end, any of its own.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

/// **Specification:**
/// - By anyone, once for each, after the dispute has ended: the bond of who opened it (0) or appealed (1, 2), where it was not
///   lost, goes back to who paid it.
pub fn pay_bond(ctx: &mut Context<PayBond>, index: u8) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let PayBond {
        dispute,
        mint,
        vault,
        destination,
        ..
    } = &mut ctx.accounts;
    dispute.check_ended()?;
    require!(
        address_eq(vault.address(), &dispute.vault),
        DaoError::WrongAccount
    );
    let (owner, amount) = dispute.pay_bond(index)?;
    let any = dispute.takes_any_account(now);
    check_account(any, destination.account(), mint.address(), &owner)?;
    dispute.advance()?;
    pay(dispute, vault.account(), destination.account(), amount);
    let head = BondHead {
        address: *dispute.address(),
        destination: *destination.address(),
        index: u64::from(index),
        amount,
    };
    emitter!(ctx).state::<BondPaidV1>(&head, &ctx.accounts.dispute);
    Ok(())
}
