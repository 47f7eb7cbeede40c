use anchor_lang::{address_eq, prelude::*};
use common::{hash::sha256, voting::MIN_AGE};
use reward::state::Position;

use crate::{
    constants::{COMMIT_TAG, COMMITMENT_LEN},
    error::DaoError,
};

/// A juror's choice until it is revealed.
pub const NOT_REVEALED: u8 = u8::MAX;

/// What a position committed to in a round, PDA `["juror", dispute, round, position]`. Its owner paid its rent.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Juror {
    pub layout: u8,
    pub bump: u8,
    /// From 0.
    pub round: u8,
    /// An index from 0 to 4; [`NOT_REVEALED`] until it is.
    pub choice: u8,
    /// It has three events at most.
    pub seq: u8,
    pub reserved: [u8; 3],
    /// Slot in which the account was made: tells two at one address apart.
    pub born_slot: u64,
    /// Of the position when it was committed.
    pub weight: u64,
    pub owner: Address,
    /// First bytes of [`commitment`].
    pub commitment: [u8; COMMITMENT_LEN],
}

impl Juror {
    /// Reveals the choice. Fails with `AlreadyRevealed`, `NotCommitted`.
    pub fn reveal(&mut self, hash: &[u8; 32], choice: u8) -> Result<()> {
        require!(self.choice == NOT_REVEALED, DaoError::AlreadyRevealed);
        require!(hash.starts_with(&self.commitment), DaoError::NotCommitted);
        self.choice = choice;
        Ok(())
    }

    /// Counts one more event.
    pub fn advance(&mut self) -> Result<()> {
        self.seq = self.seq.checked_add(1).ok_or(DaoError::AmountTooLarge)?;
        Ok(())
    }
}

/// What a juror commits to: nobody else's record, and no other round's, takes the same reveal.
pub fn commitment(
    dispute: &Address,
    born_slot: u64,
    round: u8,
    position: &Address,
    choice: u8,
    salt: &[u8; 32],
) -> [u8; 32] {
    sha256(&[
        COMMIT_TAG,
        dispute.as_ref(),
        &born_slot.to_le_bytes(),
        &[round],
        position.as_ref(),
        &[choice],
        salt,
    ])
}

/// The weight with which `owner` votes in what began at `began_at`, with this position. Fails with `NotOwner`, `NoWeight`.
pub fn weight_of(position: &Position, owner: &Address, began_at: i64) -> Result<u64> {
    require!(address_eq(owner, &position.owner), DaoError::NotOwner);
    let in_time = position.locked_at.saturating_add(MIN_AGE) <= began_at;
    require!(
        in_time && !position.is_unlocking() && position.amount > 0,
        DaoError::NoWeight
    );
    Ok(position.amount)
}
