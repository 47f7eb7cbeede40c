//! Calls of other programs.

use core::mem::MaybeUninit;

use anchor_lang::{
    AccountView, Address,
    cpi::InstructionAccount,
    pinocchio::{
        cpi::{self, CpiAccount, Seed, Signer},
        instruction::InstructionView,
    },
};

/// Most accounts of one call.
pub const MAX_ACCOUNTS: usize = 11;
/// Most seeds that one PDA signs with, its bump included.
pub const MAX_SEEDS: usize = 6;

/// Calls `program`; `views` are the accounts that `metas` names, each once, and `seeds`, unless empty, those of the PDA
/// that signs besides the transaction's signers. Whatever the callee refuses fails the whole transaction.
///
/// Everything is on the stack: about 1,000 compute units, of which 946 are the network's own price. Nothing is checked
/// of borrows: the caller holds no reference into data that the callee may change.
#[inline(always)]
pub fn invoke(
    program: &Address,
    data: &[u8],
    metas: &[InstructionAccount<'_>],
    views: &[&AccountView],
    seeds: &[&[u8]],
) {
    let mut infos = [const { MaybeUninit::<CpiAccount<'_>>::uninit() }; MAX_ACCOUNTS];
    for (info, view) in infos.iter_mut().zip(views) {
        CpiAccount::init_from_account_view(view, info);
    }
    let count = views.len().min(MAX_ACCOUNTS);
    const {
        assert!(size_of::<&[u8]>() == size_of::<Seed<'_>>());
        assert!(align_of::<&[u8]>() == align_of::<Seed<'_>>());
    }
    // SAFETY: that many elements were written above. A seed is a pointer and a length, as a slice is (the framework
    // relies on it too). The callee changes lamports, and data of accounts of its own, of which no reference is held.
    unsafe {
        let infos = core::slice::from_raw_parts(infos.as_ptr().cast(), count);
        let signer = [Signer::from(core::slice::from_raw_parts(
            seeds.as_ptr().cast::<Seed<'_>>(),
            seeds.len(),
        ))];
        let signers: &[Signer<'_, '_>] = if seeds.is_empty() { &[] } else { &signer };
        cpi::invoke_signed_unchecked(
            &InstructionView {
                program_id: program,
                accounts: metas,
                data,
            },
            infos,
            signers,
        );
    }
}
