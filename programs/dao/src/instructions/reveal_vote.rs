use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*, verify_program_address};
use common::emitter;

use crate::{
    constants::JUROR_SEED,
    error::DaoError,
    events::{RevealedHead, VoteRevealedV1},
    state::{Dispute, Juror, commitment},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Reveal {
    #[account(mut)]
    pub dispute: Account<Dispute>,
    #[account(mut)]
    pub juror: Account<Juror>,
    /// What the record was made for.
    /// CHECK: the record's address derives from it.
    pub position: UncheckedAccount,
}

/// **Specification:**
/// - By anyone who knows choice and salt, once, while the round that it was committed in takes reveals.
/// - The weight is added to that choice's.
pub fn reveal(ctx: &mut Context<Reveal>, choice: u8, salt: [u8; 32]) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let Reveal {
        dispute,
        juror,
        position,
        ..
    } = &mut ctx.accounts;
    let (address, round) = (*dispute.address(), dispute.round);
    let seeds: [&[u8]; 5] = [
        JUROR_SEED,
        address.as_ref(),
        &[round],
        position.address().as_ref(),
        &[juror.bump],
    ];
    require!(
        verify_program_address(&seeds, &crate::ID, juror.address()).is_ok(),
        DaoError::WrongAccount
    );
    dispute.check_choice(choice)?;
    let born_slot = dispute.head.born_slot;
    let running = dispute.revealing(now)?;
    let hash = commitment(
        &address,
        born_slot,
        round,
        position.address(),
        choice,
        &salt,
    );
    juror.reveal(&hash, choice)?;
    running.reveal(choice, juror.weight)?;
    juror.advance()?;
    dispute.advance()?;
    let head = RevealedHead {
        address: *juror.address(),
        dispute_address: address,
        dispute_seq: dispute.head.seq,
        dispute_born_slot: dispute.head.born_slot,
        round_index: u64::from(round),
        round: *dispute.at(round)?,
    };
    emitter!(ctx).state::<VoteRevealedV1>(&head, &ctx.accounts.juror);
    Ok(())
}
