use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{emitter, rent, token};

use crate::{
    error::EscrowError,
    events::{ClosedHead, OrderClosedV1},
    state::Order,
};

#[event_cpi]
#[derive(Accounts)]
pub struct CloseOrder {
    #[account(unsafe(dup))]
    pub closer: Signer,
    #[account(mut)]
    pub order: Account<Order>,
    /// CHECK: its address is the order's vault, and it has to be gone.
    pub vault: UncheckedAccount,
    /// CHECK: compared with the order.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
}

impl CloseOrder {
    fn validate(&self, now: i64) -> Result<()> {
        let (order, closer) = (&self.order, self.closer.address());
        order.check_closable(now, *closer == order.head.owner)?;
        require!(
            *self.rent_payer.address() == order.rent_payer,
            EscrowError::WrongRentPayer
        );
        // A free receipt never had a vault.
        if order.deposited > 0 {
            require!(
                *self.vault.address() == order.vault,
                EscrowError::WrongTokenAccount
            );
            require!(
                !token::is_token_program(self.vault.account().owner()),
                EscrowError::StillDue
            );
        }
        Ok(())
    }
}

/// **Specification:**
/// - After `valid_until`, in a final state, with nothing due and the vault closed.
/// - Signed by the buyer, or by anyone where the order is `REFUNDED` and so no receipt.
/// - The rent goes back to its payer, less a tenth to a stranger.
pub fn close_order(ctx: &mut Context<CloseOrder>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
    let accounts = &mut ctx.accounts;
    let closer = accounts.closer.address();
    let party = *closer == accounts.order.head.owner || *closer == accounts.order.rent_payer;
    let stranger = (!party).then_some(accounts.closer.account());
    accounts.order.advance()?;
    let (address, last) = (*accounts.order.address(), *accounts.order);
    let closed = rent::close(&mut accounts.order, accounts.rent_payer.account(), stranger)?;
    let head = ClosedHead {
        address,
        rent_to: *accounts.rent_payer.address(),
        rent: closed.rent,
        reward: closed.reward,
    };
    emitter!(ctx).state::<OrderClosedV1>(&head, &last);
    Ok(())
}
