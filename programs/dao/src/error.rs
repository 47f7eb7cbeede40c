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
    #[msg("the steward has to sign this; there is none any more after the hand-over")]
    NotSteward,
    #[msg(
        "too few guardians sign: give as many of them as their threshold says as further accounts, signing"
    )]
    NotGuardians,
    #[msg(
        "guardians are at most five different keys, first in the list, and their threshold is one to all of them"
    )]
    GuardiansOutOfBounds,
    #[msg("the time to vote is outside its bounds of a day to 14 days")]
    VotingPeriodOutOfBounds,
    #[msg("the threshold is outside its bounds of 500,001 to 900,000 ppm")]
    ThresholdOutOfBounds,
    #[msg(
        "the floor of the hand-over, of the quorum or the deposit is zero, or one of these exceeds that of the hand-over"
    )]
    FloorOutOfBounds,
    #[msg("there is no action of this kind")]
    NoSuchAction,
    #[msg("these are not the arguments of an action of this kind")]
    PayloadMalformed,
    #[msg(
        "an argument is outside the bounds of what it changes, or would give the dao's authority away"
    )]
    ActionOutOfBounds,
    #[msg("this is not what the action changes, or nothing that it could change")]
    WrongTarget,
    #[msg("a vote is 1 (yes), 2 (no) or 3 (abstain), and a changed one another than before")]
    NoSuchVote,
    #[msg("the vote is over")]
    VotingOver,
    #[msg("the vote is not over: conclude it from its end on")]
    VotingOpen,
    #[msg("the proposal is not accepted, or has come to its end")]
    NotQueued,
    #[msg("the time lock has not run out: look at the proposal's execute_from")]
    TimeLocked,
    #[msg("the time to carry it out is over: let it expire")]
    ExecutionOver,
    #[msg("the proposal may still be carried out: let it expire 30 days after its execute_from")]
    StillExecutable,
    #[msg("what changes the guardians cannot be vetoed by them")]
    NoVeto,
    #[msg("the proposal has come to its end")]
    ProposalOver,
    #[msg(
        "the proposal has not come to its end, its deposit was not paid, or votes on it were not closed"
    )]
    ProposalOpen,
    #[msg("the steward's proposal lapsed with the hand-over")]
    StewardGone,
    #[msg("not one of the programs that can be paused, or whose settings the dao keeps")]
    NoSuchProgram,
    #[msg(
        "guardians pause once in 60 days, counted from the beginning, and lift the pause before first"
    )]
    PauseTooSoon,
    #[msg("the program is paused already")]
    AlreadyPaused,
    #[msg("the guardians have not paused this program")]
    NotPaused,
    #[msg("active weight has not reached the floor of the hand-over")]
    FloorNotReached,
    #[msg(
        "a program's settings or its upgrades are not the dao's yet: give it their authority first"
    )]
    NotTheDaos,
}
