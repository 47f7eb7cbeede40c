//! Errors, from code 6300, so that a code names one program. Appended to, never renumbered. Each message says what
//! to do.

use anchor_lang::prelude::*;

#[error_code(offset = 6300)]
#[derive(Debug, PartialEq, Eq)]
pub enum DaoError {
    #[msg("only the program's upgrade authority may initialize it: sign with that key")]
    NotUpgradeAuthority,
    #[msg("the config's authority has to sign this")]
    NotConfigAuthority,
    #[msg("the proposed new authority has to sign this")]
    NotPendingAuthority,
    #[msg("a phase is outside its bounds of an hour to 7 days, or a round lasts more than 14")]
    PhaseOutOfBounds,
    #[msg("the time to appeal is outside its bounds of an hour to 4 days")]
    AppealOutOfBounds,
    #[msg("the quorum is outside its bounds of 1 to 200,000 ppm, or its floor is zero")]
    QuorumOutOfBounds,
    #[msg("a bond is zero: ask for one")]
    BondOutOfBounds,
    #[msg("an amount is too large")]
    AmountTooLarge,
    #[msg("the ledger does not add up: nothing was changed, report this")]
    LedgerBroken,
    #[msg("an account is not the one that this needs")]
    WrongAccount,
    #[msg("the order is in no dispute that is not open here already")]
    NotDisputed,
    #[msg("not all rounds end before the deadline: the dispute lapses")]
    TooLate,
    #[msg("the listing was never activated, or its version or manifest is not the one you saw")]
    VersionChanged,
    #[msg("the dispute has ended")]
    DisputeOver,
    #[msg("the dispute has not ended: finish it first")]
    DisputeOpen,
    #[msg("this is not the phase of the round for it: look at its times")]
    WrongPhase,
    #[msg("the position's owner has to sign this")]
    NotOwner,
    #[msg("the position was locked too late to vote in this round, or its unlock was requested")]
    NoWeight,
    #[msg("a choice is an index from 0 to 4, and one that this dispute has")]
    NoSuchChoice,
    #[msg("choice and salt are not what was committed to")]
    NotCommitted,
    #[msg("the record was revealed already")]
    AlreadyRevealed,
    #[msg("the round is counted already")]
    AlreadyCounted,
    #[msg("there is no ruling that could be appealed, or it cannot move further that way")]
    NothingToAppeal,
    #[msg(
        "not the token account that this goes to: the owner's associated one, or, 30 days after the end, any of its own"
    )]
    WrongTokenAccount,
    #[msg("nothing of this bond is due")]
    NothingDue,
    #[msg("bonds are still in the vault: settle jurors and withdraw bonds first")]
    StillDue,
    #[msg("the ruling has to stay readable: close the dispute 180 days after its end")]
    StillNeeded,
    #[msg("rent goes back to the one who paid it: give that account")]
    WrongRentPayer,
    #[msg("the account holds no more lamports than its rent: there is nothing to reclaim")]
    NothingToReclaim,
    #[msg("there is no such edge of an activated listing, or it was revoked: look at its status")]
    NoSuchEdge,
    #[msg("the edge is there, or was and was revoked: what is not missing cannot be added")]
    EdgeNotMissing,
    #[msg("the parent was not activated before the child: no ruling adds such an edge")]
    ParentNotOlder,
    #[msg("unknown relation: use 1 to 6")]
    UnknownRelation,
}
