//! Errors, from code 6200, so that a code names one program. Appended to, never renumbered. Each message says what
//! to do.

use anchor_lang::prelude::*;

#[error_code(offset = 6200)]
#[derive(Debug, PartialEq, Eq)]
pub enum RewardError {
    #[msg("only the program's upgrade authority may initialize it: sign with that key")]
    NotUpgradeAuthority,
    #[msg("the config's authority has to sign this")]
    NotConfigAuthority,
    #[msg("the proposed new authority has to sign this")]
    NotPendingAuthority,
    #[msg("new points, positions and attestations are paused: try again when the pause is lifted")]
    Paused,
    #[msg("an epoch's length is outside its bounds of an hour to 30 days")]
    EpochLengthOutOfBounds,
    #[msg(
        "the emission is zero, halves outside of 1 to 10,000 epochs, or sums up to more than the cap"
    )]
    EmissionOutOfBounds,
    #[msg("the cooling period is outside its bounds of 15 to 90 days")]
    CoolingOutOfBounds,
    #[msg("the time to claim is outside its bounds of 30 to 366 days")]
    ClaimWindowOutOfBounds,
    #[msg("the buyer's share is above 1,000,000 ppm: lower it")]
    ShareOutOfBounds,
    #[msg(
        "the stake is zero, below the least of an attestation, or above what the position does not risk yet"
    )]
    StakeOutOfBounds,
    #[msg(
        "a fee would credit more than half its worth at this price: lower the rate; a rate needs a price"
    )]
    RateTooHigh,
    #[msg("an amount is zero: give one")]
    AmountZero,
    #[msg("an amount is too large")]
    AmountTooLarge,
    #[msg("the ledger does not add up: nothing was changed, report this")]
    LedgerBroken,
    #[msg("this is not the epoch of now: open that one, and record in it")]
    NotCurrentEpoch,
    #[msg("the epoch is not over: finish it when it is")]
    EpochNotOver,
    #[msg("an epoch that was opened before this one is not finished: finish that first")]
    EpochOutOfOrder,
    #[msg("the epoch is not in the state that this needs")]
    WrongEpochState,
    #[msg("only the escrow program records fees: call its record_fees")]
    NotRecorder,
    #[msg("the order is not settled and paid, its listing is unclaimed, or its fee is still due")]
    NotReceipt,
    #[msg("the fee credits nothing: its mint has no rate, or the fee is too small")]
    NothingToCredit,
    #[msg("buyer and publisher are the same wallet: that credits nobody")]
    SelfDealt,
    #[msg("an account is not the one that this needs")]
    WrongAccount,
    #[msg(
        "not the token account that this goes to: the owner's associated one, or, where the owner signs, any"
    )]
    WrongTokenAccount,
    #[msg("the time to claim is over: what was not claimed rolls on")]
    ClaimOver,
    #[msg("the time to claim is not over: wait until claim_until")]
    ClaimStillOpen,
    #[msg("rent goes back to the one who paid it: give that account")]
    WrongRentPayer,
    #[msg("the account holds no more lamports than its rent: there is nothing to reclaim")]
    NothingToReclaim,
    #[msg("the position's owner has to sign this")]
    NotOwner,
    #[msg(
        "the position's unlock was requested: it neither votes nor attests, and is requested once"
    )]
    Unlocking,
    #[msg(
        "the position is still cooling or was never unlocked: request it, and wait until unlock_at"
    )]
    StillLocked,
    #[msg("attestations of the position are alive: close them first")]
    StillAttesting,
    #[msg("the listing was never activated: there is nothing to attest")]
    ListingNotActivated,
    #[msg(
        "the listing's version or manifest is not the one you saw: read it again and decide anew"
    )]
    VersionChanged,
    #[msg("a verdict is 1, good, or 2, bad")]
    NoSuchVerdict,
    #[msg("this is no final ruling of the dao that contradicts the attestation")]
    NoContraryRuling,
    #[msg("the attestation is alive: wait until it has expired")]
    AttestationAlive,
    #[msg("the listing is in dispute, or was within the last seven days: wait")]
    ListingDisputed,
    #[msg("what was made in this slot is closed in a later one: send it again")]
    SameSlot,
}
