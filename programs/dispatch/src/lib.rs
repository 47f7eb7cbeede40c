//! Anchor as it is, but for how an instruction begins and ends: its own code for that is part of each instruction, and a
//! program of thirty has it thirty times. A program that is too large for that names this crate `anchor_lang`.

#![no_std]
#![deny(clippy::arithmetic_side_effects)]

use core::mem::ManuallyDrop;

pub use anchor_lang::*;

/// Instructions of so many accounts, event's included, walk them by themselves, which saves some hundred units: as many as the
/// dao's `cast_vote` has, whose budget has no room for a call.
const WALKED_HERE: usize = 7;

/// The accounts of an instruction, and which of them are given twice.
type Walked<'a> = (&'a [AccountView], Option<&'a AccountBitvec>);

/// Runs a handler as Anchor's `run_handler` does, with the same checks in the same order. The accounts are walked by a call,
/// and stay marked as borrowed when the handler has returned: the program ends, and nobody looks.
#[inline(always)]
pub fn run_handler<'a, T: TryAccounts, R>(
    program_id: &'a Address,
    cursor: &'a mut AccountCursor,
    data: &'a [u8],
    given: usize,
    handler: impl FnOnce(&mut Context<'a, T>, T::IxArgs<'a>) -> Result<R>,
) -> Result<R> {
    let (accounts, bumps, arguments) = {
        let walk = if T::HEADER_SIZE == WALKED_HERE {
            walk_here
        } else {
            walk
        };
        let (views, duplicates) = walk(cursor, T::HEADER_SIZE, given, &T::MUT_MASK)?;
        T::validate_accounts(program_id, views, duplicates, 0, data)?
    };
    // A transaction has fewer than 256 accounts.
    let further = given.wrapping_sub(T::HEADER_SIZE) as u8;
    let mask = match further != 0 && T::HAS_DYNAMIC_MUT_MASK {
        true => MutMask::Dynamic(accounts.active_mut_mask()),
        false => MutMask::Static(&T::MUT_MASK),
    };
    let context = Context::new(program_id, accounts, bumps, cursor, further, mask);
    let mut context = ManuallyDrop::new(context);
    let result = handler(&mut context, arguments)?;
    context.accounts.exit_accounts(data)?;
    Ok(result)
}

/// Walks the first `count` accounts of those given. None of those in `mut_mask` is given twice.
#[inline(never)]
fn walk<'a>(
    cursor: &'a mut AccountCursor,
    count: usize,
    given: usize,
    mut_mask: &[u64; 4],
) -> Result<Walked<'a>> {
    walk_here(cursor, count, given, mut_mask)
}

/// As [`walk`], by no call.
#[inline(always)]
fn walk_here<'a>(
    cursor: &'a mut AccountCursor,
    count: usize,
    given: usize,
    mut_mask: &[u64; 4],
) -> Result<Walked<'a>> {
    if given < count {
        return Err(ErrorCode::AccountNotEnoughKeys.into());
    }
    // SAFETY: so many are given, and none was walked before.
    let (views, duplicates) = unsafe { cursor.walk_n(count) };
    if duplicates.is_some_and(|duplicates| duplicates.intersects(mut_mask)) {
        return Err(ErrorCode::ConstraintDuplicateMutableAccount.into());
    }
    Ok((views, duplicates))
}
