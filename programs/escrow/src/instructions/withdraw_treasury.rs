use anchor_lang::prelude::*;
use common::{
    emitter,
    token::{self, TokenAccount, Transfer, Vault},
};

use crate::{
    constants::CONFIG_SEED,
    error::EscrowError,
    events::{TreasuryHead, TreasuryWithdrawnV1},
    state::{Config, MintConfig},
};

#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawTreasury {
    pub config: Account<Config>,
    #[account(mut)]
    pub mint_config: Account<MintConfig>,
    /// CHECK: compared with the settings.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the settings.
    #[account(mut)]
    pub treasury: UncheckedAccount,
    /// CHECK: read as a token account of the treasury's wallet.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the settings.
    pub token_program: UncheckedAccount,
}

impl WithdrawTreasury {
    fn validate(&self, amount: u64) -> Result<()> {
        let settings = &self.mint_config;
        require!(
            *self.mint.address() == settings.mint
                && *self.token_program.address() == settings.token_program,
            EscrowError::WrongAccount
        );
        let destination = self.destination.account();
        require!(
            *self.treasury.address() == settings.treasury
                && token::payable(
                    destination,
                    &settings.mint,
                    &self.config.treasury,
                    &settings.token_program
                ),
            EscrowError::WrongTokenAccount
        );
        let held = TokenAccount::read(self.treasury.account(), &settings.token_program);
        require!(amount > 0, EscrowError::NothingDue);
        require!(
            held.is_some_and(|held| amount <= held.amount),
            EscrowError::AmountTooLarge
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone: the money can go nowhere but to a token account of the config's treasury wallet.
/// - `amount` is at least 1 and at most what the treasury holds.
pub fn withdraw_treasury(ctx: &mut Context<WithdrawTreasury>, amount: u64) -> Result<()> {
    ctx.accounts.validate(amount)?;
    let accounts = &mut ctx.accounts;
    let bump = [accounts.config.bump];
    let vault = Vault {
        token_program: accounts.token_program.address(),
        account: accounts.treasury.account(),
        mint: accounts.mint.account(),
        decimals: accounts.mint_config.decimals,
        authority: accounts.config.account(),
        seeds: &[CONFIG_SEED, &bump],
    };
    vault.pay_out(
        &[Transfer {
            to: accounts.destination.account(),
            amount,
        }],
        None,
    )?;
    let head = TreasuryHead {
        address: *accounts.mint_config.address(),
        destination: *accounts.destination.address(),
        amount,
    };
    accounts.mint_config.advance()?;
    emitter!(ctx).state::<TreasuryWithdrawnV1>(&head, &ctx.accounts.mint_config);
    Ok(())
}
