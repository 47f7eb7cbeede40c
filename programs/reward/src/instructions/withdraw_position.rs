use anchor_lang::{Id, address_eq, pinocchio::sysvars::Sysvar, prelude::*, programs::Token};
use common::{emitter, rent, token::Deposit};

use crate::{
    constants::CONFIG_SEED,
    error::RewardError,
    events::{PositionWithdrawnV1, WithdrawnHead},
    state::{Config, Position, Stake},
};

#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawPosition {
    pub owner: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub stake: Account<Stake>,
    #[account(mut)]
    pub position: Account<Position>,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the config.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// Any token account: the owner says where.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the position.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

impl WithdrawPosition {
    fn validate(&self, now: i64) -> Result<()> {
        let (config, position) = (&self.config, &self.position);
        require!(
            address_eq(self.owner.address(), &position.owner),
            RewardError::NotOwner
        );
        position.check_withdrawable(now)?;
        require!(
            address_eq(self.vault.address(), &config.vault)
                && address_eq(self.mint.address(), &config.mint),
            RewardError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &position.rent_payer),
            RewardError::WrongRentPayer
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the owner, once its cooling is over and none of its attestations is alive.
/// - What is left of the position leaves the vault for a token account that the owner names; the account is closed, and
///   its rent goes to who paid it.
pub fn withdraw_position(ctx: &mut Context<WithdrawPosition>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.unix_timestamp)?;
    let accounts = &mut ctx.accounts;
    let amount = accounts.position.amount;
    let bump = [accounts.config.bump];
    if amount > 0 {
        let deposit = Deposit {
            from: accounts.vault.account(),
            authority: accounts.config.account(),
            amount,
            decimals: accounts.config.decimals,
            seeds: &[CONFIG_SEED, &bump],
        };
        deposit.transfer(
            &Token::id(),
            accounts.mint.account(),
            accounts.destination.account(),
        );
    }
    let (stake, position) = (&mut accounts.stake, &mut accounts.position);
    stake.release(amount)?;
    stake.advance()?;
    position.advance()?;
    let (address, last) = (*position.address(), **position);
    let closed = rent::close(position, accounts.rent_payer.account(), None)?;
    let head = WithdrawnHead {
        address,
        stake_address: *stake.address(),
        destination: *accounts.destination.address(),
        amount,
        rent_to: *accounts.rent_payer.address(),
        rent: closed.rent,
        stake: **stake,
    };
    emitter!(ctx).state::<PositionWithdrawnV1>(&head, &last);
    Ok(())
}
