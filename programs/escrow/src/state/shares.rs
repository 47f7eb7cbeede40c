use anchor_lang::prelude::*;
use common::ppm;

use crate::error::EscrowError;

/// Who gets what of an order, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    pub payee: u64,
    pub fee: u64,
    pub royalty: u64,
    pub buyer: u64,
}

/// Bonds of disputes by who gets them, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bonds {
    pub owner: u64,
    pub seller: u64,
    /// To the treasury.
    pub lost: u64,
}

impl Shares {
    /// Of a seller's part: `fee = floor(total × fee_ppm / 10⁶)`, `royalty = floor(total × royalty_ppm / 10⁶)`, and the
    /// payee gets the rest, rounding included.
    ///
    /// Fails with `SharesExceedPrice` where both rates together exceed a whole.
    pub fn of_sale(total: u64, fee_ppm: u32, royalty_ppm: u32) -> Result<Self> {
        check_rates(fee_ppm, royalty_ppm)?;
        let fee = ppm::floor(total, fee_ppm).ok_or(EscrowError::AmountTooLarge)?;
        let royalty = ppm::floor(total, royalty_ppm).ok_or(EscrowError::AmountTooLarge)?;
        let payee = total
            .checked_sub(fee)
            .and_then(|rest| rest.checked_sub(royalty));
        Ok(Self {
            payee: payee.ok_or(EscrowError::SharesExceedPrice)?,
            fee,
            royalty,
            buyer: 0,
        })
    }
}

/// Fee and royalty together are at most a whole.
pub fn check_rates(fee_ppm: u32, royalty_ppm: u32) -> Result<()> {
    let both = fee_ppm.checked_add(royalty_ppm);
    require!(
        both.is_some_and(|both| both <= ppm::ONE),
        EscrowError::SharesExceedPrice
    );
    Ok(())
}
