use anchor_lang::prelude::*;
use common::{emitter, pda::Payer};

use crate::{
    constants::{LAYOUT, RATE_SEED},
    error::RewardError,
    events::{RateHead, RateSetV1},
    math,
    state::{Config, Rate},
};

#[event_cpi]
#[derive(Accounts)]
pub struct SetRate {
    pub authority: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    /// CHECK: named by the rate's address.
    pub mint: UncheckedAccount,
    /// CHECK: made here, or loaded and compared with the mint.
    #[account(mut)]
    pub rate: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Signed by the config's authority.
/// - Sets what a fee in a mint credits, and the reference price at which that is worth at most half the fee.
/// - Makes the mint's rate where there is none. Points that were credited stay as they are.
pub fn set_rate(ctx: &mut Context<SetRate>, rate: u64, price: u64) -> Result<()> {
    let accounts = &ctx.accounts;
    require!(
        *accounts.authority.address() == accounts.config.authority,
        RewardError::NotConfigAuthority
    );
    require!(math::is_within_half(rate, price), RewardError::RateTooHigh);
    let payer = Payer::new(accounts.payer.account())?;
    let mint = accounts.mint.address();
    let (mut account, made) =
        payer.init_if_needed::<Rate>(accounts.rate.account(), &[RATE_SEED, mint.as_ref()])?;
    if let Some(bump) = made {
        account.layout = LAYOUT;
        account.bump = bump;
        account.mint = *mint;
        account.rent_payer = *payer.address();
    }
    require!(account.mint == *mint, RewardError::WrongAccount);
    let head = RateHead {
        address: *account.address(),
        old_rate: account.rate,
        old_price: account.price,
    };
    account.rate = rate;
    account.price = price;
    account.advance()?;
    emitter!(ctx).state::<RateSetV1>(&head, &account);
    Ok(())
}
