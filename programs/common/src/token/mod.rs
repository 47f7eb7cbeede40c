//! Tokens: which mints are clean, which token accounts can be paid, and how money moves.
//!
//! Both token programs are served. Accounts are read at their offsets, since Anchor's wrappers load them at several
//! times the cost and know no extension.

mod account;
mod extension;
mod mint;
mod supply;
mod transfer;

pub use {
    account::{
        ASSOCIATED_TOKEN_PROGRAM, Holding, TOKEN_ACCOUNT_LEN, VAULT_SEED, balance, create_at_pda,
        create_vault, holding, is_associated, names_mint, names_owner, payable,
    },
    mint::{CleanMint, clean_mint},
    supply::Supply,
    transfer::{Deposit, MAX_TRANSFERS, Transfer, Vault, withdraw_excess},
};

use anchor_lang::{
    Address, Id, address_eq,
    programs::{Token, Token2022},
};

/// A multisig of Token-2022 is told from an extended mint or account by its length alone.
const MULTISIG_LEN: usize = 355;

/// Whether `program` is SPL Token, whose `batch` does several transfers in one call.
pub fn is_classic(program: &Address) -> bool {
    address_eq(program, &Token::id())
}

/// Whether `program` is one of the two token programs.
pub fn is_token_program(program: &Address) -> bool {
    is_classic(program) || address_eq(program, &Token2022::id())
}
