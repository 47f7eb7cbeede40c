//! Where the lamports of a closed account go, and those that a fall of the network's rent sets free.

use anchor_lang::{
    AccountClose, AccountView, Address, AnchorAccount, Result,
    accounts::{Account, SlabSchema},
    bytemuck::{Pod, Zeroable},
    pinocchio::sysvars::{Sysvar, rent::Rent},
    prelude::ProgramError,
};

use crate::ppm;

/// Defines `rent_payer`, which says who paid the rent of an account of the program that calls this; `None` of any account
/// that is none of the types named.
#[macro_export]
#[expect(
    clippy::crate_in_macro_def,
    reason = "the program that calls it is meant"
)]
macro_rules! rent_payers {
    ($($ty:ident)*) => {
        /// Who paid the rent of an account of this program; `None` for any other.
        pub fn rent_payer(
            account: &::anchor_lang::AccountView,
        ) -> Option<::anchor_lang::prelude::Address> {
            use ::anchor_lang::Discriminator;
            $crate::rent::payer(account, &crate::ID, &[$((
                $ty::DISCRIMINATOR,
                ::core::mem::offset_of!($ty, rent_payer),
            ),)*])
        }
    };
}

/// Who paid the rent of an account of `program`; `kinds` are the first bytes of each type of account, and where after
/// them it says so.
#[inline(always)]
pub fn payer(
    account: &AccountView,
    program: &Address,
    kinds: &[(&[u8], usize)],
) -> Option<Address> {
    if !account.owned_by(program) {
        return None;
    }
    let data = account.try_borrow().ok()?;
    let (discriminator, body) = data.split_first_chunk::<8>()?;
    let (_, at) = kinds
        .iter()
        .find(|(of, _)| *of == discriminator.as_slice())?;
    let payer = body.get(*at..)?.first_chunk::<32>()?;
    Some(Address::new_from_array(*payer))
}

/// Largest share of the rent that a stranger earns who closes an account after its deadline, in ppm.
pub const MAX_REWARD_PPM: u32 = 100_000;

/// Lamports of a closed account, by where they went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// To who had paid the rent.
    pub rent: u64,
    /// To the stranger.
    pub reward: u64,
}

/// Closes `account`: its lamports go to `rent_payer`, less a tenth to `stranger` where one cranks.
///
/// The caller has checked that `rent_payer` is the account's. The account is dead at once: lamports sent back in the
/// same transaction find an empty account of the system program.
pub fn close<T>(
    account: &mut Account<T>,
    rent_payer: &AccountView,
    stranger: Option<&AccountView>,
) -> Result<Closed>
where
    T: Pod + Zeroable + SlabSchema,
{
    let lamports = account.account().lamports();
    let reward = match stranger {
        Some(stranger) => {
            // not mutated: a tenth of a number is one
            let reward =
                ppm::floor(lamports, MAX_REWARD_PPM).ok_or(ProgramError::ArithmeticOverflow)?;
            move_lamports(account.account(), stranger, reward)?;
            reward
        }
        None => 0,
    };
    account.close(*rent_payer)?;
    // not mutated: the reward is a tenth of them
    let rent = lamports
        .checked_sub(reward)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    Ok(Closed { rent, reward })
}

/// Moves what `account`, one of the calling program's, holds above the rent that the network asks for it now to
/// `rent_payer`, and returns how much that is.
///
/// The caller has checked that `rent_payer` is the account's.
pub fn reclaim(account: &AccountView, rent_payer: &AccountView) -> Result<u64> {
    let least = Rent::get()?.try_minimum_balance(account.data_len())?;
    let excess = account.lamports().saturating_sub(least);
    move_lamports(account, rent_payer, excess)?;
    Ok(excess)
}

fn move_lamports(from: &AccountView, to: &AccountView, lamports: u64) -> Result<()> {
    let (mut from, mut to) = (*from, *to);
    // not mutated: no caller asks for more than there is
    let left = from
        .lamports()
        .checked_sub(lamports)
        .ok_or(ProgramError::InsufficientFunds)?;
    from.set_lamports(left);
    // not mutated: there are fewer lamports in the world than a number holds
    let sum = to
        .lamports()
        .checked_add(lamports)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    to.set_lamports(sum);
    Ok(())
}
