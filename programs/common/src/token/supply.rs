use anchor_lang::{AccountView, Address, Id, Result, cpi::InstructionAccount, programs::Token};

use super::mint::MINT_LEN;
use crate::{cpi, pda::Payer};

const INITIALIZE_MINT_2: u8 = 20;
const MINT_TO_CHECKED: u8 = 14;
const BURN_CHECKED: u8 = 15;

/// A mint of SPL Token whose authority is a PDA of the calling program.
#[derive(Clone, Copy)]
pub struct Supply<'a> {
    pub mint: &'a AccountView,
    pub decimals: u8,
    /// Its authority, and the owner of what is burnt.
    pub authority: &'a AccountView,
    /// What the authority signs with, its bump last.
    pub seeds: &'a [&'a [u8]],
}

impl Supply<'_> {
    /// Makes a mint without a freeze authority at `program`'s address of `seeds`.
    ///
    /// Fails as [`Payer::create`] does.
    pub fn create(
        payer: &Payer,
        mint: &AccountView,
        decimals: u8,
        authority: &Address,
        program: &Address,
        seeds: &[&[u8]],
    ) -> Result<()> {
        payer.create(mint, MINT_LEN, &Token::id(), program, seeds)?;
        // The last byte says that there is no freeze authority.
        let mut data = [0; 35];
        data[0] = INITIALIZE_MINT_2;
        data[1] = decimals;
        data[2..34].copy_from_slice(authority.as_ref());
        let metas = [InstructionAccount::writable(mint.address())];
        cpi::invoke(&Token::id(), &data, &metas, &[mint], &[]);
        Ok(())
    }

    /// Mints `amount` to the token account `to`. Whatever the token program refuses fails the whole instruction.
    pub fn mint_to(&self, to: &AccountView, amount: u64) {
        let metas = [
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::writable(to.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let views = [self.mint, to, self.authority];
        self.invoke(MINT_TO_CHECKED, amount, &metas, &views);
    }

    /// Burns `amount` of the authority's own token account `from`, likewise.
    pub fn burn(&self, from: &AccountView, amount: u64) {
        let metas = [
            InstructionAccount::writable(from.address()),
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let views = [from, self.mint, self.authority];
        self.invoke(BURN_CHECKED, amount, &metas, &views);
    }

    #[inline(always)]
    fn invoke(
        &self,
        instruction: u8,
        amount: u64,
        metas: &[InstructionAccount<'_>],
        views: &[&AccountView],
    ) {
        let mut data = [self.decimals; 10];
        data[0] = instruction;
        data[1..9].copy_from_slice(&amount.to_le_bytes());
        cpi::invoke(&Token::id(), &data, metas, views, self.seeds);
    }
}
