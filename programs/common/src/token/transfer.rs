use core::mem::MaybeUninit;

use anchor_lang::{AccountView, Address, Result, cpi::InstructionAccount, prelude::ProgramError};

use super::is_classic;
use crate::cpi::{self, MAX_ACCOUNTS};

/// Most transfers of one [`Vault::pay_out`].
pub const MAX_TRANSFERS: usize = 4;

const TRANSFER_CHECKED: u8 = 12;
const CLOSE_ACCOUNT: u8 = 9;
const WITHDRAW_EXCESS_LAMPORTS: u8 = 38;
pub(super) const BATCH: u8 = 255;

pub(super) const TRANSFER_LEN: usize = 10;
/// In a batch each call is preceded by the number of its accounts and the length of its data.
const HEADER_LEN: usize = 2;
const TRANSFER_ACCOUNTS: usize = 4;
const CLOSE_ACCOUNTS: usize = 3;
const MAX_DATA: usize = 1 + MAX_TRANSFERS * (HEADER_LEN + TRANSFER_LEN) + HEADER_LEN + 1;
const MAX_METAS: usize = MAX_TRANSFERS * TRANSFER_ACCOUNTS + CLOSE_ACCOUNTS;
// Source, mint, authority, each destination, and the one that takes the rent.
const _: () = assert!(3 + MAX_TRANSFERS < MAX_ACCOUNTS);

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
        if transfers.len() > MAX_TRANSFERS {
            return Err(ProgramError::InvalidArgument);
        }
        let due = || transfers.iter().filter(|transfer| transfer.amount > 0);
        let calls = due()
            .count()
            .saturating_add(usize::from(close_to.is_some()));
        if calls > 1 && is_classic(self.token_program) {
            let mut batch = Call::new(self);
            batch.byte(BATCH);
            for transfer in due() {
                batch.header(TRANSFER_ACCOUNTS, TRANSFER_LEN);
                batch.transfer(transfer);
            }
            if let Some(to) = close_to {
                batch.header(CLOSE_ACCOUNTS, 1);
                batch.close(to);
            }
            batch.invoke();
            return Ok(());
        }
        for transfer in due() {
            let mut call = Call::new(self);
            call.transfer(transfer);
            call.invoke();
        }
        if let Some(to) = close_to {
            let mut call = Call::new(self);
            call.close(to);
            call.invoke();
        }
        Ok(())
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

/// One call of the token program, built on the stack.
struct Call<'a, 'v> {
    vault: &'v Vault<'a>,
    data: [u8; MAX_DATA],
    data_len: usize,
    metas: [MaybeUninit<InstructionAccount<'a>>; MAX_METAS],
    metas_len: usize,
    views: [&'a AccountView; MAX_ACCOUNTS],
    views_len: usize,
}

// Lengths are bounded by the constants above, which `pay_out` keeps to; every index is checked all the same.
#[allow(clippy::arithmetic_side_effects)]
impl<'a, 'v> Call<'a, 'v> {
    #[inline(always)]
    fn new(vault: &'v Vault<'a>) -> Self {
        let mut views = [vault.account; MAX_ACCOUNTS];
        (views[1], views[2]) = (vault.mint, vault.authority);
        Self {
            vault,
            data: [0; MAX_DATA],
            data_len: 0,
            metas: [const { MaybeUninit::uninit() }; MAX_METAS],
            metas_len: 0,
            views,
            views_len: 3,
        }
    }

    #[inline(always)]
    fn byte(&mut self, byte: u8) {
        self.data[self.data_len] = byte;
        self.data_len += 1;
    }

    #[inline(always)]
    fn header(&mut self, accounts: usize, length: usize) {
        self.byte(accounts as u8);
        self.byte(length as u8);
    }

    #[inline(always)]
    fn meta(&mut self, meta: InstructionAccount<'a>) {
        self.metas[self.metas_len].write(meta);
        self.metas_len += 1;
    }

    #[inline(always)]
    fn view(&mut self, view: &'a AccountView) {
        self.views[self.views_len] = view;
        self.views_len += 1;
    }

    #[inline(always)]
    fn transfer(&mut self, transfer: &Transfer<'a>) {
        self.byte(TRANSFER_CHECKED);
        self.data[self.data_len..self.data_len + 8].copy_from_slice(&transfer.amount.to_le_bytes());
        self.data_len += 8;
        self.byte(self.vault.decimals);
        self.meta(InstructionAccount::writable(self.vault.account.address()));
        self.meta(InstructionAccount::readonly(self.vault.mint.address()));
        self.meta(InstructionAccount::writable(transfer.to.address()));
        self.meta(InstructionAccount::readonly_signer(
            self.vault.authority.address(),
        ));
        self.view(transfer.to);
    }

    #[inline(always)]
    fn close(&mut self, to: &'a AccountView) {
        self.byte(CLOSE_ACCOUNT);
        self.meta(InstructionAccount::writable(self.vault.account.address()));
        self.meta(InstructionAccount::writable(to.address()));
        self.meta(InstructionAccount::readonly_signer(
            self.vault.authority.address(),
        ));
        self.view(to);
    }

    #[inline(always)]
    fn invoke(&self) {
        // SAFETY: the first `metas_len` elements are written.
        let metas =
            unsafe { core::slice::from_raw_parts(self.metas.as_ptr().cast(), self.metas_len) };
        cpi::invoke(
            self.vault.token_program,
            &self.data[..self.data_len],
            metas,
            &self.views[..self.views_len],
            self.vault.seeds,
        );
    }
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

    /// Moves it to the token account `to`. Whatever the token program refuses fails the whole instruction.
    pub fn transfer(&self, token_program: &Address, mint: &AccountView, to: &AccountView) {
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
