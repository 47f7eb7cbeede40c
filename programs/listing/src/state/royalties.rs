use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};

use crate::{
    constants::{MAX_ROYALTY_PARENTS, MAX_ROYALTY_PPM},
    error::ListingError,
};

/// A direct parent's share.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct RoyaltyEntry {
    pub parent: Address,
    /// In ppm of the child's price.
    pub ppm: u32,
    pub reserved: [u8; 4],
}

/// A listing's royalty-bearing parents, PDA `["royalties", listing, generation]`. Made with the first such edge,
/// frozen at activation: a ruling that changes them makes the next generation's.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct RoyaltyTable {
    pub layout: u8,
    pub bump: u8,
    /// Entries in use.
    pub len: u8,
    pub reserved: [u8; 1],
    pub generation: u16,
    pub reserved2: [u8; 2],
    /// Sum of the entries.
    pub total_ppm: u32,
    pub reserved3: [u8; 4],
    pub seq: u64,
    pub born_slot: u64,
    pub listing: Address,
    pub rent_payer: Address,
    pub entries: [RoyaltyEntry; MAX_ROYALTY_PARENTS],
    pub spare: [u8; 32],
}

impl RoyaltyTable {
    /// Adds a parent's share and returns its index.
    ///
    /// Errors with `TooManyRoyaltyParents` and `RoyaltyTooHigh`.
    pub fn push(&mut self, parent: Address, ppm: u32) -> Result<u8> {
        let index = self.len;
        let entry = self
            .entries
            .get_mut(usize::from(index))
            .ok_or(ListingError::TooManyRoyaltyParents)?;
        *entry = RoyaltyEntry {
            parent,
            ppm,
            reserved: [0; 4],
        };
        let total = self
            .total_ppm
            .checked_add(ppm)
            .ok_or(ListingError::RoyaltyTooHigh)?;
        require!(total <= MAX_ROYALTY_PPM, ListingError::RoyaltyTooHigh);
        self.total_ppm = total;
        self.len = index.saturating_add(1);
        self.touch()?;
        Ok(index)
    }

    /// Takes the last share away, which has to be `parent`'s, and returns it. Errors with `WrongRoyaltyTable`.
    pub fn pop(&mut self, parent: &Address) -> Result<RoyaltyEntry> {
        let index = self
            .len
            .checked_sub(1)
            .ok_or(ListingError::WrongRoyaltyTable)?;
        let slot = self
            .entries
            .get_mut(usize::from(index))
            .ok_or(ListingError::WrongRoyaltyTable)?;
        let entry = *slot;
        require!(entry.parent == *parent, ListingError::WrongRoyaltyTable);
        *slot = RoyaltyEntry::zeroed();
        self.total_ppm = self
            .total_ppm
            .checked_sub(entry.ppm)
            .ok_or(ListingError::InvariantBroken)?;
        self.len = index;
        self.touch()?;
        Ok(entry)
    }

    /// Begins with the entries of the generation before.
    pub fn inherit(&mut self, old: &Self) {
        self.len = old.len;
        self.total_ppm = old.total_ppm;
        self.entries = old.entries;
    }

    /// Takes a share away, in whose place the last one comes. Errors with `NoSuchEntry`.
    pub fn swap_remove(&mut self, index: u8) -> Result<()> {
        let gone = self.entry(index)?;
        let last = self.len.saturating_sub(1);
        self.entries.swap(usize::from(index), usize::from(last));
        self.entries[usize::from(last)] = RoyaltyEntry::zeroed();
        self.len = last;
        self.total_ppm = self
            .total_ppm
            .checked_sub(gone.ppm)
            .ok_or(ListingError::InvariantBroken)?;
        self.touch()
    }

    /// A parent's share. Errors with `NoSuchEntry`.
    pub fn entry(&self, index: u8) -> Result<RoyaltyEntry> {
        require!(index < self.len, ListingError::NoSuchEntry);
        self.entries
            .get(usize::from(index))
            .copied()
            .ok_or(ListingError::NoSuchEntry.into())
    }

    /// Counts a change.
    pub fn touch(&mut self) -> Result<()> {
        self.seq = self
            .seq
            .checked_add(1)
            .ok_or(ProgramError::ArithmeticOverflow)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p17_the_sum_of_a_table_is_bounded_and_survives_removals() {
        let parent = |n: u8| Address::new_from_array([n; 32]);
        let mut table = RoyaltyTable::zeroed();
        assert_eq!(table.push(parent(1), MAX_ROYALTY_PPM), Ok(0));
        let full = table;
        assert_eq!(
            table.push(parent(2), 1),
            Err(ListingError::RoyaltyTooHigh.into())
        );
        assert_eq!(
            table.push(parent(2), u32::MAX),
            Err(ListingError::RoyaltyTooHigh.into())
        );
        table = full;
        assert_eq!(
            table.pop(&parent(2)),
            Err(ListingError::WrongRoyaltyTable.into())
        );
        assert_eq!(
            table.pop(&parent(1)).map(|entry| entry.ppm),
            Ok(MAX_ROYALTY_PPM)
        );
        assert_eq!(
            table.pop(&parent(1)),
            Err(ListingError::WrongRoyaltyTable.into())
        );
        assert_eq!((table.total_ppm, table.len, table.seq), (0, 0, 2));
        for n in 0..MAX_ROYALTY_PARENTS as u8 {
            assert_eq!(table.push(parent(n), 1), Ok(n));
        }
        assert_eq!(
            table.push(parent(99), 1),
            Err(ListingError::TooManyRoyaltyParents.into())
        );
        let mut next = RoyaltyTable::zeroed();
        next.inherit(&table);
        assert_eq!(next.swap_remove(16), Err(ListingError::NoSuchEntry.into()));
        assert_eq!(next.swap_remove(2), Ok(()));
        assert_eq!(next.entry(2).map(|entry| entry.parent), Ok(parent(15)));
        assert_eq!(next.swap_remove(14), Ok(()));
        assert_eq!(next.entry(13).map(|entry| entry.parent), Ok(parent(13)));
        assert_eq!((next.total_ppm, next.len, next.seq), (14, 14, 2));
        assert_eq!(next.entries[14], RoyaltyEntry::zeroed());
        assert_eq!(table.entry(15).map(|entry| entry.parent), Ok(parent(15)));
        assert_eq!(table.entry(16), Err(ListingError::NoSuchEntry.into()));
    }
}
