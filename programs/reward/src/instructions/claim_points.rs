use anchor_lang::{Id, address_eq, pinocchio::sysvars::Sysvar, prelude::*, programs::Token};
use common::{
    emitter, rent,
    token::{self, Supply},
};

use crate::{
    constants::CONFIG_SEED,
    error::RewardError,
    events::{ClaimHead, PointsClaimedV1},
    state::{Config, Epoch, Points},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Claim {
    pub cranker: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub epoch: Account<Epoch>,
    #[account(mut)]
    pub points: Account<Points>,
    /// CHECK: compared with the config.
    #[account(mut)]
    pub mint: UncheckedAccount,
    /// The owner's associated token account, or any where the owner cranks itself.
    /// CHECK: the token program checks the rest.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the points.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

impl Claim {
    fn validate(&self) -> Result<()> {
        let (config, points) = (&self.config, &self.points);
        require!(
            address_eq(self.mint.address(), &config.mint),
            RewardError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &points.rent_payer),
            RewardError::WrongRentPayer
        );
        let (owner, destination) = (&points.owner, self.destination.account());
        let is_right = address_eq(self.cranker.address(), owner)
            || token::is_associated(destination, &config.mint, owner, &Token::id());
        require!(
            is_right && token::payable(destination, &config.mint, owner, &Token::id()),
            RewardError::WrongTokenAccount
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone, once, from the epoch's finish until its `claim_until`: the points' share of what the epoch was allotted,
///   and never more than they are, is minted to the owner's associated token account, or to any of the owner's where it
///   signs.
/// - The points' account is closed; its rent goes to who paid it.
pub fn claim(ctx: &mut Context<Claim>) -> Result<()> {
    ctx.accounts.validate()?;
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let amount = accounts.epoch.claim(&accounts.points, now)?;
    let bump = [accounts.config.bump];
    let supply = Supply {
        mint: accounts.mint.account(),
        decimals: accounts.config.decimals,
        authority: accounts.config.account(),
        seeds: &[CONFIG_SEED, &bump],
    };
    if amount > 0 {
        supply.mint_to(accounts.destination.account(), amount);
    }
    accounts.epoch.advance()?;
    accounts.points.advance()?;
    let (address, last) = (*accounts.points.address(), *accounts.points);
    let closed = rent::close(&mut accounts.points, accounts.rent_payer.account(), None)?;
    let head = ClaimHead {
        address,
        epoch_address: *accounts.epoch.address(),
        destination: *accounts.destination.address(),
        amount,
        rent_to: *accounts.rent_payer.address(),
        rent: closed.rent,
        epoch: *accounts.epoch,
    };
    emitter!(ctx).state::<PointsClaimedV1>(&head, &last);
    Ok(())
}
