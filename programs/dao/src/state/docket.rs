use anchor_lang::prelude::*;
use common::dispute::DocketHead;

use super::plus;
use crate::error::DaoError;

/// What is remembered of all disputes of a subject, PDA `["docket", subject]`. Never closes.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Docket {
    pub head: DocketHead,
    pub rent_payer: Address,
    pub spare: [u8; 32],
}

impl Docket {
    /// A dispute more.
    pub fn open(&mut self) -> Result<()> {
        let one_more = |count: u16| count.checked_add(1).ok_or(DaoError::AmountTooLarge);
        self.head.disputes = one_more(self.head.disputes)?;
        self.head.open = one_more(self.head.open)?;
        self.advance()
    }

    /// One of them has ended.
    pub fn end(&mut self, now: i64) -> Result<()> {
        let left = self.head.open.checked_sub(1);
        self.head.open = left.ok_or(DaoError::LedgerBroken)?;
        self.head.ended_at = now;
        self.advance()
    }

    fn advance(&mut self) -> Result<()> {
        self.head.seq = plus(self.head.seq, 1)?;
        Ok(())
    }
}
