use anchor_lang::{
    Id, address_eq, pinocchio::sysvars::Sysvar, prelude::*, programs::Token, verify_program_address,
};
use common::{cold::Cold, emitter, rent, token};

use crate::{
    constants::{DISPUTE_SEED, JUROR_SEED},
    error::DaoError,
    events::{JurorSettledV1, SettledHead},
    state::{Dispute, Juror},
    tokens,
};

#[event_cpi]
#[derive(Accounts)]
pub struct SettleJuror {
    #[account(mut)]
    pub dispute: Cold<Account<Dispute>>,
    #[account(mut)]
    pub juror: Cold<Account<Juror>>,
    /// What the record was made for.
    /// CHECK: the record's address derives from it.
    pub position: UncheckedAccount,
    /// CHECK: the token program compares it with both token accounts.
    pub mint: UncheckedAccount,
    /// CHECK: compared with the dispute.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The owner's associated token account, or, 30 days after the end, any of the owner's.
    /// CHECK: read as a token account.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: compared with the record.
    #[account(mut)]
    pub owner: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
}

impl SettleJuror {
    fn validate(&self, now: i64) -> Result<()> {
        let (dispute, juror) = (&self.dispute, &self.juror);
        dispute.check_ended()?;
        let seeds: [&[u8]; 5] = [
            JUROR_SEED,
            dispute.address().as_ref(),
            &[juror.round],
            self.position.address().as_ref(),
            &[juror.bump],
        ];
        require!(
            verify_program_address(&seeds, &crate::ID, juror.address()).is_ok()
                && address_eq(self.vault.address(), &dispute.vault),
            DaoError::WrongAccount
        );
        require!(
            address_eq(self.owner.address(), &juror.owner),
            DaoError::WrongRentPayer
        );
        check_account(
            dispute.takes_any_account(now),
            self.destination.account(),
            self.mint.address(),
            &juror.owner,
        )
    }
}

/// Where a party's part goes: to its associated token account, or, where `any` will do long after the end, to any of its
/// own.
///
/// Fails with `WrongTokenAccount`.
// Not inlined: one copy for all instructions.
#[inline(never)]
pub(super) fn check_account(
    any: bool,
    destination: &AccountView,
    mint: &Address,
    owner: &Address,
) -> Result<()> {
    let is_right = any || token::is_associated(destination, mint, owner, &Token::id());
    require!(
        is_right && token::payable(destination, mint, owner, &Token::id()),
        DaoError::WrongTokenAccount
    );
    Ok(())
}

/// Moves base units out of a dispute's vault.
pub(super) fn pay(
    dispute: &Account<Dispute>,
    vault: &AccountView,
    destination: &AccountView,
    amount: u64,
) {
    let (number, bump) = (dispute.head.number.to_le_bytes(), [dispute.head.bump]);
    let subject = dispute.head.subject;
    let seeds: [&[u8]; 4] = [DISPUTE_SEED, subject.as_ref(), &number, &bump];
    if amount > 0 {
        tokens::send(vault, destination, amount, dispute.account(), &seeds);
    }
}

/// **Specification:**
/// - By anyone, once for a record, after the dispute has ended.
/// - By its own round: who chose the median gets its bond and its part of the pot, who was a step off its bond, who was further
///   off half of it, who did not reveal nothing; everybody its bond where the round changed nothing.
/// - The record is closed; its rent goes to the owner.
pub fn settle_juror(ctx: &mut Context<SettleJuror>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    ctx.accounts.validate(now)?;
    let accounts = &mut ctx.accounts;
    let (dispute, juror) = (&mut accounts.dispute, &mut accounts.juror);
    let round = dispute.at(juror.round)?;
    let amount = round.settle(juror.choice, juror.weight)?;
    dispute.advance()?;
    pay(
        dispute,
        accounts.vault.account(),
        accounts.destination.account(),
        amount,
    );
    juror.advance()?;
    let (address, last) = (*juror.address(), ***juror);
    let closed = rent::close(juror, accounts.owner.account(), None)?;
    let head = SettledHead {
        address,
        dispute_address: *dispute.address(),
        destination: *accounts.destination.address(),
        amount,
        rent_to: last.owner,
        rent: closed.rent,
        dispute_seq: dispute.head.seq,
        dispute_born_slot: dispute.head.born_slot,
        round_index: u64::from(last.round),
        round: *dispute.at(last.round)?,
    };
    emitter!(ctx).state::<JurorSettledV1>(&head, &last);
    Ok(())
}
