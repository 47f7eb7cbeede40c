//! Making accounts at program addresses.

use core::mem::MaybeUninit;

use anchor_lang::{
    AccountView, Address, AnchorAccount, Discriminator, ErrorCode, Id, Owner, Result,
    accounts::{Account, SlabSchema},
    address_eq,
    bytemuck::{Pod, Zeroable},
    cpi::InstructionAccount,
    create_account_signed,
    pinocchio::sysvars::{Sysvar, rent::Rent},
    programs::System,
};

use crate::{
    cpi::{self, MAX_SEEDS},
    hash,
};

/// What tells the address of a PDA from others: the last of what is hashed to derive it.
pub const PDA_MARKER: &[u8] = b"ProgramDerivedAddress";

/// Longest seed of an address that the system program derives, in bytes.
const MAX_SEED: usize = 32;

// Instructions of the system program.
const TRANSFER: u8 = 2;
const CREATE_WITH_SEED: u32 = 3;
const ALLOCATE_WITH_SEED: u32 = 9;

/// An instruction of the system program, as that reads it.
#[repr(C)]
struct CreateWithSeed<const N: usize> {
    instruction: [u8; 4],
    base: Address,
    length: [u8; 8],
    seed: [u8; N],
    lamports: [u8; 8],
    space: [u8; 8],
    owner: Address,
}

/// The same for an address that has lamports.
#[repr(C)]
struct AllocateWithSeed<const N: usize> {
    instruction: [u8; 4],
    base: Address,
    length: [u8; 8],
    seed: [u8; N],
    space: [u8; 8],
    owner: Address,
}

/// The bytes of an instruction.
fn bytes_of<T>(instruction: &T) -> &[u8] {
    const { assert!(align_of::<T>() == 1) }
    // SAFETY: its fields are bytes, and of alignment 1: nothing lies between them.
    unsafe { core::slice::from_raw_parts(core::ptr::from_ref(instruction).cast(), size_of::<T>()) }
}

/// A bump as a seed.
pub fn bump_seed(bump: u8) -> &'static [u8; 1] {
    &BUMPS[usize::from(bump)]
}

/// Every bump as a seed.
static BUMPS: [[u8; 1]; 256] = {
    let mut bumps = [[0]; 256];
    let mut bump = 0usize;
    while bump < bumps.len() {
        bumps[bump] = [bump as u8];
        bump = bump.wrapping_add(1);
    }
    bumps
};

/// Whether `address` is the canonical one of `seeds` at `program`.
pub fn is_at(address: &Address, seeds: &[&[u8]], program: &Address) -> bool {
    Parts::new()
        .search(seeds, program, address, Curve::Unknown)
        .is_ok()
}

/// As [`is_at`], for the address of an account that `program` or a program that it called has made: that is no point of
/// the curve, as somebody signed for it. Costs some 160 units less.
pub fn is_made_at(address: &Address, seeds: &[&[u8]], program: &Address) -> bool {
    Parts::new()
        .search(seeds, program, address, Curve::Off)
        .is_ok()
}

/// What is hashed to derive an address: the seeds, the bump, the program, and what tells such an address from others.
struct Parts<'a>([MaybeUninit<&'a [u8]>; MAX_SEEDS + 2]);

/// What is known of an address that is searched for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Curve {
    Unknown,
    /// It is no point of the curve, or the whole instruction fails.
    Off,
}

impl<'a> Parts<'a> {
    #[inline(always)]
    fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; MAX_SEEDS + 2])
    }

    /// The canonical bump of `program`'s address of `seeds`: the first, from 255 down, that gives a point off the curve;
    /// and what the PDA signs with, the seeds and that bump.
    ///
    /// Fails with `ConstraintSeeds` where that is not `expected`, which it compares up to that first point. A seed is
    /// at most 32 bytes long, and with the bump there are at most [`MAX_SEEDS`].
    ///
    /// As the framework's search, which does not give the seeds back for the signature that follows.
    #[inline(always)]
    fn search<'s>(
        &'s mut self,
        seeds: &[&'a [u8]],
        program: &'a Address,
        expected: &Address,
        curve: Curve,
    ) -> Result<(u8, &'s [&'a [u8]])> {
        let parts = &mut self.0;
        let length = seeds.len();
        if length >= MAX_SEEDS {
            return Err(ErrorCode::ConstraintSeeds.into());
        }
        for (part, seed) in parts.iter_mut().zip(seeds) {
            part.write(*seed);
        }
        parts[length.wrapping_add(1)].write(program.as_ref());
        parts[length.wrapping_add(2)].write(PDA_MARKER);
        let mut bump = u8::MAX;
        loop {
            parts[length].write(bump_seed(bump));
            let first: *const &'a [u8] = parts.as_ptr().cast();
            // SAFETY: the seeds, the bump and the two after it are written.
            let all = unsafe { core::slice::from_raw_parts(first, length.wrapping_add(3)) };
            let address = Address::new_from_array(hash::sha256(all));
            let is_expected = || address_eq(&address, expected);
            if (curve == Curve::Off && is_expected()) || is_off_curve(&address) {
                return if is_expected() {
                    Ok((bump, &all[..length.wrapping_add(1)]))
                } else {
                    Err(ErrorCode::ConstraintSeeds.into())
                };
            }
            bump = bump.checked_sub(1).ok_or(ErrorCode::ConstraintSeeds)?;
        }
    }
}

/// Whether an address is no point of the curve.
#[cfg(target_os = "solana")]
#[inline(always)]
fn is_off_curve(address: &Address) -> bool {
    const CURVE25519_EDWARDS: u64 = 0;
    // SAFETY: the syscall reads 32 bytes, and writes nothing without a result.
    unsafe {
        solana_define_syscall::definitions::sol_curve_validate_point(
            CURVE25519_EDWARDS,
            address.as_array().as_ptr(),
            core::ptr::null_mut(),
        ) != 0
    }
}

/// The same off-chain.
#[cfg(not(target_os = "solana"))]
fn is_off_curve(address: &Address) -> bool {
    !address.is_on_curve()
}

/// Who pays the rent of new accounts, at the network's price.
pub struct Payer {
    view: AccountView,
    rent: Rent,
}

impl Payer {
    /// A signer that pays.
    pub fn new(view: &AccountView) -> Result<Self> {
        Ok(Self {
            view: *view,
            rent: Rent::get()?,
        })
    }

    pub fn address(&self) -> &Address {
        self.view.address()
    }

    /// Makes an account of `space` zero bytes, owned by `owner`, at `program`'s address of `seeds`, and returns the
    /// bump.
    ///
    /// Only the canonical address is ever taken. Lamports that somebody sent to it beforehand count towards the rent and
    /// do not block it. Fails with `ConstraintSeeds` where `target` is another address, and with the system program's
    /// error 0 where the account exists.
    ///
    /// Not inlined: a search and up to three calls, once for all of a program's instructions.
    #[inline(never)]
    pub fn create(
        &self,
        target: &AccountView,
        space: usize,
        owner: &Address,
        program: &Address,
        seeds: &[&[u8]],
    ) -> Result<u8> {
        let mut parts = Parts::new();
        // It signs the calls below, for which the network derives it again and refuses a point of the curve.
        let (bump, signer) = parts.search(seeds, program, target.address(), Curve::Off)?;
        if target.lamports() > 0 {
            create_account_signed(&self.view, target, space, owner, signer)?;
            return Ok(bump);
        }
        let lamports = self.rent.try_minimum_balance(space)?;
        let mut data = [0; 52];
        data[4..12].copy_from_slice(&lamports.to_le_bytes());
        data[12..20].copy_from_slice(&(space as u64).to_le_bytes());
        data[20..].copy_from_slice(owner.as_ref());
        cpi::invoke(
            &System::id(),
            &data,
            &[
                InstructionAccount::writable_signer(self.view.address()),
                InstructionAccount::writable_signer(target.address()),
            ],
            &[&self.view, target],
            signer,
        );
        Ok(bump)
    }

    /// Makes an account of `space` zero bytes, owned by `owner`, at the address that the system program derives of `base`,
    /// `seed` and `owner`; `base` is a PDA of the calling program, and `signer` what it signs with, its bump last.
    ///
    /// There is one such address, which the system program compares with `target`: nothing has to be searched. Lamports
    /// that somebody sent to it beforehand count towards the rent and do not block it. Fails with the system program's
    /// errors where `target` is another address (5) or the account exists (0), or where the seed is no text.
    #[inline(always)]
    pub fn create_with_seed<const N: usize>(
        &self,
        target: &AccountView,
        space: usize,
        owner: &Address,
        base: &AccountView,
        seed: &[u8; N],
        signer: &[&[u8]],
    ) -> Result<()> {
        const { assert!(N <= MAX_SEED) }
        let rent = self.rent.try_minimum_balance(space)?;
        let funded = target.lamports();
        let base_meta = InstructionAccount::readonly_signer(base.address());
        let target_meta = InstructionAccount::writable(target.address());
        if funded == 0 {
            let create = CreateWithSeed {
                instruction: CREATE_WITH_SEED.to_le_bytes(),
                base: *base.address(),
                length: (N as u64).to_le_bytes(),
                seed: *seed,
                lamports: rent.to_le_bytes(),
                space: (space as u64).to_le_bytes(),
                owner: *owner,
            };
            let payer = InstructionAccount::writable_signer(self.view.address());
            let metas = [payer, target_meta, base_meta];
            let views = [&self.view, target, base];
            cpi::invoke(&System::id(), bytes_of(&create), &metas, &views, signer);
            return Ok(());
        }
        if funded < rent {
            self.transfer(target, rent.saturating_sub(funded));
        }
        let allocate = AllocateWithSeed {
            instruction: ALLOCATE_WITH_SEED.to_le_bytes(),
            base: *base.address(),
            length: (N as u64).to_le_bytes(),
            seed: *seed,
            space: (space as u64).to_le_bytes(),
            owner: *owner,
        };
        let (metas, views) = ([target_meta, base_meta], [target, base]);
        cpi::invoke(&System::id(), bytes_of(&allocate), &metas, &views, signer);
        Ok(())
    }

    /// Sends lamports of the payer's.
    fn transfer(&self, to: &AccountView, lamports: u64) {
        let mut data = [0; 12];
        data[0] = TRANSFER;
        data[4..].copy_from_slice(&lamports.to_le_bytes());
        let metas = [
            InstructionAccount::writable_signer(self.view.address()),
            InstructionAccount::writable(to.address()),
        ];
        cpi::invoke(&System::id(), &data, &metas, &[&self.view, to], &[]);
    }

    /// Makes a zeroed account of type `T` at the calling program's address of `seeds`; returns it and its bump.
    ///
    /// Fails as [`Self::create`] does.
    pub fn init<T>(&self, target: &AccountView, seeds: &[&[u8]]) -> Result<(Account<T>, u8)>
    where
        T: Owner + Discriminator + Pod + Zeroable + SlabSchema,
    {
        let bump = self.create(target, T::MIN_DATA_LEN, &T::OWNER, &T::OWNER, seeds)?;
        let mut view = *target;
        view.try_borrow_mut()?[..T::DATA_OFFSET].copy_from_slice(T::DISCRIMINATOR);
        // SAFETY: the account was made just now; nothing else refers to its data.
        let account = unsafe { Account::<T>::load_mut_after_init(view)? };
        Ok((account, bump))
    }

    /// Makes a zeroed account of type `T` where [`Self::create_with_seed`] makes accounts; fails as that does.
    #[inline(always)]
    pub fn init_with_seed<'a, T, const N: usize>(
        &self,
        target: &'a mut AccountView,
        base: &AccountView,
        seed: &[u8; N],
        signer: &[&[u8]],
    ) -> Result<&'a mut T>
    where
        T: Owner + Discriminator + Pod + SlabSchema,
    {
        const { assert!(T::DATA_OFFSET == 8 && T::MIN_DATA_LEN == 8 + size_of::<T>()) }
        self.create_with_seed(target, T::MIN_DATA_LEN, &T::OWNER, base, seed, signer)?;
        let data = target.data_mut_ptr();
        // SAFETY: the account was made just now with that many bytes, aligned as all account data are; nothing else refers
        // to them.
        Ok(unsafe {
            data.copy_from_nonoverlapping(T::DISCRIMINATOR.as_ptr(), 8);
            &mut *data.add(8).cast()
        })
    }

    /// The account of type `T` at `target`, made as [`Self::init`] does where there is none; its bump where it was
    /// made.
    ///
    /// An account that exists may be any of that type: the caller checks whose it is.
    pub fn init_if_needed<T>(
        &self,
        target: &AccountView,
        seeds: &[&[u8]],
    ) -> Result<(Account<T>, Option<u8>)>
    where
        T: Owner + Discriminator + Pod + Zeroable + SlabSchema,
    {
        if target.owned_by(&T::OWNER) {
            // SAFETY: the dispatcher refuses an account that is given twice where one of them is written to.
            return Ok((unsafe { Account::<T>::load_mut(*target)? }, None));
        }
        let (account, bump) = self.init(target, seeds)?;
        Ok((account, Some(bump)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_the_canonical_address_is_found_and_no_other() {
        let program = Address::new_from_array([7; 32]);
        for n in 0..=255u8 {
            let seed = [n; 32];
            let seeds: [&[u8]; 2] = [b"seed", &seed];
            let (address, bump) = Address::find_program_address(&seeds, &program);
            let mut parts = Parts::new();
            for curve in [Curve::Unknown, Curve::Off] {
                let found = parts.search(&seeds, &program, &address, curve).unwrap();
                assert_eq!(found, (bump, &[&b"seed"[..], &seed, &[bump]][..]));
            }
            // Another bump gives another address, and that is refused.
            let others = (0..bump).filter_map(|bump| {
                Address::create_program_address(&[seeds[0], seeds[1], &[bump]], &program).ok()
            });
            for other in others.take(2) {
                assert!(!is_at(&other, &seeds, &program));
                assert!(!is_made_at(&other, &seeds, &program));
            }
        }
        let many = [&b"s"[..]; MAX_SEEDS];
        assert!(!is_at(&program, &many, &program));
    }
}
