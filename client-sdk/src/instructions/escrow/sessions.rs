//! Spending sessions.

use escrow::{accounts, instruction, instructions::SessionArgs, state::Session};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{config, event_authority};
use crate::{
    pda,
    programs::{ESCROW, SYSTEM},
};

/// Opens a session of `owner`, whose key may spend what `source` puts into its vault. `payer`, or the owner, pays the rent.
///
/// Errors: `Paused`, `MintNotAllowed`, `WrongTokenProgram`, `WrongTokenAccount`, `SessionExpiryOutOfBounds`.
pub fn open_session(
    owner: &Pubkey,
    payer: Option<Pubkey>,
    mint: &Pubkey,
    token_program: &Pubkey,
    source: &Pubkey,
    args: SessionArgs,
) -> Instruction {
    let session = pda::session(owner, &args.key).0;
    let args = Box::new(args);
    instruction::OpenSession { args }.to_instruction(accounts::OpenSession {
        owner: *owner,
        payer,
        config: config(),
        mint_config: pda::mint_config(mint).0,
        mint: *mint,
        session,
        vault: pda::vault(&session, token_program),
        source: *source,
        token_program: *token_program,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Stops a session from buying anything more, by its owner.
///
/// Errors: `NotSessionOwner`, `SessionOver`.
pub fn revoke_session(owner: &Pubkey, session: &Pubkey) -> Instruction {
    instruction::RevokeSession {}.to_instruction(accounts::RevokeSession {
        owner: *owner,
        session: *session,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Closes a session: by its owner, into `destination` or its associated token account; by anyone once it has expired.
///
/// Errors: `NotSessionOwner`, `WrongTokenAccount`, `WrongRentPayer`, `VaultFrozen`.
pub fn close_session(
    closer: &Pubkey,
    address: &Pubkey,
    session: &Session,
    destination: Option<Pubkey>,
) -> Instruction {
    let associated =
        || pda::associated_token(&session.owner, &session.mint, &session.token_program).0;
    instruction::CloseSession {}.to_instruction(accounts::CloseSession {
        closer: *closer,
        session: *address,
        mint: session.mint,
        vault: session.vault,
        destination: destination.unwrap_or_else(associated),
        rent_payer: session.rent_payer,
        token_program: session.token_program,
        event_authority: event_authority(),
        program: ESCROW,
    })
}
