use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{emitter, pda::Payer};
use reward::state::Position;

use crate::{
    constants::{COMMITMENT_LEN, JUROR_SEED, LAYOUT},
    error::DaoError,
    events::{CommittedHead, VoteCommittedV1},
    state::{Dispute, Juror, NOT_REVEALED, bond_of, weight_of},
    tokens,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Commit {
    /// The position's, who pays the bond and the record's rent.
    #[account(mut)]
    pub owner: Signer,
    pub position: Account<Position>,
    #[account(mut)]
    pub dispute: Account<Dispute>,
    /// CHECK: made here.
    #[account(mut)]
    pub juror: UncheckedAccount,
    /// A token account that the owner may take from.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the dispute.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Signed by the owner of a position that was locked seven days before the round began and whose unlock was not requested;
///   once in a round, while it takes commitments.
/// - The hash is of dispute, round, position, choice and salt, so that another's is worth nothing.
/// - 5 % of the position's weight goes into the dispute's vault as a bond.
pub fn commit(ctx: &mut Context<Commit>, hash: [u8; COMMITMENT_LEN]) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let (owner, dispute) = (accounts.owner.account(), &mut accounts.dispute);
    require!(
        address_eq(accounts.vault.address(), &dispute.vault),
        DaoError::WrongAccount
    );
    let round = dispute.round;
    let running = dispute.committing(clock.unix_timestamp)?;
    let weight = weight_of(&accounts.position, owner.address(), running.starts_at)?;
    let bond = bond_of(weight)?;
    running.commit(bond)?;
    dispute.advance()?;
    let payer = Payer::new(owner)?;
    let (mut juror, bump) = payer.init::<Juror>(
        accounts.juror.account(),
        &[
            JUROR_SEED,
            dispute.address().as_ref(),
            &[round],
            accounts.position.address().as_ref(),
        ],
    )?;
    let (source, vault) = (accounts.source.account(), accounts.vault.account());
    tokens::send(source, vault, bond, owner, &[]);
    juror.layout = LAYOUT;
    juror.bump = bump;
    juror.round = round;
    juror.choice = NOT_REVEALED;
    juror.born_slot = clock.slot;
    juror.weight = weight;
    juror.owner = *owner.address();
    juror.commitment = hash;
    juror.advance()?;
    let head = CommittedHead {
        address: *juror.address(),
        dispute_address: *dispute.address(),
        position: *accounts.position.address(),
        bond,
        dispute_seq: dispute.head.seq,
        dispute_born_slot: dispute.head.born_slot,
        round_index: u64::from(round),
        round: *dispute.at(round)?,
    };
    emitter!(ctx).state::<VoteCommittedV1>(&head, &juror);
    Ok(())
}
