//! Making accounts at program addresses.

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

use crate::cpi::{self, MAX_SEEDS};

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

/// An address that was derived: its seeds, the canonical bump among them.
pub struct Found<'a> {
    pub bump: u8,
    /// The seeds, the bump, the program, and what tells such an address from others.
    parts: [&'a [u8]; MAX_SEEDS + 2],
    /// Parts that the PDA signs with.
    length: usize,
}

impl<'a> Found<'a> {
    /// The canonical bump of `program`'s address of `seeds`: the first, from 255 down, that gives a point off the curve.
    ///
    /// Fails with `ConstraintSeeds` where that is not `expected`, which it compares at that first point alone. A seed is
    /// at most 32 bytes long, and with the bump there are at most [`MAX_SEEDS`].
    ///
    /// As the framework's search, which does not give the seeds back for the signature that follows.
    #[inline(always)]
    pub fn search(seeds: &[&'a [u8]], program: &'a Address, expected: &Address) -> Result<Self> {
        let length = seeds.len().saturating_add(1);
        if length > MAX_SEEDS {
            return Err(ErrorCode::ConstraintSeeds.into());
        }
        let mut parts: [&[u8]; MAX_SEEDS + 2] = [program.as_ref(); MAX_SEEDS + 2];
        parts[..seeds.len()].copy_from_slice(seeds);
        parts[length.saturating_add(1)] = b"ProgramDerivedAddress";
        let mut hash = Address::default();
        let mut bump = u8::MAX;
        loop {
            parts[seeds.len()] = bump_seed(bump);
            if off_curve(&parts[..length.saturating_add(2)], &mut hash) {
                break;
            }
            bump = bump.checked_sub(1).ok_or(ErrorCode::ConstraintSeeds)?;
        }
        if !address_eq(&hash, expected) {
            return Err(ErrorCode::ConstraintSeeds.into());
        }
        Ok(Self {
            bump,
            parts,
            length,
        })
    }

    /// What the PDA signs with.
    pub fn seeds(&self) -> &[&'a [u8]] {
        &self.parts[..self.length]
    }
}

/// Writes the SHA-256 of all parts, and says whether it is no point of the curve.
#[cfg(target_os = "solana")]
#[inline(always)]
fn off_curve(parts: &[&[u8]], hash: &mut Address) -> bool {
    use solana_define_syscall::definitions::{sol_curve_validate_point, sol_sha256};
    const CURVE25519_EDWARDS: u64 = 0;
    let hash: *mut u8 = core::ptr::from_mut(hash).cast();
    // SAFETY: a slice of slices is what the syscall takes, and it writes 32 bytes; the other reads them.
    unsafe {
        sol_sha256(parts.as_ptr().cast(), parts.len() as u64, hash);
        sol_curve_validate_point(CURVE25519_EDWARDS, hash, core::ptr::null_mut()) != 0
    }
}

/// The same off-chain.
#[cfg(not(target_os = "solana"))]
fn off_curve(parts: &[&[u8]], hash: &mut Address) -> bool {
    *hash = Address::new_from_array(anchor_lang::hash::sha256(&parts.concat()));
    !hash.is_on_curve()
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
        let found = Found::search(seeds, program, target.address())?;
        let signer = found.seeds();
        if target.lamports() > 0 {
            create_account_signed(&self.view, target, space, owner, signer)?;
            return Ok(found.bump);
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
        Ok(found.bump)
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
            let found = Found::search(&seeds, &program, &address).unwrap();
            assert_eq!(found.bump, bump);
            assert_eq!(found.seeds(), [&b"seed"[..], &seed, &[bump]]);
            // Another bump gives another address, and that is refused.
            let others = (0..bump).filter_map(|bump| {
                Address::create_program_address(&[seeds[0], seeds[1], &[bump]], &program).ok()
            });
            for other in others.take(2) {
                assert!(Found::search(&seeds, &program, &other).is_err());
            }
        }
        let many = [&b"s"[..]; MAX_SEEDS];
        assert!(Found::search(&many, &program, &program).is_err());
    }
}
