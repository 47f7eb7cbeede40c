use anchor_lang::{Id, address_eq, pinocchio::sysvars::Sysvar, prelude::*, programs::Token};
use common::{
    dispute::DisputeHead,
    emitter, rent,
    token::{Deposit, Supply},
};

use crate::{
    constants::CONFIG_SEED,
    error::RewardError,
    events::{AttestationSlashedV1, SlashedHead},
    math,
    state::{Attestation, Config, Position, Stake},
};

#[event_cpi]
#[derive(Accounts)]
pub struct SlashAttestation {
    pub config: Account<Config>,
    #[account(mut)]
    pub stake: Account<Stake>,
    #[account(mut)]
    pub position: Account<Position>,
    #[account(mut)]
    pub attestation: Account<Attestation>,
    /// CHECK: read as the dao's.
    pub dispute: UncheckedAccount,
    /// CHECK: compared with the config.
    #[account(mut)]
    pub mint: UncheckedAccount,
    /// CHECK: compared with the config.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// Any token account: the caller says where its tenth goes.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the attestation.
    #[account(unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

impl SlashAttestation {
    fn validate(&self, number: u16, slot: u64) -> Result<()> {
        let (config, attestation) = (&self.config, &self.attestation);
        // One made anew at its address would have the same slot of birth.
        require!(slot > attestation.born_slot, RewardError::SameSlot);
        let dispute = DisputeHead::read(
            self.dispute.account(),
            &attestation.listing,
            number,
            &attestation.subject_hash,
        );
        require!(
            dispute.is_some_and(|dispute| attestation.is_contradicted(&dispute)),
            RewardError::NoContraryRuling
        );
        require!(
            address_eq(self.position.address(), &attestation.position)
                && address_eq(self.vault.address(), &config.vault)
                && address_eq(self.mint.address(), &config.mint),
            RewardError::WrongAccount
        );
        require!(
            address_eq(self.rent_payer.address(), &attestation.rent_payer),
            RewardError::WrongRentPayer
        );
        Ok(())
    }
}

/// **Specification:**
/// - By anyone, once: the dao's `number`th dispute of the listing was about the version and manifest that were attested,
///   and its final ruling says the contrary of the verdict. Not in the slot in which it was attested (`SameSlot`).
/// - What the attestation risked leaves the position and the vault: a tenth, rounded down, goes to the token account that
///   the caller names, the rest is burnt.
/// - The attestation is closed; its rent goes to who paid it.
pub fn slash_attestation(ctx: &mut Context<SlashAttestation>, number: u16) -> Result<()> {
    let clock = Clock::get()?;
    ctx.accounts.validate(number, clock.slot)?;
    let accounts = &mut ctx.accounts;
    let amount = accounts.attestation.stake;
    let (burnt, reward) = math::slash(amount).ok_or(RewardError::LedgerBroken)?;
    let bump = [accounts.config.bump];
    let seeds: [&[u8]; 2] = [CONFIG_SEED, &bump];
    let (mint, vault) = (accounts.mint.account(), accounts.vault.account());
    let supply = Supply {
        mint,
        decimals: accounts.config.decimals,
        authority: accounts.config.account(),
        seeds: &seeds,
    };
    supply.burn(vault, burnt);
    if reward > 0 {
        let deposit = Deposit {
            from: vault,
            authority: supply.authority,
            amount: reward,
            decimals: supply.decimals,
            seeds: &seeds,
        };
        deposit.transfer(&Token::id(), mint, accounts.destination.account());
    }
    let (stake, position, attestation) = (
        &mut accounts.stake,
        &mut accounts.position,
        &mut accounts.attestation,
    );
    stake.slash(position, amount, clock.unix_timestamp)?;
    stake.advance()?;
    position.slash(amount)?;
    position.advance()?;
    attestation.advance()?;
    let (address, last) = (*attestation.address(), **attestation);
    let closed = rent::close(attestation, accounts.rent_payer.account(), None)?;
    let head = SlashedHead {
        address,
        position_address: *position.address(),
        stake_address: *stake.address(),
        dispute: *accounts.dispute.address(),
        destination: *accounts.destination.address(),
        burnt,
        reward,
        rent_to: *accounts.rent_payer.address(),
        rent: closed.rent,
        position: **position,
        stake: **stake,
    };
    emitter!(ctx).state::<AttestationSlashedV1>(&head, &last);
    Ok(())
}
