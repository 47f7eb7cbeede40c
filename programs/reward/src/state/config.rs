use anchor_lang::prelude::*;
use common::ppm;

use crate::{
    constants::{CLAIM_WINDOW, COOLING, EPOCH_LENGTH, HALVING},
    error::RewardError,
    math,
};

/// The program's settings, PDA `["config"]`: the mint's authority, and the owner of the vault.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    pub layout: u8,
    pub bump: u8,
    /// 1 while nothing new is recorded, locked or attested. Never blocks a claim or a withdrawal.
    pub paused: u8,
    /// Decimals of the token.
    pub decimals: u8,
    /// The buyer's share of what a fee credits, in ppm.
    pub buyer_share_ppm: u32,
    pub seq: u64,
    pub authority: Address,
    /// All zero unless a transfer of the authority was proposed.
    pub pending_authority: Address,
    /// The token, PDA `["token"]`.
    pub mint: Address,
    /// The token account PDA `["vault"]`.
    pub vault: Address,
    pub rent_payer: Address,
    /// Unix seconds: the beginning of epoch 0. Never changes, as the four below.
    pub starts_at: i64,
    /// Most that is ever minted.
    pub cap: u64,
    /// What an epoch emits before the first halving.
    pub first_emission: u64,
    /// Seconds.
    pub epoch_length: u32,
    /// Epochs after which emission halves.
    pub halving: u32,
    /// Seconds from a requested unlock to the withdrawal.
    pub cooling: u32,
    /// Seconds to claim, from an epoch's finish.
    pub claim_window: u32,
    /// Least stake of an attestation.
    pub min_stake: u64,
    pub spare: [u8; 64],
}

impl Config {
    /// Bounds of all settings; what is ever emitted is within the cap.
    pub fn invariant(&self) -> Result<()> {
        require!(
            EPOCH_LENGTH.contains(&self.epoch_length),
            RewardError::EpochLengthOutOfBounds
        );
        let emission = math::total_emission(self.first_emission, self.halving);
        require!(
            self.first_emission > 0
                && HALVING.contains(&self.halving)
                && emission.is_some_and(|emission| emission <= self.cap),
            RewardError::EmissionOutOfBounds
        );
        require!(
            COOLING.contains(&self.cooling),
            RewardError::CoolingOutOfBounds
        );
        require!(
            CLAIM_WINDOW.contains(&self.claim_window),
            RewardError::ClaimWindowOutOfBounds
        );
        require!(
            self.buyer_share_ppm <= ppm::ONE,
            RewardError::ShareOutOfBounds
        );
        require!(self.min_stake > 0, RewardError::StakeOutOfBounds);
        Ok(())
    }

    /// Errors with `Paused`.
    pub fn check_running(&self) -> Result<()> {
        require!(self.paused == 0, RewardError::Paused);
        Ok(())
    }

    /// What the first `epochs` epochs emit.
    pub fn cumulative(&self, epochs: u32) -> Result<u64> {
        math::cumulative(self.first_emission, self.halving, epochs)
            .ok_or_else(|| RewardError::AmountTooLarge.into())
    }
}
