//! Making accounts at program addresses.

use anchor_lang::{
    AccountView, Address, AnchorAccount, CpiHandle, Discriminator, ErrorCode, Id, Owner, Result,
    accounts::{Account, SlabInit, SlabSchema},
    bytemuck::{Pod, Zeroable},
    cpi::{InstructionAccount, rent_exempt_lamports},
    create_account_signed, find_and_verify_program_address,
    programs::System,
    unchecked_invoke_signed_fixed,
};

/// Most seeds of an address here, its bump included.
pub const MAX_SEEDS: usize = 6;

/// Makes an account of `space` zero bytes, owned by `owner`, at `program`'s address of `seeds`, and returns the bump.
///
/// The bump is searched from 255 down, so only the canonical address is ever taken. Lamports that somebody sent to
/// the address beforehand count towards the rent and do not block it. Fails with `ConstraintSeeds` where `target` is
/// another address, and with the system program's error 0 where the account exists.
pub fn create(
    payer: &AccountView,
    target: &AccountView,
    space: usize,
    owner: &Address,
    program: &Address,
    seeds: &[&[u8]],
) -> Result<u8> {
    let (bump, ()) = with_signer(target, program, seeds, |signer| {
        create_account(payer, target, space, owner, signer)
    })?;
    Ok(bump)
}

/// Makes a zeroed account of type `T` at the calling program's address of `seeds`; returns it and its bump.
///
/// Fails as [`create`] does.
pub fn init<T>(payer: &AccountView, target: &AccountView, seeds: &[&[u8]]) -> Result<(Account<T>, u8)>
where
    T: Owner + Discriminator + Pod + Zeroable + SlabSchema + for<'a> SlabInit<Params<'a> = ()>,
{
    let (bump, account) = with_signer(target, &T::OWNER, seeds, |signer| {
        create_account(payer, target, T::MIN_DATA_LEN, &T::OWNER, signer)?;
        let mut view = *target;
        view.try_borrow_mut()?[..T::DISCRIMINATOR.len()].copy_from_slice(T::DISCRIMINATOR);
        // SAFETY: the account was made just now; nothing else refers to its data.
        unsafe { Account::<T>::load_mut_after_init(*target) }
    })?;
    Ok((account, bump))
}

/// As the framework's, but with the usual case, an address without lamports, on the stack.
#[inline(always)]
fn create_account(
    payer: &AccountView,
    target: &AccountView,
    space: usize,
    owner: &Address,
    signer: &[&[u8]],
) -> Result<()> {
    if target.lamports() > 0 {
        return create_account_signed(payer, target, space, owner, signer);
    }
    let mut data = [0; 52];
    data[4..12].copy_from_slice(&rent_exempt_lamports(space)?.to_le_bytes());
    data[12..20].copy_from_slice(&(space as u64).to_le_bytes());
    data[20..].copy_from_slice(owner.as_ref());
    let (mut payer_writable, mut target_writable) = (*payer, *target);
    unchecked_invoke_signed_fixed(
        &System::id(),
        &data,
        &[
            InstructionAccount::writable_signer(payer.address()),
            InstructionAccount::writable_signer(target.address()),
        ],
        &[CpiHandle::writable(&mut payer_writable), CpiHandle::writable(&mut target_writable)],
        &[signer],
    );
    Ok(())
}

#[inline(always)]
fn with_signer<R>(
    target: &AccountView,
    program: &Address,
    seeds: &[&[u8]],
    make: impl FnOnce(&[&[u8]]) -> Result<R>,
) -> Result<(u8, R)> {
    let bump = find_and_verify_program_address(seeds, program, target.address())
        .map_err(|_| ErrorCode::ConstraintSeeds)?;
    let bump_seed = [bump];
    let mut signer: [&[u8]; MAX_SEEDS] = [&[]; MAX_SEEDS];
    let length = seeds.len().saturating_add(1);
    let Some((last, head)) = signer.get_mut(..length).and_then(|signer| signer.split_last_mut()) else {
        return Err(ErrorCode::ConstraintSeeds.into());
    };
    head.copy_from_slice(seeds);
    *last = &bump_seed;
    Ok((bump, make(&signer[..length])?))
}
