use anchor_lang::{bytemuck, prelude::*};
use common::{pda::bump_seed, ppm};

use super::RoyaltyTable;
use crate::{
    constants::{LEDGER_SEED, MAX_ROYALTY_PARENTS},
    error::ListingError,
};

/// Accounts for one pool and owns its token account, PDA `["ledger", listing, generation, mint]`.
///
/// `received = balance of the pool + Σ credited − Σ owed`: what was credited to a parent has left the pool but for
/// what is still owed to its payout account.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct PoolLedger {
    pub layout: u8,
    pub bump: u8,
    pub pool_bump: u8,
    pub decimals: u8,
    pub generation: u16,
    pub reserved: [u8; 2],
    pub seq: u64,
    pub born_slot: u64,
    pub listing: Address,
    pub mint: Address,
    pub token_program: Address,
    pub pool: Address,
    pub rent_payer: Address,
    /// Base units that each entry of the table was credited: forwarded, paid out, or owed.
    pub credited: [u64; MAX_ROYALTY_PARENTS],
    /// Base units of it that wait in the pool because the parent's payout account could not take them.
    pub owed: [u64; MAX_ROYALTY_PARENTS],
    pub spare: [u8; 64],
}

/// What one `forward` does with a parent's share, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// All that the pool ever took in.
    pub received: u64,
    /// Of it newly the parent's.
    pub credit: u64,
    /// Of that to the parent's own parents.
    pub up: u64,
    /// To the parent's payout account: the rest, and what was owed from before.
    pub keep: u64,
}

impl PoolLedger {
    /// What it signs with for its pool.
    pub fn seeds(&self) -> [&[u8]; 5] {
        [
            LEDGER_SEED,
            self.listing.as_ref(),
            bytemuck::bytes_of(&self.generation),
            self.mint.as_ref(),
            bump_seed(self.bump),
        ]
    }

    /// The share of the table's entry `index` in a pool that holds `balance`, for a parent whose own table sums to
    /// `parent_royalty_ppm`.
    ///
    /// Shares are floors of all that was ever received, so that what is left in the pool once all are paid is less
    /// than one unit for each entry but one, in whatever order and however often they are paid. Errors with
    /// `NoSuchEntry`, and with `AmountTooLarge` where more than 64 bits were ever received.
    pub fn share(
        &self,
        balance: u64,
        table: &RoyaltyTable,
        index: u8,
        parent_royalty_ppm: u32,
    ) -> Result<Share> {
        let entry = table.entry(index)?;
        let sum = |amounts: &[u64]| {
            amounts
                .iter()
                .try_fold(0u64, |sum, amount| sum.checked_add(*amount))
        };
        let received = sum(&self.credited)
            .zip(sum(&self.owed))
            .and_then(|(credited, owed)| balance.checked_add(credited)?.checked_sub(owed))
            .ok_or(ListingError::AmountTooLarge)?;
        let due = ppm::mul_div_floor(received, u64::from(entry.ppm), u64::from(table.total_ppm))
            .ok_or(ListingError::AmountTooLarge)?;
        let at = usize::from(index);
        let (credited, owed) = (self.credited[at], self.owed[at]);
        let credit = due
            .checked_sub(credited)
            .ok_or(ListingError::InvariantBroken)?;
        let up = ppm::ceil(credit, parent_royalty_ppm).ok_or(ListingError::AmountTooLarge)?;
        let keep = credit
            .checked_sub(up)
            .and_then(|rest| rest.checked_add(owed))
            .ok_or(ListingError::AmountTooLarge)?;
        Ok(Share {
            received,
            credit,
            up,
            keep,
        })
    }

    /// Books a share of which `keep` was paid, or is owed from now on.
    pub fn book(&mut self, index: u8, share: &Share, keep_is_paid: bool) -> Result<()> {
        let at = usize::from(index);
        self.credited[at] = self.credited[at]
            .checked_add(share.credit)
            .ok_or(ListingError::AmountTooLarge)?;
        self.owed[at] = if keep_is_paid { 0 } else { share.keep };
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
    use anchor_lang::bytemuck::Zeroable;

    fn table(shares: &[u32]) -> RoyaltyTable {
        let mut table = RoyaltyTable::zeroed();
        for (n, ppm) in shares.iter().enumerate() {
            table
                .push(Address::new_from_array([n as u8; 32]), *ppm)
                .unwrap();
        }
        table
    }

    #[test]
    fn p53_a_share_does_not_depend_on_order_or_number_of_forwards() {
        let table = table(&[100_000, 333_333, 7]);
        let mut at_once = PoolLedger::zeroed();
        let mut often = PoolLedger::zeroed();
        let (mut balance, mut total) = (0, 0);
        for deposit in [1u64, 2, 999, 1, 123_456_789, 5] {
            balance += deposit;
            total += deposit;
            for index in [2, 0, 1, 1] {
                let share = often.share(balance, &table, index, 250_000).unwrap();
                assert_eq!(share.received, total);
                often.book(index, &share, true).unwrap();
                balance -= share.up + share.keep;
            }
        }
        for index in 0..3 {
            let share = at_once
                .share(
                    total - at_once.credited.iter().sum::<u64>(),
                    &table,
                    index,
                    0,
                )
                .unwrap();
            at_once.book(index, &share, true).unwrap();
        }
        assert_eq!(often.credited, at_once.credited);
        assert!(balance <= 2, "{balance} units are left");
    }

    #[test]
    fn p49_what_cannot_be_paid_is_owed_once_and_never_counted_as_received() {
        let table = table(&[1, 1]);
        let mut ledger = PoolLedger::zeroed();
        let first = ledger.share(100, &table, 0, 100_000).unwrap();
        assert_eq!(
            first,
            Share {
                received: 100,
                credit: 50,
                up: 5,
                keep: 45
            }
        );
        ledger.book(0, &first, false).unwrap();
        let again = ledger.share(95, &table, 0, 100_000).unwrap();
        assert_eq!(
            again,
            Share {
                received: 100,
                credit: 0,
                up: 0,
                keep: 45
            }
        );
        let other = ledger.share(95, &table, 1, 0).unwrap();
        assert_eq!(
            other,
            Share {
                received: 100,
                credit: 50,
                up: 0,
                keep: 50
            }
        );
        ledger.book(0, &again, true).unwrap();
        assert_eq!(ledger.share(50, &table, 0, 0).unwrap().keep, 0);
    }

    #[test]
    fn p18_more_than_64_bits_ever_received_is_an_error() {
        let table = table(&[1]);
        let mut ledger = PoolLedger::zeroed();
        let share = ledger.share(u64::MAX, &table, 0, 800_000).unwrap();
        assert_eq!((share.credit, share.up + share.keep), (u64::MAX, u64::MAX));
        ledger.book(0, &share, true).unwrap();
        assert_eq!(
            ledger.share(1, &table, 0, 0),
            Err(ListingError::AmountTooLarge.into())
        );
        assert_eq!(
            ledger.share(0, &table, 1, 0),
            Err(ListingError::NoSuchEntry.into())
        );
    }
}
