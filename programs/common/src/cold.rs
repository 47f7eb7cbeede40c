//! Accounts of instructions that seldom run.

use core::{
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
};

use alloc::vec::Vec;

use anchor_lang::{AccountView, AnchorAccount, IdlAccountType, prelude::ProgramError};

/// An account that is loaded and checked as `A` is, by a call: one copy of that for all instructions of a program, where
/// each has its own of a plain `A`. Its bytes cost rent for ever.
///
/// It stays marked as borrowed when the instruction has ended: nobody looks then.
pub struct Cold<A>(ManuallyDrop<A>);

impl<A: AnchorAccount> AnchorAccount for Cold<A> {
    type Data = A;
    const IS_SIGNER: bool = A::IS_SIGNER;
    const MIN_DATA_LEN: usize = A::MIN_DATA_LEN;
    const RELAX_READONLY_CPI_BORROW_FROM_MUT: bool = A::RELAX_READONLY_CPI_BORROW_FROM_MUT;

    #[inline(never)]
    fn load(view: AccountView) -> Result<Self, ProgramError> {
        A::load(view).map(|account| Self(ManuallyDrop::new(account)))
    }

    #[inline(never)]
    unsafe fn load_mut(view: AccountView) -> Result<Self, ProgramError> {
        // SAFETY: the caller's promise is the same.
        let account = unsafe { A::load_mut(view) }?;
        Ok(Self(ManuallyDrop::new(account)))
    }

    fn account(&self) -> &AccountView {
        self.0.account()
    }

    fn exit(&mut self) -> Result<(), ProgramError> {
        self.0.exit()
    }
}

impl<A> Deref for Cold<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

impl<A> DerefMut for Cold<A> {
    fn deref_mut(&mut self) -> &mut A {
        &mut self.0
    }
}

/// Interface descriptions tell no difference.
impl<A: IdlAccountType> IdlAccountType for Cold<A> {
    const __IDL_ACCOUNT_ENTRY: Option<&'static str> = A::__IDL_ACCOUNT_ENTRY;
    const __IDL_TYPE_DEF: Option<&'static str> = A::__IDL_TYPE_DEF;

    fn __idl_account_entry() -> Option<&'static str> {
        A::__idl_account_entry()
    }

    fn __idl_type_def() -> Option<&'static str> {
        A::__idl_type_def()
    }

    fn __register_idl_deps(accounts: &mut Vec<&'static str>, types: &mut Vec<&'static str>) {
        A::__register_idl_deps(accounts, types);
    }
}
