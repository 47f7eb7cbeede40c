use core::array;

use anchor_lang::{address_eq, cpi::InstructionAccount, prelude::*};
use common::cpi::{self, MAX_ACCOUNTS};

use super::Execution;
use crate::{
    constants::{AUTHORITY_SEED, MAX_PAYLOAD},
    error::DaoError,
    state::{action, program},
};

/// First bytes of an instruction's data: `sha256("global:NAME")[..8]`. The other programs' instructions are not linked into
/// this one; a test compares these with theirs.
pub type Discriminator = [u8; 8];

/// Of all programs' settings.
pub const UPDATE_CONFIG: Discriminator = [0x1d, 0x9e, 0xfc, 0xbf, 0x0a, 0x53, 0xdb, 0x63];
/// Of all programs' settings.
pub const ACCEPT_CONFIG_AUTHORITY: Discriminator = [0x8a, 0x22, 0x82, 0x10, 0xfc, 0xcf, 0x18, 0x5a];
pub const ALLOW_MINT: Discriminator = [0xf0, 0x1c, 0xf0, 0x46, 0x7c, 0xf0, 0xf5, 0xe1];
pub const UPDATE_MINT: Discriminator = [0xd4, 0xcb, 0x39, 0x4e, 0x4b, 0xf5, 0xde, 0x05];
pub const SET_RATE: Discriminator = [0x63, 0x3a, 0xaa, 0xee, 0xa0, 0x78, 0x4a, 0x0b];
pub const VERIFY_PROFILE: Discriminator = [0x65, 0x89, 0x24, 0xf2, 0x8b, 0x77, 0x9c, 0xfb];

pub const SET_DEFAULT_ROYALTY: Discriminator = [0x7a, 0x77, 0xd7, 0x24, 0xe8, 0x8c, 0x0c, 0x1c];
pub const SET_SUSPENDED: Discriminator = [0xf0, 0xb6, 0xc8, 0x3c, 0xd1, 0x36, 0xb4, 0xf0];

/// The address of one of [`program`]. Fails with `NoSuchProgram`.
pub fn program_id(which: u8) -> Result<&'static Address> {
    match which {
        program::LISTING => Ok(&listing::ID),
        program::ESCROW => Ok(&escrow::ID),
        program::REWARD => Ok(&reward::ID),
        program::DAO => Ok(&crate::ID),
        _ => Err(DaoError::NoSuchProgram.into()),
    }
}

/// An account of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// The dao's, which signs.
    Authority,
    /// Who carries it out, who pays rent for what is made.
    Payer,
    /// What the action changes.
    Target { writable: bool },
    /// One that the called program checks.
    Other { writable: bool },
}

const READ: Slot = Slot::Other { writable: false };
const WRITE: Slot = Slot::Other { writable: true };
const CHANGED: Slot = Slot::Target { writable: true };
const NAMED: Slot = Slot::Target { writable: false };

/// A change of settings: authority, settings, and what the program's events need.
const SETTINGS: &[Slot] = &[Slot::Authority, CHANGED, READ, READ];
/// The same where the settings say who the authority is and another account is changed.
const CHANGE: &[Slot] = &[Slot::Authority, READ, CHANGED, READ, READ];
/// Authority, payer, settings, mint, the mint's settings and treasury, two programs, and what events need.
const MADE_MINT: &[Slot] = &[
    Slot::Authority,
    Slot::Payer,
    READ,
    NAMED,
    WRITE,
    WRITE,
    READ,
    READ,
    READ,
    READ,
];
/// Authority, payer, settings, mint, the mint's rate, the system program, and what events need.
const MADE_RATE: &[Slot] = &[
    Slot::Authority,
    Slot::Payer,
    READ,
    NAMED,
    WRITE,
    READ,
    READ,
    READ,
];
const _: () = assert!(MADE_MINT.len() <= MAX_ACCOUNTS);

/// A call of a program that carries an action out: the same instruction that any other authority would send.
pub struct Call {
    /// One of [`program`].
    which: u8,
    discriminator: Discriminator,
    accounts: &'static [Slot],
}

impl Call {
    /// The call that an action is; `None` where it is none.
    pub fn of(kind: u8) -> Option<Self> {
        let (which, discriminator, accounts) = match kind {
            action::UPDATE_DAO => (program::DAO, UPDATE_CONFIG, SETTINGS),
            action::UPDATE_LISTING => (program::LISTING, UPDATE_CONFIG, SETTINGS),
            action::UPDATE_ESCROW => (program::ESCROW, UPDATE_CONFIG, SETTINGS),
            action::UPDATE_REWARD => (program::REWARD, UPDATE_CONFIG, SETTINGS),
            action::ALLOW_MINT => (program::ESCROW, ALLOW_MINT, MADE_MINT),
            action::UPDATE_MINT => (program::ESCROW, UPDATE_MINT, CHANGE),
            action::SET_RATE => (program::REWARD, SET_RATE, MADE_RATE),
            action::VERIFY => (program::LISTING, VERIFY_PROFILE, CHANGE),
            action::SET_DEFAULT_ROYALTY => (program::LISTING, SET_DEFAULT_ROYALTY, SETTINGS),
            action::SUSPEND => (program::LISTING, SET_SUSPENDED, CHANGE),
            _ => return None,
        };
        Some(Self {
            which,
            discriminator,
            accounts,
        })
    }

    /// The settings of one of [`program`], replaced whole.
    pub fn settings(which: u8) -> Option<Self> {
        Self::of(match which {
            program::LISTING => action::UPDATE_LISTING,
            program::ESCROW => action::UPDATE_ESCROW,
            program::REWARD => action::UPDATE_REWARD,
            _ => return None,
        })
    }

    /// The one of [`program`] whose settings it replaces, their pause included.
    pub fn replaces(&self) -> Option<u8> {
        (self.discriminator == UPDATE_CONFIG).then_some(self.which)
    }

    /// Makes the call with the dao's signature.
    ///
    /// Fails with `WrongAccount` where further accounts are too few or too many, and with `WrongTarget`.
    pub fn make(
        &self,
        arguments: &[u8],
        target: &Address,
        execution: &Execution<'_>,
    ) -> Result<()> {
        let (authority, payer) = (execution.authority.view, execution.payer);
        let mut others = execution.further.iter();
        let mut views = [authority; MAX_ACCOUNTS];
        let mut metas: [_; MAX_ACCOUNTS] =
            array::from_fn(|_| InstructionAccount::readonly_signer(authority.address()));
        for ((slot, view), meta) in self.accounts.iter().zip(&mut views).zip(&mut metas) {
            let writable = match slot {
                Slot::Authority => continue,
                Slot::Payer => {
                    *view = payer;
                    *meta = InstructionAccount::writable_signer(payer.address());
                    continue;
                }
                Slot::Target { writable } | Slot::Other { writable } => *writable,
            };
            *view = others.next().ok_or(DaoError::WrongAccount)?;
            if matches!(slot, Slot::Target { .. }) {
                require!(address_eq(view.address(), target), DaoError::WrongTarget);
            }
            *meta = match writable {
                true => InstructionAccount::writable(view.address()),
                false => InstructionAccount::readonly(view.address()),
            };
        }
        require!(others.next().is_none(), DaoError::WrongAccount);
        let count = self.accounts.len();
        execution.authority.call(
            program_id(self.which)?,
            &[&self.discriminator, arguments],
            metas.get(..count).unwrap_or_default(),
            views.get(..count).unwrap_or_default(),
        );
        Ok(())
    }
}

/// The dao's authority, whose signature its calls carry.
#[derive(Clone, Copy)]
pub struct Authority<'a> {
    pub view: &'a AccountView,
    pub bump: u8,
}

/// Bytes of a call's data at most.
const MAX_DATA: usize = 8 + MAX_PAYLOAD;

impl Authority<'_> {
    /// Calls `program` with these parts, one after the other, as its data.
    pub fn call(
        &self,
        program: &Address,
        parts: &[&[u8]],
        metas: &[InstructionAccount<'_>],
        views: &[&AccountView],
    ) {
        let mut data = [0; MAX_DATA];
        let mut length = 0usize;
        for (byte, part) in data.iter_mut().zip(parts.iter().copied().flatten()) {
            *byte = *part;
            length = length.saturating_add(1);
        }
        let data = data.get(..length).unwrap_or_default();
        cpi::invoke(program, data, metas, views, &[AUTHORITY_SEED, &[self.bump]]);
    }
}
