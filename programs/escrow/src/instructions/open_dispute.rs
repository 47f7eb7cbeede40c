use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    emitter,
    token::{self, Deposit},
};

use super::decide_dispute::check_not_ruled;
use crate::{
    error::EscrowError,
    events::{DisputeHead, OrderDisputedV1},
    state::Order,
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenDispute {
    /// The order's owner or its seller.
    pub opener: Signer,
    #[account(mut)]
    pub order: Account<Order>,
    /// CHECK: compared with the order.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the order.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The opener's token account, which pays the bond.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the order.
    pub token_program: UncheckedAccount,
    /// The account that the dao keeps, or would, of the dispute that lasts; needed where the owner adds to it, or takes the
    /// seller's place.
    /// CHECK: read as the dao's.
    pub dispute: Option<UncheckedAccount>,
}

impl OpenDispute {
    /// Whether the opener is the owner.
    fn validate(&self) -> Result<bool> {
        let (order, opener) = (&self.order, self.opener.address());
        order.check_vault(
            self.vault.address(),
            self.mint.address(),
            self.token_program.address(),
        )?;
        require!(
            token::names_owner(self.source.account(), opener, &order.token_program),
            EscrowError::WrongTokenAccount
        );
        let by_owner = address_eq(opener, &order.head.owner);
        require!(
            by_owner || address_eq(opener, &order.seller),
            EscrowError::NotParty
        );
        if by_owner && order.contested > 0 {
            let dispute = self.dispute.as_ref().ok_or(EscrowError::NoRuling)?;
            check_not_ruled(dispute.account(), order)?;
        }
        Ok(by_owner)
    }
}

/// **Specification:**
/// - Signed by the order's owner or its seller, while a delivery, or what was earned, may still be disputed.
/// - Where the owner's dispute lasts, what was earned meanwhile joins it, by the owner alone. Where the seller's lasts, the
///   owner's takes its place, with all that it contested, a new number and a new deadline, within a window of its opening,
///   or with what was earned since. The seller's bond is its again. So a seller that is first, or opens at the last second,
///   takes nothing from the owner.
/// - Neither once the dao has ruled: its ruling is about what was contested, and is applied first.
/// - Freezes all of a delivered one-time order, and of another what is earned and not mature; nothing else of it. What is
///   mature becomes due.
/// - The opener's token account pays the bond, a share of what is contested, into the order's vault.
/// - Fixes, at its beginning, the time from which anyone may let it lapse.
pub fn open_dispute(ctx: &mut Context<OpenDispute>, evidence_hash: [u8; 32]) -> Result<()> {
    let by_owner = ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let order = &mut accounts.order;
    let (amount, shares) = order.contest(now, by_owner)?;
    let deposit = Deposit {
        from: accounts.source.account(),
        authority: accounts.opener.account(),
        amount,
        decimals: order.head.decimals,
        seeds: &[],
    };
    deposit.transfer(
        accounts.token_program.address(),
        accounts.mint.account(),
        accounts.vault.account(),
    );
    order.advance()?;
    order.invariant()?;
    let head = DisputeHead {
        address: *order.address(),
        number: u64::from(order.disputes),
        opener: u64::from(order.opener),
        evidence_hash,
        paid: shares.payee,
        fee: shares.fee,
        royalty: shares.royalty,
    };
    emitter!(ctx).state::<OrderDisputedV1>(&head, &ctx.accounts.order);
    Ok(())
}
