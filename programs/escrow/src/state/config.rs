use anchor_lang::prelude::*;

use crate::{
    constants::{ARBITRATION_PERIOD, BOND_PPM, DELIVERY_WINDOW, DISPUTE_WINDOW, MAX_FEE_PPM},
    error::EscrowError,
};

/// The program's settings, PDA `["config"]`. Orders copy what concerns them: a change touches no open order.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    pub layout: u8,
    pub bump: u8,
    /// 1 while new orders are refused. Never blocks a refund, a settlement or a withdrawal.
    pub paused: u8,
    /// 1 where listings that no publisher claimed may be ordered.
    pub allow_unclaimed: u8,
    /// In parts per million of the seller's part.
    pub fee_ppm: u32,
    /// Seconds from opening to the delivery deadline.
    pub delivery_window: u32,
    /// Seconds from delivery, or from when it was earned, until anyone may settle.
    pub dispute_window: u32,
    pub seq: u64,
    pub authority: Address,
    /// All zero unless a transfer of the authority was proposed.
    pub pending_authority: Address,
    /// The wallet whose associated token accounts fees are withdrawn to.
    pub treasury: Address,
    /// The network's genesis hash, as given at `initialize`; vouchers are bound to it.
    pub genesis_hash: [u8; 32],
    /// Seconds from the opening of a dispute until anyone may let it lapse.
    pub arbitration_period: u32,
    /// A dispute's bond, in ppm of what it contests.
    pub bond_ppm: u32,
    pub rent_payer: Address,
    pub spare: [u8; 88],
}

impl Config {
    /// Bounds of the fee, the windows and what a dispute costs, and somebody to take the fees.
    pub fn invariant(&self) -> Result<()> {
        require!(
            self.treasury != Address::default(),
            EscrowError::TreasuryMissing
        );
        require!(self.fee_ppm <= MAX_FEE_PPM, EscrowError::FeeTooHigh);
        require!(
            DELIVERY_WINDOW.contains(&self.delivery_window),
            EscrowError::WindowOutOfBounds
        );
        require!(
            DISPUTE_WINDOW.contains(&self.dispute_window),
            EscrowError::WindowOutOfBounds
        );
        require!(
            ARBITRATION_PERIOD.contains(&self.arbitration_period),
            EscrowError::ArbitrationOutOfBounds
        );
        // Else a seller's dispute could lapse while its buyer may still open one.
        require!(
            self.arbitration_period > self.dispute_window,
            EscrowError::ArbitrationOutOfBounds
        );
        require!(
            BOND_PPM.contains(&self.bond_ppm),
            EscrowError::BondOutOfBounds
        );
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = self.seq.checked_add(1).ok_or(EscrowError::AmountTooLarge)?;
        Ok(())
    }
}
