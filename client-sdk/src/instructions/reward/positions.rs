use super::*;

/// Locks `amount` of `source` under an `id` of the owner's choice.
///
/// Errors: `Paused`, `AmountZero`.
pub fn lock(owner: &Pubkey, payer: &Pubkey, source: &Pubkey, id: u64, amount: u64) -> Instruction {
    instruction::Lock { id, amount }.to_instruction(accounts::Lock {
        owner: *owner,
        payer: *payer,
        config: config(),
        stake: pda::stake().0,
        position: pda::position(owner, id).0,
        source: *source,
        mint: pda::token().0,
        vault: pda::stake_vault().0,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Begins a position's cooling period.
///
/// Errors: `NotOwner`, `Unlocking`.
pub fn request_unlock(owner: &Pubkey, id: u64) -> Instruction {
    instruction::RequestUnlock {}.to_instruction(accounts::RequestUnlock {
        owner: *owner,
        config: config(),
        stake: pda::stake().0,
        position: pda::position(owner, id).0,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Withdraws a position that has cooled to `destination`.
///
/// Errors: `NotOwner`, `StillLocked`, `StillAttesting`, `WrongRentPayer`.
pub fn withdraw_position(
    owner: &Pubkey,
    id: u64,
    destination: &Pubkey,
    rent_payer: &Pubkey,
) -> Instruction {
    instruction::WithdrawPosition {}.to_instruction(accounts::WithdrawPosition {
        owner: *owner,
        config: config(),
        stake: pda::stake().0,
        position: pda::position(owner, id).0,
        mint: pda::token().0,
        vault: pda::stake_vault().0,
        destination: *destination,
        rent_payer: *rent_payer,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Says of the version in force of a listing whether it is good, with part of a position at risk.
///
/// Errors: `Paused`, `NotOwner`, `NoSuchVerdict`, `ListingNotActivated`, `VersionChanged`, `Unlocking`,
/// `StakeOutOfBounds`.
pub fn attest(
    owner: &Pubkey,
    payer: &Pubkey,
    id: u64,
    listing: &Pubkey,
    args: AttestArgs,
) -> Instruction {
    let position = pda::position(owner, id).0;
    let attestation = pda::attestation(&position, listing, args.version).0;
    instruction::Attest { args }.to_instruction(accounts::Attest {
        owner: *owner,
        payer: *payer,
        config: config(),
        position,
        listing: *listing,
        attestation,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Slashes an attestation that the listing's dispute of this number contradicts; a tenth goes to `destination`. By anyone.
///
/// Errors: `NoContraryRuling`, `WrongRentPayer`.
pub fn slash_attestation(
    position: &Pubkey,
    listing: &Pubkey,
    version: u32,
    number: u16,
    destination: &Pubkey,
    rent_payer: &Pubkey,
) -> Instruction {
    instruction::SlashAttestation { number }.to_instruction(accounts::SlashAttestation {
        config: config(),
        stake: pda::stake().0,
        position: *position,
        attestation: pda::attestation(position, listing, version).0,
        dispute: pda::dispute(listing, number).0,
        mint: pda::token().0,
        vault: pda::stake_vault().0,
        destination: *destination,
        rent_payer: *rent_payer,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Closes an attestation that has expired. By anyone.
///
/// Errors: `AttestationAlive`, `ListingDisputed`, `WrongRentPayer`.
pub fn close_attestation(
    closer: &Pubkey,
    position: &Pubkey,
    listing: &Pubkey,
    version: u32,
    rent_payer: &Pubkey,
) -> Instruction {
    instruction::CloseAttestation {}.to_instruction(accounts::CloseAttestation {
        closer: *closer,
        position: *position,
        attestation: pda::attestation(position, listing, version).0,
        docket: pda::docket(listing).0,
        rent_payer: *rent_payer,
        event_authority: event_authority(),
        program: REWARD,
    })
}
