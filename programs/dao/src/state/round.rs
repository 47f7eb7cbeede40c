use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};

use super::{less, plus};
use crate::{
    error::DaoError,
    math::{self, CHOICES},
};

/// Status of a round.
pub mod round_status {
    /// It was never begun.
    pub const NONE: u8 = 0;
    pub const RUNNING: u8 = 1;
    /// Counted, with a quorum: its median is a ruling.
    pub const QUORATE: u8 = 2;
    /// Counted without a quorum, or never: it changes nothing, and all bonds return.
    pub const VOID: u8 = 3;
}

/// A round of a dispute.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Round {
    /// One of [`round_status`].
    pub status: u8,
    /// The weighted median of what was revealed, an index; once it is counted.
    pub median: u8,
    pub reserved: [u8; 6],
    /// Unix seconds: it begins with the time for evidence.
    pub starts_at: i64,
    /// Revealed weight that it needs.
    pub quorum: u64,
    /// Bonds that were paid.
    pub committed: u64,
    /// Revealed weight by choice.
    pub weights: [u64; CHOICES],
    /// Bonds of who revealed, by choice.
    pub bonds: [u64; CHOICES],
    /// What is left to share among those whose choice was the median.
    pub pot: u64,
    /// Weight of those among them that got nothing yet.
    pub weight_left: u64,
    /// Jurors that were not settled yet.
    pub jurors: u64,
}

impl Round {
    /// A juror has paid its bond.
    pub fn commit(&mut self, bond: u64) -> Result<()> {
        self.committed = plus(self.committed, bond)?;
        self.jurors = plus(self.jurors, 1)?;
        Ok(())
    }

    /// A juror of this weight has revealed its choice. Fails with `NoSuchChoice`.
    pub fn reveal(&mut self, choice: u8, weight: u64) -> Result<()> {
        let index = usize::from(choice);
        let (Some(sum), Some(bonds)) = (self.weights.get_mut(index), self.bonds.get_mut(index))
        else {
            return Err(DaoError::NoSuchChoice.into());
        };
        *sum = plus(*sum, weight)?;
        *bonds = plus(*bonds, bond_of(weight)?)?;
        Ok(())
    }

    /// Counts it. The cost does not depend on the number of jurors.
    pub fn count(&mut self) -> Result<()> {
        require!(
            self.status == round_status::RUNNING,
            DaoError::AlreadyCounted
        );
        let revealed = self
            .weights
            .iter()
            .try_fold(0u64, |sum, weight| sum.checked_add(*weight))
            .ok_or(DaoError::AmountTooLarge)?;
        let median = math::median(&self.weights).filter(|_| revealed >= self.quorum);
        let Some(median) = median else {
            self.status = round_status::VOID;
            return Ok(());
        };
        self.status = round_status::QUORATE;
        self.median = median;
        self.pot =
            math::losses(self.committed, &self.bonds, median).ok_or(DaoError::LedgerBroken)?;
        self.weight_left = *self
            .weights
            .get(usize::from(median))
            .ok_or(DaoError::LedgerBroken)?;
        Ok(())
    }

    /// What a juror of this choice and weight gets back, its part of the pot included: all of its bond where the round
    /// changed nothing.
    pub fn settle(&mut self, choice: u8, weight: u64) -> Result<u64> {
        self.jurors = less(self.jurors, 1)?;
        let bond = bond_of(weight)?;
        if self.status != round_status::QUORATE {
            return Ok(bond);
        }
        if usize::from(choice) >= CHOICES {
            return Ok(0);
        }
        let steps = choice.abs_diff(self.median);
        if steps > 0 {
            return Ok(math::kept(bond, steps));
        }
        let part = math::part(self.pot, weight, self.weight_left).ok_or(DaoError::LedgerBroken)?;
        self.pot = less(self.pot, part)?;
        self.weight_left = less(self.weight_left, weight)?;
        plus(bond, part)
    }
}

/// A juror's bond.
pub fn bond_of(weight: u64) -> Result<u64> {
    math::bond(weight).ok_or_else(|| DaoError::AmountTooLarge.into())
}
