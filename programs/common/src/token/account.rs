use anchor_lang::{AccountView, Address, Result, address_eq, cpi::InstructionAccount};

use super::extension::{Extensions, KIND_ACCOUNT, KIND_AT, MEMO_TRANSFER};
use super::{
    MULTISIG_LEN, is_classic,
    transfer::{BATCH, Deposit, TRANSFER_LEN},
};
use crate::{
    cpi,
    pda::{Found, Payer},
};

/// Bytes of a token account without extensions. Those of clean mints need none.
pub const TOKEN_ACCOUNT_LEN: usize = 165;

/// The program that makes associated token accounts.
pub const ASSOCIATED_TOKEN_PROGRAM: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

const INITIALIZED: u8 = 1;
const FROZEN: u8 = 2;
const INITIALIZE_ACCOUNT_3: u8 = 18;

/// A token account as either token program stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenAccount {
    pub mint: Address,
    pub owner: Address,
    pub amount: u64,
    pub frozen: bool,
    /// Transfers to it need a memo (Token-2022).
    pub demands_memo: bool,
}

impl TokenAccount {
    /// Reads a token account of `token_program`; `None` for anything else, an uninitialized one included.
    pub fn read(view: &AccountView, token_program: &Address) -> Option<Self> {
        if !view.owned_by(token_program) {
            return None;
        }
        Self::parse(&view.try_borrow().ok()?, is_classic(token_program))
    }

    fn parse(data: &[u8], classic: bool) -> Option<Self> {
        let extended = data.len() != TOKEN_ACCOUNT_LEN;
        if extended
            && (classic || data.len() == MULTISIG_LEN || data.get(KIND_AT) != Some(&KIND_ACCOUNT))
        {
            return None;
        }
        let state = *data.get(108)?;
        if state != INITIALIZED && state != FROZEN {
            return None;
        }
        let demands_memo = extended
            && Extensions::new(data).any(|record| match record {
                Some((MEMO_TRANSFER, value)) => value != [0],
                Some(_) => false,
                None => true,
            });
        Some(Self {
            mint: Address::new_from_array(*data.get(..32)?.first_chunk()?),
            owner: Address::new_from_array(*data.get(32..64)?.first_chunk()?),
            amount: u64::from_le_bytes(*data.get(64..72)?.first_chunk()?),
            frozen: state == FROZEN,
            demands_memo,
        })
    }
}

/// Base units in a token account whose identity the caller has checked.
pub fn balance(view: &AccountView) -> Option<u64> {
    let data = view.try_borrow().ok()?;
    Some(u64::from_le_bytes(*data.get(64..72)?.first_chunk()?))
}

/// Whether money for the wallet `owner` may go to `view`: its token account of the mint, initialized, not frozen, no
/// memo demanded. What its owner lets others do with it is its own affair.
pub fn payable(
    view: &AccountView,
    mint: &Address,
    owner: &Address,
    token_program: &Address,
) -> bool {
    TokenAccount::read(view, token_program).is_some_and(|account| {
        address_eq(&account.mint, mint)
            && address_eq(&account.owner, owner)
            && !account.frozen
            && !account.demands_memo
    })
}

/// Whether `view` is at the address of the wallet `owner`'s associated token account, the one that everybody knows;
/// nothing is said of what is there.
///
/// Not inlined: a search for the canonical bump.
#[inline(never)]
pub fn is_associated(
    view: &AccountView,
    mint: &Address,
    owner: &Address,
    token_program: &Address,
) -> bool {
    let seeds: [&[u8]; 3] = [owner.as_ref(), token_program.as_ref(), mint.as_ref()];
    Found::search(&seeds, &ASSOCIATED_TOKEN_PROGRAM, view.address()).is_ok()
}

/// Whether `view` is an account of `token_program` whose first bytes name `owner` as a token account's do. Enough where
/// that program is called with it next and checks the rest.
pub fn names_owner(view: &AccountView, owner: &Address, token_program: &Address) -> bool {
    view.owned_by(token_program)
        && view
            .try_borrow()
            .is_ok_and(|data| data.get(32..64) == Some(owner.as_ref()))
}

/// Makes a token account of a clean mint at `program`'s address of `seeds`, owned by `owner`, and returns the bump.
///
/// Fails as [`Payer::create`] does, and as the token program does for what is not its mint.
pub fn create_at_pda(
    payer: &Payer,
    target: &AccountView,
    mint: &AccountView,
    owner: &Address,
    token_program: &Address,
    program: &Address,
    seeds: &[&[u8]],
) -> Result<u8> {
    let bump = payer.create(target, TOKEN_ACCOUNT_LEN, token_program, program, seeds)?;
    let mut data = [INITIALIZE_ACCOUNT_3; 33];
    data[1..].copy_from_slice(owner.as_ref());
    cpi::invoke(
        token_program,
        &data,
        &[
            InstructionAccount::writable(target.address()),
            InstructionAccount::readonly(mint.address()),
        ],
        &[target, mint],
        &[],
    );
    Ok(bump)
}

/// As [`create_at_pda`], and moves `deposit` into it. SPL Token does both in one call, Token-2022 in one each.
///
/// Fails also as the token program does where the deposit cannot be moved.
#[allow(clippy::too_many_arguments)]
pub fn create_with_deposit(
    payer: &Payer,
    target: &AccountView,
    mint: &AccountView,
    owner: &Address,
    token_program: &Address,
    program: &Address,
    seeds: &[&[u8]],
    deposit: &Deposit<'_>,
) -> Result<u8> {
    if !is_classic(token_program) {
        let bump = create_at_pda(payer, target, mint, owner, token_program, program, seeds)?;
        deposit.transfer(token_program, mint, target);
        return Ok(bump);
    }
    let bump = payer.create(target, TOKEN_ACCOUNT_LEN, token_program, program, seeds)?;
    // In a batch each call is preceded by the number of its accounts and the length of its data.
    let mut data = [0; 48];
    data[..4].copy_from_slice(&[BATCH, 2, 33, INITIALIZE_ACCOUNT_3]);
    data[4..36].copy_from_slice(owner.as_ref());
    data[36..38].copy_from_slice(&[4, TRANSFER_LEN as u8]);
    data[38..].copy_from_slice(&deposit.data());
    cpi::invoke(
        token_program,
        &data,
        &[
            InstructionAccount::writable(target.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::writable(deposit.from.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::writable(target.address()),
            InstructionAccount::readonly_signer(deposit.authority.address()),
        ],
        &[target, mint, deposit.from, deposit.authority],
        deposit.seeds,
    );
    Ok(bump)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    fn account(extensions: &[u8]) -> Vec<u8> {
        let mut data = vec![0u8; 165];
        data[..32].fill(1);
        data[32..64].fill(2);
        data[64] = 42;
        data[108] = INITIALIZED;
        if !extensions.is_empty() {
            data.push(KIND_ACCOUNT);
            data.extend_from_slice(extensions);
        }
        data
    }

    #[test]
    fn a_plain_account_is_read() {
        let read = TokenAccount::parse(&account(&[]), true).unwrap();
        assert_eq!(
            (read.amount, read.owner),
            (42, Address::new_from_array([2; 32]))
        );
        assert!(!read.frozen && !read.demands_memo);
    }

    #[test]
    fn p49_a_demanded_memo_is_seen_behind_other_extensions() {
        let demanded = account(&[7, 0, 0, 0, 8, 0, 1, 0, 1]);
        assert!(TokenAccount::parse(&demanded, false).unwrap().demands_memo);
        let switched_off = account(&[7, 0, 0, 0, 8, 0, 1, 0, 0]);
        assert!(
            !TokenAccount::parse(&switched_off, false)
                .unwrap()
                .demands_memo
        );
        assert_eq!(TokenAccount::parse(&demanded, true), None);
    }

    #[test]
    fn p9_other_accounts_of_the_token_programs_are_not_token_accounts() {
        assert_eq!(TokenAccount::parse(&[0; 82], true), None);
        assert_eq!(TokenAccount::parse(&[0; 165], true), None);
        let mut multisig = account(&[0; 189]);
        assert_eq!(multisig.len(), MULTISIG_LEN);
        assert_eq!(TokenAccount::parse(&multisig, false), None);
        multisig[KIND_AT] = super::super::extension::KIND_MINT;
        multisig.push(0);
        assert_eq!(TokenAccount::parse(&multisig, false), None);
    }
}
