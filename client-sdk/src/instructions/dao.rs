//! Instructions of the dao program.
//!
//! Each names the errors of the program that its own checks give ([`dao::error::DaoError`]); all may fail as the system and
//! token programs do, for want of lamports or tokens.

use dao::{accounts, constants::COMMITMENT_LEN, instruction, instructions::ConfigArgs, state};
use reward::state::Attestation;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    pda,
    programs::{DAO, SYSTEM, TOKEN},
};

mod action;
mod fetch;
mod proposals;
pub use action::*;
pub use fetch::fetch_action;
pub use proposals::*;

/// Makes the program's settings, once.
///
/// Errors: `NotUpgradeAuthority`, and those of [`update_config`].
pub fn initialize(
    upgrade_authority: &Pubkey,
    payer: &Pubkey,
    authority: &Pubkey,
    args: ConfigArgs,
) -> Instruction {
    instruction::Initialize {
        authority: *authority,
        args,
    }
    .to_instruction(accounts::Initialize {
        upgrade_authority: *upgrade_authority,
        payer: *payer,
        config: config(),
        program_data: pda::program_data(&DAO).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Replaces the program's settings.
///
/// Errors: `NotConfigAuthority`, `PhaseOutOfBounds`, `AppealOutOfBounds`, `QuorumOutOfBounds`, `BondOutOfBounds`.
pub fn update_config(authority: &Pubkey, args: ConfigArgs) -> Instruction {
    instruction::UpdateConfig { args }.to_instruction(accounts::UpdateConfig {
        authority: *authority,
        config: config(),
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Takes over the settings.
///
/// Errors: `NotPendingAuthority`.
pub fn accept_config_authority(pending_authority: &Pubkey) -> Instruction {
    instruction::AcceptConfigAuthority {}.to_instruction(accounts::AcceptConfigAuthority {
        pending_authority: *pending_authority,
        config: config(),
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Opens the `number`th dispute of an order, its last one. By anyone.
///
/// Errors: `NotDisputed`, `TooLate`.
pub fn open_order_case(payer: &Pubkey, order: &Pubkey, number: u16) -> Instruction {
    let dispute = pda::dispute(order, number).0;
    instruction::OpenOrderCase {}.to_instruction(accounts::OpenOrderCase {
        payer: *payer,
        config: config(),
        stake: pda::stake().0,
        order: *order,
        docket: pda::docket(order).0,
        dispute,
        mint: pda::token().0,
        vault: pda::dispute_vault(&dispute).0,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Complains of the version of a listing that is in force; `number` is one more than its docket has.
///
/// Errors: `VersionChanged`.
pub fn open_version_case(
    opener: &Pubkey,
    payer: &Pubkey,
    source: &Pubkey,
    listing: &Pubkey,
    number: u16,
    version: u32,
    manifest_hash: [u8; 32],
) -> Instruction {
    let arguments = instruction::OpenVersionCase {
        version,
        manifest_hash,
    };
    version_case([opener, payer, source, listing], number, None, arguments)
}

/// The same of an older version with this manifest, which an attestation of it shows; that with its address.
pub fn open_old_version_case(
    opener: &Pubkey,
    payer: &Pubkey,
    source: &Pubkey,
    (address, attestation): (Pubkey, &Attestation),
    number: u16,
    manifest_hash: [u8; 32],
) -> Instruction {
    let (listing, version) = (&attestation.listing, attestation.version);
    let arguments = instruction::OpenVersionCase {
        version,
        manifest_hash,
    };
    let keys = [opener, payer, source, listing];
    version_case(keys, number, Some(address), arguments)
}

fn version_case(
    [opener, payer, source, listing]: [&Pubkey; 4],
    number: u16,
    attestation: Option<Pubkey>,
    arguments: instruction::OpenVersionCase,
) -> Instruction {
    let dispute = pda::dispute(listing, number).0;
    arguments.to_instruction(accounts::OpenVersionCase {
        opener: *opener,
        payer: *payer,
        config: config(),
        stake: pda::stake().0,
        listing: *listing,
        attestation,
        docket: pda::docket(listing).0,
        dispute,
        mint: pda::token().0,
        vault: pda::dispute_vault(&dispute).0,
        source: *source,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Says that the edge of `child` to `parent` is false or, with the relation that it would have, `missing`; `number` is one
/// more than the docket at the edge's address has.
///
/// Errors: `NoSuchEdge`, `EdgeNotMissing`, `ParentNotOlder`, `UnknownRelation`.
pub fn open_edge_case(
    opener: &Pubkey,
    payer: &Pubkey,
    source: &Pubkey,
    child: &Pubkey,
    parent: &Pubkey,
    missing: Option<u8>,
    number: u16,
) -> Instruction {
    let edge = pda::edge(child, parent).0;
    let dispute = pda::dispute(&edge, number).0;
    instruction::OpenEdgeCase { missing }.to_instruction(accounts::OpenEdgeCase {
        opener: *opener,
        payer: *payer,
        config: config(),
        stake: pda::stake().0,
        child: *child,
        parent: *parent,
        edge,
        docket: pda::docket(&edge).0,
        dispute,
        mint: pda::token().0,
        vault: pda::dispute_vault(&dispute).0,
        source: *source,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Tells a hash of evidence.
///
/// Errors: `DisputeOver`, `WrongPhase`.
pub fn submit_evidence(
    submitter: &Pubkey,
    dispute: &Pubkey,
    evidence_hash: [u8; 32],
) -> Instruction {
    instruction::SubmitEvidence { evidence_hash }.to_instruction(accounts::SubmitEvidence {
        submitter: *submitter,
        dispute: *dispute,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// What a juror commits to: choice and salt stay its secret until it reveals them.
pub fn commitment(
    dispute: &Pubkey,
    born_slot: u64,
    round: u8,
    position: &Pubkey,
    choice: u8,
    salt: &[u8; 32],
) -> [u8; COMMITMENT_LEN] {
    let hash = state::commitment(dispute, born_slot, round, position, choice, salt);
    let mut kept = [0; COMMITMENT_LEN];
    kept.copy_from_slice(&hash[..COMMITMENT_LEN]);
    kept
}

/// Commits a position's vote in a round, from 0; `source` pays the bond.
///
/// Errors: `DisputeOver`, `WrongPhase`, `NotOwner`, `NoWeight`.
pub fn commit(
    owner: &Pubkey,
    position: &Pubkey,
    dispute: &Pubkey,
    round: u8,
    source: &Pubkey,
    hash: [u8; COMMITMENT_LEN],
) -> Instruction {
    instruction::Commit { hash }.to_instruction(accounts::Commit {
        owner: *owner,
        position: *position,
        dispute: *dispute,
        juror: pda::juror(dispute, round, position).0,
        source: *source,
        vault: pda::dispute_vault(dispute).0,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Reveals a position's vote. By anyone who knows it.
///
/// Errors: `DisputeOver`, `WrongPhase`, `NoSuchChoice`, `NotCommitted`, `AlreadyRevealed`.
pub fn reveal(
    position: &Pubkey,
    dispute: &Pubkey,
    round: u8,
    choice: u8,
    salt: [u8; 32],
) -> Instruction {
    instruction::Reveal { choice, salt }.to_instruction(accounts::Reveal {
        dispute: *dispute,
        juror: pda::juror(dispute, round, position).0,
        position: *position,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Counts the round in force. By anyone.
///
/// Errors: `DisputeOver`, `WrongPhase`, `AlreadyCounted`.
pub fn tally(dispute: &Pubkey) -> Instruction {
    instruction::Tally {}.to_instruction(accounts::Tally {
        dispute: *dispute,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Appeals against the ruling of the round in force, to move it in a [`state::direction`].
///
/// Errors: `DisputeOver`, `WrongPhase`, `NothingToAppeal`.
pub fn appeal(appellant: &Pubkey, dispute: &Pubkey, source: &Pubkey, direction: u8) -> Instruction {
    instruction::Appeal { direction }.to_instruction(accounts::Appeal {
        appellant: *appellant,
        dispute: *dispute,
        source: *source,
        mint: pda::token().0,
        vault: pda::dispute_vault(dispute).0,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Ends a dispute of `subject`. By anyone.
///
/// Errors: `DisputeOver`, `WrongPhase`.
pub fn finish(subject: &Pubkey, dispute: &Pubkey) -> Instruction {
    instruction::Finish {}.to_instruction(accounts::Finish {
        docket: pda::docket(subject).0,
        dispute: *dispute,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Pays what a juror is owed to the owner's associated token account, or to `destination` 30 days after the end. By anyone.
///
/// Errors: `DisputeOpen`, `WrongTokenAccount`.
pub fn settle_juror(
    owner: &Pubkey,
    position: &Pubkey,
    dispute: &Pubkey,
    round: u8,
    destination: Option<&Pubkey>,
) -> Instruction {
    instruction::SettleJuror {}.to_instruction(accounts::SettleJuror {
        dispute: *dispute,
        juror: pda::juror(dispute, round, position).0,
        position: *position,
        mint: pda::token().0,
        vault: pda::dispute_vault(dispute).0,
        destination: *destination.unwrap_or(&associated(owner)),
        owner: *owner,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Pays the bond of who opened a dispute (0) or appealed (1, 2) back, likewise. By anyone.
///
/// Errors: `DisputeOpen`, `NothingDue`, `WrongTokenAccount`.
pub fn pay_bond(
    owner: &Pubkey,
    dispute: &Pubkey,
    index: u8,
    destination: Option<&Pubkey>,
) -> Instruction {
    instruction::PayBond { index }.to_instruction(accounts::PayBond {
        dispute: *dispute,
        mint: pda::token().0,
        vault: pda::dispute_vault(dispute).0,
        destination: *destination.unwrap_or(&associated(owner)),
        token_program: TOKEN,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Closes a dispute 180 days after its end; donations go to `treasury`, the config's wallet. By anyone.
///
/// Errors: `DisputeOpen`, `StillDue`, `StillNeeded`, `WrongRentPayer`, `WrongTokenAccount`.
pub fn close_dispute(
    closer: &Pubkey,
    dispute: &Pubkey,
    treasury: &Pubkey,
    rent_payer: &Pubkey,
) -> Instruction {
    instruction::CloseDispute {}.to_instruction(accounts::CloseDispute {
        closer: *closer,
        config: config(),
        dispute: *dispute,
        mint: pda::token().0,
        vault: pda::dispute_vault(dispute).0,
        treasury: associated(treasury),
        rent_payer: *rent_payer,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Sends what an account of the program holds above its rent to who paid it. By anyone.
///
/// Errors: `WrongAccount`, `WrongRentPayer`, `NothingToReclaim`.
pub fn reclaim_excess(account: &Pubkey, rent_payer: &Pubkey) -> Instruction {
    instruction::ReclaimExcess {}.to_instruction(accounts::ReclaimExcess {
        account: *account,
        rent_payer: *rent_payer,
    })
}

fn associated(owner: &Pubkey) -> Pubkey {
    pda::associated_token(owner, &pda::token().0, &TOKEN).0
}

fn config() -> Pubkey {
    pda::dao_config().0
}

fn event_authority() -> Pubkey {
    pda::event_authority(&DAO).0
}
