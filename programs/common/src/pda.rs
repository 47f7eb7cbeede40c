//! Making accounts at program addresses.

use anchor_lang::{
    AccountView, Address, AnchorAccount, CpiHandle, Discriminator, ErrorCode, Id, Owner, Result,
    accounts::{Account, SlabSchema},
    bytemuck::{Pod, Zeroable},
    cpi::InstructionAccount,
    create_account_signed, find_and_verify_program_address,
    pinocchio::sysvars::{Sysvar, rent::Rent},
    programs::System,
    unchecked_invoke_signed_fixed,
};

/// Most seeds of an address here, its bump included.
pub const MAX_SEEDS: usize = 6;

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
    /// The bump is searched from 255 down, so only the canonical address is ever taken. Lamports that somebody sent to
    /// the address beforehand count towards the rent and do not block it. Fails with `ConstraintSeeds` where `target`
    /// is another address, and with the system program's error 0 where the account exists.
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
        let bump = find_and_verify_program_address(seeds, program, target.address())
            .map_err(|_| ErrorCode::ConstraintSeeds)?;
        let bump_seed = [bump];
        let mut signer: [&[u8]; MAX_SEEDS] = [&[]; MAX_SEEDS];
        let length = seeds.len().saturating_add(1);
        let Some((last, head)) = signer
            .get_mut(..length)
            .and_then(|signer| signer.split_last_mut())
        else {
            return Err(ErrorCode::ConstraintSeeds.into());
        };
        head.copy_from_slice(seeds);
        *last = &bump_seed;
        self.create_account(target, space, owner, &signer[..length])?;
        Ok(bump)
    }

    /// As the framework's, but with the usual case, an address without lamports, on the stack.
    #[inline(always)]
    fn create_account(
        &self,
        target: &AccountView,
        space: usize,
        owner: &Address,
        signer: &[&[u8]],
    ) -> Result<()> {
        if target.lamports() > 0 {
            return create_account_signed(&self.view, target, space, owner, signer);
        }
        let lamports = self.rent.try_minimum_balance(space)?;
        let mut data = [0; 52];
        data[4..12].copy_from_slice(&lamports.to_le_bytes());
        data[12..20].copy_from_slice(&(space as u64).to_le_bytes());
        data[20..].copy_from_slice(owner.as_ref());
        let (mut payer_writable, mut target_writable) = (self.view, *target);
        unchecked_invoke_signed_fixed(
            &System::id(),
            &data,
            &[
                InstructionAccount::writable_signer(self.view.address()),
                InstructionAccount::writable_signer(target.address()),
            ],
            &[
                CpiHandle::writable(&mut payer_writable),
                CpiHandle::writable(&mut target_writable),
            ],
            &[signer],
        );
        Ok(())
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
