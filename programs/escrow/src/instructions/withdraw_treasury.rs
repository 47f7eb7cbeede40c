use anchor_lang::prelude::*;
use common::{
    emitter,
    token::{self, Transfer, Vault},
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
    /// Returns what the treasury holds.
    fn validate(&self) -> Result<u64> {
        let settings = &self.mint_config;
        require!(
            *self.mint.address() == settings.mint
                && *self.token_program.address() == settings.token_program,
            EscrowError::WrongAccount
        );
        let (destination, wallet) = (self.destination.account(), &self.config.treasury);
        let (mint, token_program) = (&settings.mint, &settings.token_program);
        require!(
            *self.treasury.address() == settings.treasury
                && token::is_associated(destination, mint, wallet, token_program),
            EscrowError::WrongTokenAccount
        );
        require!(
            token::payable(destination, mint, wallet, token_program),
            EscrowError::NothingPayable
        );
        let held = token::holding(self.treasury.account(), token_program)
            .map(|held| held.amount)
            .unwrap_or_default();
        require!(held > 0, EscrowError::NothingDue);
        Ok(held)
    }
}

/// **Specification:**
/// - By anyone: the money can go nowhere but to the associated token account of the config's treasury wallet
///   (`WrongTokenAccount`), which has to be able to take it (`NothingPayable`).
/// - All that the treasury holds, which is something (`NothingDue`).
pub fn withdraw_treasury(ctx: &mut Context<WithdrawTreasury>) -> Result<()> {
    let amount = ctx.accounts.validate()?;
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
