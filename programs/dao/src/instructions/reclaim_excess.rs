use anchor_lang::{address_eq, prelude::*};
use common::rent;

use crate::{error::DaoError, state};

#[derive(Accounts)]
pub struct ReclaimExcess {
    /// CHECK: an account of this program, of any kind.
    #[account(mut)]
    pub account: UncheckedAccount,
    /// CHECK: compared with who paid the account's rent.
    #[account(mut)]
    pub rent_payer: UncheckedAccount,
}

/// **Specification:**
/// - Anyone sends what an account of this program holds above the rent that the network asks for it now to who paid its
///   rent: where rent falls, what was paid more would otherwise lie in accounts that never close, or close late.
/// - To nobody else (`WrongRentPayer`), and never so much that less than the rent is left (`NothingToReclaim`). Where the
///   network credits nothing to a payer that became a program it stays where it is.
/// - Nothing that an account stores changes, so there is no event.
pub fn reclaim_excess(ctx: &mut Context<ReclaimExcess>) -> Result<()> {
    let (account, rent_payer) = (
        ctx.accounts.account.account(),
        ctx.accounts.rent_payer.account(),
    );
    let paid = state::rent_payer(account).ok_or(DaoError::WrongAccount)?;
    require!(
        address_eq(&paid, rent_payer.address()),
        DaoError::WrongRentPayer
    );
    let excess = rent::reclaim(account, rent_payer)?;
    require!(excess > 0, DaoError::NothingToReclaim);
    Ok(())
}
