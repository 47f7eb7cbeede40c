use core::mem::MaybeUninit;

use anchor_lang::{AccountView, Address, Result, cpi::InstructionAccount, prelude::ProgramError};

use super::is_classic;
use crate::cpi::{self, MAX_ACCOUNTS};

/// Most transfers of one [`Vault::pay_out`].
pub const MAX_TRANSFERS: usize = 6;

const TRANSFER: u8 = 3;
const TRANSFER_CHECKED: u8 = 12;
const CLOSE_ACCOUNT: u8 = 9;
const WITHDRAW_EXCESS_LAMPORTS: u8 = 38;
pub(super) const BATCH: u8 = 255;

pub(super) const TRANSFER_LEN: usize = 10;
/// In a batch each call is preceded by the number of its accounts and the length of its data.
const HEADER_LEN: usize = 2;
const TRANSFER_ACCOUNTS: usize = 4;
const CLOSE_ACCOUNTS: usize = 3;
/// Bytes of a batch's transfer, of its closing, and of the longest batch.
const TRANSFER_PART: usize = HEADER_LEN + TRANSFER_LEN;
const CLOSE_PART: usize = HEADER_LEN + 1;
const MAX_DATA: usize = 1 + MAX_TRANSFERS * TRANSFER_PART + CLOSE_PART;
const MAX_METAS: usize = MAX_TRANSFERS * TRANSFER_ACCOUNTS + CLOSE_ACCOUNTS;
/// Source, mint and authority: accounts of every transfer, the others one each.
const COMMON_ACCOUNTS: usize = 3;
const _: () = assert!(COMMON_ACCOUNTS + MAX_TRANSFERS < MAX_ACCOUNTS);

/// A token account that a PDA of the calling program owns, with what its calls need.
#[derive(Clone, Copy)]
pub struct Vault<'a> {
    pub token_program: &'a Address,
    pub account: &'a AccountView,
    pub mint: &'a AccountView,
    pub decimals: u8,
    /// The PDA, and the seeds that it signs with, its bump last.
    pub authority: &'a AccountView,
    pub seeds: &'a [&'a [u8]],
}

/// Base units for a token account.
#[derive(Clone, Copy)]
pub struct Transfer<'a> {
    pub to: &'a AccountView,
    pub amount: u64,
}

impl<'a> Vault<'a> {
    /// Makes all transfers, amounts of zero left out, and then, given `close_to`, closes the account, whose lamports
    /// go there. SPL Token does it in one call; Token-2022, which has no `batch`, in one each.
    ///
    /// Whatever the token program refuses fails the whole instruction. More than [`MAX_TRANSFERS`] is
    /// `InvalidArgument`.
    pub fn pay_out(
        &self,
        transfers: &[Transfer<'a>],
        close_to: Option<&'a AccountView>,
    ) -> Result<()> {
        // not mutated: every caller names its transfers in an array, of six at most
        if transfers.len() > MAX_TRANSFERS {
            return Err(ProgramError::InvalidArgument);
        }
        let due = || transfers.iter().filter(|transfer| transfer.amount > 0);
        let calls = due()
            .count()
            .saturating_add(usize::from(close_to.is_some()));
        if calls > 1 && is_classic(self.token_program) {
            self.batch(due(), close_to);
            return Ok(());
        }
        for transfer in due() {
            let deposit = Deposit {
                from: self.account,
                authority: self.authority,
                amount: transfer.amount,
                decimals: self.decimals,
                seeds: self.seeds,
            };
            deposit.transfer(self.token_program, self.mint, transfer.to);
        }
        if let Some(to) = close_to {
            let views = [self.account, to, self.authority];
            self.invoke(&[CLOSE_ACCOUNT], &self.close_metas(to), &views);
        }
        Ok(())
    }

    /// All of it in one call of SPL Token, built on the stack.
    // Lengths are bounded by the constants above, which `pay_out` keeps to; every slice is checked all the same.
    #[allow(clippy::arithmetic_side_effects)]
    #[inline(always)]
    fn batch<'t>(
        &self,
        transfers: impl Iterator<Item = &'t Transfer<'a>>,
        close_to: Option<&'a AccountView>,
    ) where
        'a: 't,
    {
        let mut data = [BATCH; MAX_DATA];
        let mut metas = [const { MaybeUninit::<InstructionAccount<'_>>::uninit() }; MAX_METAS];
        let mut views = [self.account; MAX_ACCOUNTS];
        (views[1], views[2]) = (self.mint, self.authority);
        let parts = data[1..].as_chunks_mut::<TRANSFER_PART>().0.iter_mut();
        let parts = parts.zip(metas.as_chunks_mut::<TRANSFER_ACCOUNTS>().0);
        let (mut data_len, mut metas_len, mut views_len) = (1, 0, COMMON_ACCOUNTS);
        for (transfer, ((part, metas), view)) in
            transfers.zip(parts.zip(&mut views[COMMON_ACCOUNTS..]))
        {
            part[..3].copy_from_slice(&[
                TRANSFER_ACCOUNTS as u8,
                TRANSFER_LEN as u8,
                TRANSFER_CHECKED,
            ]);
            part[3..11].copy_from_slice(&transfer.amount.to_le_bytes());
            part[11] = self.decimals;
            metas[0].write(InstructionAccount::writable(self.account.address()));
            metas[1].write(InstructionAccount::readonly(self.mint.address()));
            metas[2].write(InstructionAccount::writable(transfer.to.address()));
            metas[3].write(InstructionAccount::readonly_signer(
                self.authority.address(),
            ));
            *view = transfer.to;
            data_len += TRANSFER_PART;
            metas_len += TRANSFER_ACCOUNTS;
            views_len += 1;
        }
        if let Some(to) = close_to {
            data[data_len..data_len + CLOSE_PART].copy_from_slice(&[
                CLOSE_ACCOUNTS as u8,
                1,
                CLOSE_ACCOUNT,
            ]);
            for (slot, meta) in metas[metas_len..].iter_mut().zip(self.close_metas(to)) {
                slot.write(meta);
            }
            views[views_len] = to;
            data_len += CLOSE_PART;
            metas_len += CLOSE_ACCOUNTS;
            views_len += 1;
        }
        // SAFETY: the first `metas_len` elements are written.
        let metas = unsafe { core::slice::from_raw_parts(metas.as_ptr().cast(), metas_len) };
        self.invoke(&data[..data_len], metas, &views[..views_len]);
    }

    #[inline(always)]
    fn close_metas<'v>(&'v self, to: &'v AccountView) -> [InstructionAccount<'v>; CLOSE_ACCOUNTS] {
        [
            InstructionAccount::writable(self.account.address()),
            InstructionAccount::writable(to.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ]
    }

    #[inline(always)]
    fn invoke(&self, data: &[u8], metas: &[InstructionAccount<'_>], views: &[&AccountView]) {
        cpi::invoke(self.token_program, data, metas, views, self.seeds);
    }
}

/// Sends the lamports that the token account `from` holds above its rent to `to`. The PDA of `seeds`, `authority`, owns
/// it. Whatever the token program refuses fails the whole instruction.
pub fn withdraw_excess(
    token_program: &Address,
    from: &AccountView,
    to: &AccountView,
    authority: &AccountView,
    seeds: &[&[u8]],
) {
    cpi::invoke(
        token_program,
        &[WITHDRAW_EXCESS_LAMPORTS],
        &[
            InstructionAccount::writable(from.address()),
            InstructionAccount::writable(to.address()),
            InstructionAccount::readonly_signer(authority.address()),
        ],
        &[from, to, authority],
        seeds,
    );
}

/// Base units that leave a token account with the signature of `authority`: the transaction carries it, or it is the PDA
/// of `seeds`.
#[derive(Clone, Copy)]
pub struct Deposit<'a> {
    pub from: &'a AccountView,
    pub authority: &'a AccountView,
    pub amount: u64,
    /// Of the mint.
    pub decimals: u8,
    /// What a PDA signs with, its bump last; empty where the transaction carries the signature.
    pub seeds: &'a [&'a [u8]],
}

impl Deposit<'_> {
    pub(super) fn data(&self) -> [u8; TRANSFER_LEN] {
        let mut data = [TRANSFER_CHECKED; TRANSFER_LEN];
        data[1..9].copy_from_slice(&self.amount.to_le_bytes());
        data[9] = self.decimals;
        data
    }

    /// As [`Self::transfer`] for SPL Token, which needs no mint.
    pub fn transfer_plain(&self, token_program: &Address, to: &AccountView) {
        let mut data = [TRANSFER; 9];
        data[1..].copy_from_slice(&self.amount.to_le_bytes());
        cpi::invoke(
            token_program,
            &data,
            &[
                InstructionAccount::writable(self.from.address()),
                InstructionAccount::writable(to.address()),
                InstructionAccount::readonly_signer(self.authority.address()),
            ],
            &[self.from, to, self.authority],
            self.seeds,
        );
    }

    /// Moves it to the token account `to`, of the mint. Whatever the token program refuses fails the whole instruction.
    ///
    /// SPL Token is not asked to compare the mint once more: it moves nothing between accounts of different mints, and
    /// the caller knows that of `to`.
    pub fn transfer(&self, token_program: &Address, mint: &AccountView, to: &AccountView) {
        if is_classic(token_program) {
            self.transfer_plain(token_program, to);
            return;
        }
        cpi::invoke(
            token_program,
            &self.data(),
            &[
                InstructionAccount::writable(self.from.address()),
                InstructionAccount::readonly(mint.address()),
                InstructionAccount::writable(to.address()),
                InstructionAccount::readonly_signer(self.authority.address()),
            ],
            &[self.from, mint, to, self.authority],
            self.seeds,
        );
    }
}
