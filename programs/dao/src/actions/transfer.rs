use anchor_lang::{address_eq, prelude::*};
use common::token::{self, Deposit};
use wincode::{SchemaRead, SchemaWrite};

use super::{Execution, within};
use crate::{
    constants::{AUTHORITY_SEED, TREASURY_PARTS},
    error::DaoError,
    state::{Governance, Proposal},
};

/// Arguments of [`TRANSFER`](crate::state::action::TRANSFER), whose target is one of the treasury's token accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite)]
pub struct Transfer {
    /// The wallet whose associated token account it goes to.
    pub to: Address,
    /// Base units.
    pub amount: u64,
}

impl Transfer {
    /// Errors with `WrongTarget` unless it is a token account of the dao's own, and not that of the deposits; with
    /// `ActionOutOfBounds` where nothing is moved, or more than a quarter of what it holds.
    pub(super) fn check(&self, treasury: &AccountView, governance: &Governance) -> Result<()> {
        let program = treasury.owner();
        require!(
            token::is_token_program(program)
                && token::names_owner(treasury, &governance.authority, program)
                && !address_eq(treasury.address(), &governance.deposits),
            DaoError::WrongTarget
        );
        let held = token::holding(treasury, program).map_or(0, |held| held.amount);
        let most = held.checked_div(TREASURY_PARTS).unwrap_or(0);
        within((1..=most).contains(&self.amount))
    }

    /// Moves it: further accounts are the treasury's, mint, destination and token program.
    pub(super) fn make(
        &self,
        proposal: &Proposal,
        governance: &Governance,
        execution: &Execution<'_>,
    ) -> Result<()> {
        let [treasury, mint, destination, token_program] = execution.further else {
            return Err(DaoError::WrongAccount.into());
        };
        require!(
            address_eq(treasury.address(), &proposal.target),
            DaoError::WrongTarget
        );
        self.check(treasury, governance)?;
        let program = token_program.address();
        let clean = token::clean_mint(mint)
            .filter(|clean| address_eq(&clean.token_program, program))
            .ok_or(DaoError::WrongAccount)?;
        let (mint_key, to) = (mint.address(), &self.to);
        require!(
            token::is_associated(destination, mint_key, to, program)
                && token::payable(destination, mint_key, to, program),
            DaoError::WrongTokenAccount
        );
        let deposit = Deposit {
            from: treasury,
            authority: execution.authority.view,
            amount: self.amount,
            decimals: clean.decimals,
            seeds: &[AUTHORITY_SEED, &[execution.authority.bump]],
        };
        deposit.transfer(program, mint, destination);
        Ok(())
    }
}
