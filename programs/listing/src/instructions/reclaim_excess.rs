use anchor_lang::{address_eq, prelude::*};
use common::{rent, token};

use crate::{
    error::ListingError,
    state::{self, PoolLedger},
};

#[derive(Accounts)]
pub struct ReclaimExcess {
    /// CHECK: an account of this program, of any kind
    #[account(mut)]
    pub account: UncheckedAccount,
    /// CHECK: the one that paid the account's rent
    #[account(mut)]
    pub rent_payer: UncheckedAccount,
    /// CHECK: a ledger's token account, whose excess goes the same way; only with a ledger
    #[account(mut)]
    pub pool: Option<UncheckedAccount>,
    /// CHECK: the ledger's token program, with the pool
    pub token_program: Option<UncheckedAccount>,
}

/// **Specification:**
/// - Anyone sends what an account holds above the rent that the network asks for it now to who paid its rent
///   (`NoRentPayer`, `WrongRentPayer`): where rent falls, what was paid more would otherwise lie for ever in accounts that
///   never close. Never less than the rent is left.
/// - With a ledger and its pool the same of the pool's token account, by the token program (`WrongAccount`,
///   `WrongTokenProgram`).
/// - Fails where nothing moves (`NothingToReclaim`). Nothing that an account stores changes, so there is no event.
pub fn reclaim_excess(ctx: &mut Context<ReclaimExcess>) -> Result<()> {
    let ReclaimExcess {
        account,
        rent_payer,
        pool,
        token_program,
    } = &ctx.accounts;
    let (account, to) = (account.account(), rent_payer.account());
    let paid = state::rent_payer(account).ok_or(ListingError::NoRentPayer)?;
    require!(
        address_eq(&paid, to.address()),
        ListingError::WrongRentPayer
    );
    let before = to.lamports();
    match (pool, token_program) {
        (None, None) => {}
        (Some(pool), Some(token_program)) => {
            reclaim_pool(account, pool.account(), token_program.address(), to)?;
        }
        _ => return Err(ListingError::WrongAccount.into()),
    }
    rent::reclaim(account, to)?;
    require!(to.lamports() > before, ListingError::NothingToReclaim);
    Ok(())
}

fn reclaim_pool(
    ledger: &AccountView,
    pool: &AccountView,
    token_program: &Address,
    to: &AccountView,
) -> Result<()> {
    let state = Account::<PoolLedger>::load(*ledger)?;
    require!(
        address_eq(&state.pool, pool.address()),
        ListingError::WrongAccount
    );
    require!(
        address_eq(&state.token_program, token_program),
        ListingError::WrongTokenProgram
    );
    token::withdraw_excess(token_program, pool, to, ledger, &state.seeds());
    Ok(())
}
