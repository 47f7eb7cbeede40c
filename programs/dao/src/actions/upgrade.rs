use anchor_lang::{address_eq, cpi::InstructionAccount, prelude::*};
use common::upgrade::{self, LOADER};
use wincode::{SchemaRead, SchemaWrite};

use super::{Execution, program_id, within};
use crate::{
    error::DaoError,
    state::{Governance, Proposal},
};

/// Of the loader: replaces a program's code by a buffer's.
const UPGRADE: [u8; 4] = 3u32.to_le_bytes();

/// Arguments of [`UPGRADE`](crate::state::action::UPGRADE), whose target is the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite)]
pub struct Upgrade {
    /// One of [`program`](crate::state::program).
    pub program: u8,
    /// SHA-256 of the program in the buffer.
    pub hash: [u8; 32],
}

impl Upgrade {
    /// Errors with `ActionOutOfBounds` for a program that is not the dao's; with `WrongTarget` unless the buffer is the
    /// dao's, so that nobody writes to it any more, and holds what was said.
    pub(super) fn check(&self, buffer: &AccountView, governance: &Governance) -> Result<()> {
        within(program_id(self.program).is_ok())?;
        let hash = upgrade::buffer_hash(buffer, &governance.authority);
        require!(hash == Some(self.hash), DaoError::WrongTarget);
        Ok(())
    }

    /// Has the loader do it: further accounts are ProgramData, program, buffer, who made the proposal's account and gets the
    /// buffer's lamports, the sysvars of rent and clock, and the loader.
    pub(super) fn make(
        &self,
        proposal: &Proposal,
        governance: &Governance,
        execution: &Execution<'_>,
    ) -> Result<()> {
        let [data, program, buffer, spill, rent, clock, _loader] = execution.further else {
            return Err(DaoError::WrongAccount.into());
        };
        require!(
            address_eq(buffer.address(), &proposal.target)
                && address_eq(program.address(), program_id(self.program)?),
            DaoError::WrongTarget
        );
        require!(
            address_eq(spill.address(), &proposal.rent_payer),
            DaoError::WrongRentPayer
        );
        // The network takes no lamports for an account that became a program: nobody blocks an upgrade with what it does
        // with its key.
        let spill = match spill.executable() {
            true => execution.payer,
            false => spill,
        };
        self.check(buffer, governance)?;
        let authority = execution.authority.view;
        execution.authority.call(
            &LOADER,
            &[&UPGRADE],
            &[
                InstructionAccount::writable(data.address()),
                InstructionAccount::writable(program.address()),
                InstructionAccount::writable(buffer.address()),
                InstructionAccount::writable(spill.address()),
                InstructionAccount::readonly(rent.address()),
                InstructionAccount::readonly(clock.address()),
                InstructionAccount::readonly_signer(authority.address()),
            ],
            &[data, program, buffer, spill, rent, clock, authority],
        );
        Ok(())
    }
}
