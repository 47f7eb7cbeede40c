use anchor_lang::{Id, address_eq, pinocchio::sysvars::Sysvar, prelude::*, programs::Token};
use common::{emitter, pda::Payer, token::Deposit};

use crate::{
    constants::{LAYOUT, POSITION_SEED},
    error::RewardError,
    events::{PositionHead, PositionLockedV1},
    state::{Config, Position, Stake},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Lock {
    pub owner: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub stake: Account<Stake>,
    /// CHECK: made here.
    #[account(mut)]
    pub position: UncheckedAccount,
    /// A token account that the owner may take from.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the config.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl Lock {
    fn validate(&self, amount: u64) -> Result<()> {
        let config = &self.config;
        config.check_running()?;
        require!(amount > 0, RewardError::AmountZero);
        require!(
            address_eq(self.vault.address(), &config.vault)
                && address_eq(self.mint.address(), &config.mint),
            RewardError::WrongAccount
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the owner. Not while paused.
/// - Makes a position under an id of the owner's choice, once, and moves the amount into the vault. It counts at once in
///   the active weight; it votes where it was locked seven days before a vote began.
/// - Nothing is ever added to a position: more is another one.
pub fn lock(ctx: &mut Context<Lock>, id: u64, amount: u64) -> Result<()> {
    ctx.accounts.validate(amount)?;
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let (owner, payer) = (
        accounts.owner.account(),
        Payer::new(accounts.payer.account())?,
    );
    let (mut position, bump) = payer.init::<Position>(
        accounts.position.account(),
        &[POSITION_SEED, owner.address().as_ref(), &id.to_le_bytes()],
    )?;
    let deposit = Deposit {
        from: accounts.source.account(),
        authority: owner,
        amount,
        decimals: accounts.config.decimals,
        seeds: &[],
    };
    deposit.transfer(
        &Token::id(),
        accounts.mint.account(),
        accounts.vault.account(),
    );
    position.layout = LAYOUT;
    position.bump = bump;
    position.born_slot = clock.slot;
    position.id = id;
    position.amount = amount;
    position.locked_at = clock.unix_timestamp;
    position.owner = *owner.address();
    position.rent_payer = *payer.address();
    position.advance()?;
    let stake = &mut accounts.stake;
    let (old_locked, old_active) = (stake.locked, stake.active);
    stake.lock(amount, clock.unix_timestamp)?;
    stake.advance()?;
    let head = PositionHead {
        address: *position.address(),
        stake_address: *stake.address(),
        old_locked,
        old_active,
        stake: **stake,
    };
    emitter!(ctx).state::<PositionLockedV1>(&head, &position);
    Ok(())
}
