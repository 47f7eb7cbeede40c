use anchor_lang::{
    AccountView, Address, Result, address_eq,
    bytemuck::{self, Pod, Zeroable},
    cpi::InstructionAccount,
};

use super::extension::{Extensions, KIND_ACCOUNT, KIND_AT, MEMO_TRANSFER};
use super::{
    MULTISIG_LEN, is_classic, is_token_program,
    transfer::{BATCH, Deposit, TRANSFER_LEN},
};
use crate::{
    cpi,
    pda::{self, Payer},
};

/// Bytes of a token account without extensions. Those of clean mints need none.
pub const TOKEN_ACCOUNT_LEN: usize = 165;

/// The program that makes associated token accounts.
pub const ASSOCIATED_TOKEN_PROGRAM: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// Of [`create_vault`]: the system program derives a vault's address of its owner, this, and its token program, so that
/// a PDA has one vault in each token program. Unlike a PDA it takes no search.
pub const VAULT_SEED: &[u8; 5] = b"vault";

const INITIALIZED: u8 = 1;
const FROZEN: u8 = 2;
const INITIALIZE_ACCOUNT_3: u8 = 18;

/// What either token program stores of a token account before its extensions.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Fields {
    mint: Address,
    owner: Address,
    amount: [u8; 8],
    delegate: [u8; 36],
    state: u8,
    rest: [u8; 56],
}

impl Fields {
    /// Of a token account's data, and whether transfers to it need a memo (Token-2022); `None` for anything else, an
    /// uninitialized one included.
    #[inline(always)]
    fn read(data: &[u8], classic: bool) -> Option<(&Self, bool)> {
        let extended = data.len() != TOKEN_ACCOUNT_LEN;
        if extended
            && (classic || data.len() == MULTISIG_LEN || data.get(KIND_AT) != Some(&KIND_ACCOUNT))
        {
            return None;
        }
        let fields: &Self = bytemuck::from_bytes(data.get(..TOKEN_ACCOUNT_LEN)?);
        if fields.state != INITIALIZED && fields.state != FROZEN {
            return None;
        }
        let demands_memo = extended
            && Extensions::new(data).any(|record| match record {
                Some((MEMO_TRANSFER, value)) => value != [0],
                Some(_) => false,
                None => true,
            });
        Some((fields, demands_memo))
    }
}

/// What a token account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    pub amount: u64,
    pub frozen: bool,
}

/// What a token account of `token_program` holds; `None` for anything else, an uninitialized one included.
#[inline(never)]
pub fn holding(view: &AccountView, token_program: &Address) -> Option<Holding> {
    if !view.owned_by(token_program) {
        return None;
    }
    let data = view.try_borrow().ok()?;
    let (fields, _) = Fields::read(&data, is_classic(token_program))?;
    Some(Holding {
        amount: u64::from_le_bytes(fields.amount),
        frozen: fields.state == FROZEN,
    })
}

/// Base units in a token account whose identity the caller has checked.
pub fn balance(view: &AccountView) -> Option<u64> {
    let data = view.try_borrow().ok()?;
    Some(u64::from_le_bytes(*data.get(64..72)?.first_chunk()?))
}

/// Whether money for the wallet `owner` may go to `view`: its token account of the mint, initialized, not frozen, no
/// memo demanded. What its owner lets others do with it is its own affair.
#[inline(never)]
pub fn payable(
    view: &AccountView,
    mint: &Address,
    owner: &Address,
    token_program: &Address,
) -> bool {
    view.owned_by(token_program)
        && view
            .try_borrow()
            .is_ok_and(|data| takes(&data, mint, owner, is_classic(token_program)))
}

#[inline(always)]
fn takes(data: &[u8], mint: &Address, owner: &Address, classic: bool) -> bool {
    Fields::read(data, classic).is_some_and(|(fields, demands_memo)| {
        address_eq(&fields.mint, mint)
            && address_eq(&fields.owner, owner)
            && fields.state != FROZEN
            && !demands_memo
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
    let address = view.address();
    // A token program's account was signed for when it was made.
    if view.owned_by(token_program) {
        return pda::is_made_at(address, &seeds, &ASSOCIATED_TOKEN_PROGRAM);
    }
    pda::is_at(address, &seeds, &ASSOCIATED_TOKEN_PROGRAM)
}

/// Whether `view` is an account of a token program that begins as a token account of `mint` does.
pub fn names_mint(view: &AccountView, mint: &Address) -> bool {
    // not mutated: where a vault is or was nobody but a token program owns an account with data
    is_token_program(view.owner())
        && view.try_borrow().is_ok_and(|data| {
            let named = data.get(..32);
            named.is_some_and(|named| address_eq(bytemuck::from_bytes(named), mint))
        })
}

/// Whether `view` is an account of `token_program` whose first bytes name `owner` as a token account's do. Enough where
/// that program is called with it next and checks the rest.
pub fn names_owner(view: &AccountView, owner: &Address, token_program: &Address) -> bool {
    view.owned_by(token_program)
        && view.try_borrow().is_ok_and(|data| {
            let named = data.get(32..64);
            named.is_some_and(|named| address_eq(bytemuck::from_bytes(named), owner))
        })
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
    initialize(target, mint, owner, token_program);
    Ok(bump)
}

/// Makes a token account of a clean mint empty and `owner`'s, whatever the token program refuses failing the whole
/// instruction.
fn initialize(target: &AccountView, mint: &AccountView, owner: &Address, token_program: &Address) {
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
}

/// Makes the vault of a PDA, its token account at the address of [`VAULT_SEED`], and moves `deposit` into it; `seeds` are
/// what the PDA signs with, its bump last. SPL Token does both in one call, Token-2022 in one each.
///
/// Fails as [`Payer::create_with_seed`] does, and as the token program does for what is not its mint and where the deposit
/// cannot be moved.
pub fn create_vault(
    payer: &Payer,
    vault: &AccountView,
    mint: &AccountView,
    token_program: &Address,
    owner: &AccountView,
    seeds: &[&[u8]],
    deposit: &Deposit<'_>,
) -> Result<()> {
    let space = TOKEN_ACCOUNT_LEN;
    payer.create_with_seed(vault, space, token_program, owner, VAULT_SEED, seeds)?;
    if !is_classic(token_program) {
        initialize(vault, mint, owner.address(), token_program);
        deposit.transfer(token_program, mint, vault);
        return Ok(());
    }
    // In a batch each call is preceded by the number of its accounts and the length of its data.
    let mut data = [0; 48];
    data[..4].copy_from_slice(&[BATCH, 2, 33, INITIALIZE_ACCOUNT_3]);
    data[4..36].copy_from_slice(owner.address().as_ref());
    data[36..38].copy_from_slice(&[4, TRANSFER_LEN as u8]);
    data[38..].copy_from_slice(&deposit.data());
    cpi::invoke(
        token_program,
        &data,
        &[
            InstructionAccount::writable(vault.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::writable(deposit.from.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::writable(vault.address()),
            InstructionAccount::readonly_signer(deposit.authority.address()),
        ],
        &[vault, mint, deposit.from, deposit.authority],
        deposit.seeds,
    );
    Ok(())
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

    fn is_taken(data: &[u8], classic: bool) -> bool {
        let [mint, owner] = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
        // A token account of another mint or owner is never taken.
        assert!(!takes(data, &owner, &owner, classic));
        assert!(!takes(data, &mint, &mint, classic));
        takes(data, &mint, &owner, classic)
    }

    /// Bytes before an account's data, as the network lays them out.
    const HEADER: usize = 88;

    /// What a token account holds whose owner is `owner`, asked as one of `token_program`.
    fn held(owner: &Address, token_program: &Address) -> Option<Holding> {
        let data = account(&[]);
        // More than both need, so that words hold them.
        let mut words = [0u64; 64];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        // Not borrowed.
        bytes[0] = u8::MAX;
        bytes[40..72].copy_from_slice(owner.as_ref());
        bytes[80..HEADER].copy_from_slice(&data.len().to_le_bytes());
        bytes[HEADER..][..data.len()].copy_from_slice(&data);
        // SAFETY: header and data lie there as the network lays them out, for as long as the view is used.
        let view = unsafe { AccountView::new_unchecked(words.as_mut_ptr().cast()) };
        holding(&view, token_program)
    }

    #[test]
    fn p9_what_another_program_owns_holds_nothing_whatever_its_bytes_say() {
        let [program, other] = [7, 8].map(|byte| Address::new_from_array([byte; 32]));
        let holding = Holding {
            amount: 42,
            frozen: false,
        };
        assert_eq!(held(&program, &program), Some(holding));
        assert_eq!(held(&other, &program), None);
    }

    #[test]
    fn a_plain_account_is_read() {
        let mut data = account(&[]);
        let (read, demands_memo) = Fields::read(&data, true).unwrap();
        assert_eq!(u64::from_le_bytes(read.amount), 42);
        assert_eq!((read.state, demands_memo), (INITIALIZED, false));
        for classic in [true, false] {
            assert!(is_taken(&data, classic));
        }
        data[108] = FROZEN;
        assert!(!is_taken(&data, true));
        data[108] = 3;
        assert!(Fields::read(&data, true).is_none());
    }

    #[test]
    fn p49_a_demanded_memo_is_seen_behind_other_extensions() {
        let demanded = account(&[7, 0, 0, 0, 8, 0, 1, 0, 1]);
        assert!(Fields::read(&demanded, false).unwrap().1);
        assert!(!is_taken(&demanded, false));
        let switched_off = account(&[7, 0, 0, 0, 8, 0, 1, 0, 0]);
        assert!(is_taken(&switched_off, false));
        assert!(Fields::read(&demanded, true).is_none());
    }

    #[test]
    fn p9_other_accounts_of_the_token_programs_are_not_token_accounts() {
        assert!(Fields::read(&[0; 82], true).is_none());
        assert!(Fields::read(&[0; 165], true).is_none());
        let mut multisig = account(&[0; 189]);
        assert_eq!(multisig.len(), MULTISIG_LEN);
        assert!(Fields::read(&multisig, false).is_none());
        multisig[KIND_AT] = super::super::extension::KIND_MINT;
        multisig.push(0);
        assert!(Fields::read(&multisig, false).is_none());
    }
}
