use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    emitter,
    token::{self, Deposit},
};

use crate::{
    error::EscrowError,
    events::{DisputeHead, OrderDisputedV1},
    state::Order,
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenDispute {
    /// The order's owner.
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
}

impl OpenDispute {
    fn validate(&self) -> Result<()> {
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
        require!(address_eq(opener, &order.head.owner), EscrowError::NotParty);
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the order's owner, while a delivery, or what was earned, may still be disputed. A seller has no need to:
///   it is paid where the owner keeps silent.
/// - Where a dispute of the order lasts, what was earned meanwhile joins it. Otherwise the bond of the last one has left
///   the vault.
/// - Freezes all of a delivered one-time order, and of another what is earned and not mature; nothing else of it. What is
///   mature becomes due.
/// - The opener's token account pays the bond, a share of what is contested, into the order's vault.
/// - Fixes, at its beginning, the time from which anyone may let it lapse.
pub fn open_dispute(ctx: &mut Context<OpenDispute>, evidence_hash: [u8; 32]) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let order = &mut accounts.order;
    let (amount, shares) = order.contest(now)?;
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
        opener: u64::from(order.bond_to),
        evidence_hash,
        paid: shares.payee,
        fee: shares.fee,
        royalty: shares.royalty,
    };
    emitter!(ctx).state::<OrderDisputedV1>(&head, &ctx.accounts.order);
    Ok(())
}
