//! Errors, from code 6100, so that a code names one program. Appended to, never renumbered. Each message says what
//! to do.

use anchor_lang::prelude::*;

#[error_code(offset = 6100)]
#[derive(Debug, PartialEq, Eq)]
pub enum EscrowError {
    #[msg("only the program's upgrade authority may initialize it: sign with that key")]
    NotUpgradeAuthority,
    #[msg("the config's authority has to sign this")]
    NotConfigAuthority,
    #[msg("the proposed new authority has to sign this")]
    NotPendingAuthority,
    #[msg("new orders are paused: try again when the pause is lifted")]
    Paused,
    #[msg("the fee is above 100,000 ppm: lower it")]
    FeeTooHigh,
    #[msg("a window is outside its bounds of 60 seconds to 30 days")]
    WindowOutOfBounds,
    #[msg(
        "the mint is not a clean token: only SPL Token, or Token-2022 with metadata and group extensions, and no wrapped SOL"
    )]
    MintNotClean,
    #[msg("orders in this mint are not allowed now")]
    MintNotAllowed,
    #[msg("the token program does not own this mint")]
    WrongTokenProgram,
    #[msg("the deposit is zero or above the mint's largest: give an amount up to that")]
    DepositTooLarge,
    #[msg("the listing is not active: it takes no orders now")]
    ListingNotActive,
    #[msg("nobody has claimed this listing, and this network takes no orders for such ones")]
    ListingUnclaimed,
    #[msg("the listing has no such price term")]
    NoSuchTerm,
    // Retired: an order may be of any mode. It keeps its place, and so the codes after it.
    #[msg("the price term is not a one-time price")]
    TermIsNotOneTime,
    #[msg("the listing has a price: order it with a deposit")]
    ListingNotFree,
    #[msg(
        "the listing's version or manifest is not the one you saw: read it again and decide anew"
    )]
    VersionChanged,
    #[msg("the price or its unit is not the one you saw: quote again and decide anew")]
    PriceChanged,
    #[msg("the total is above the most you said you would pay: quote again")]
    AboveMaximum,
    #[msg("the quantity is zero or above the term's capacity")]
    QuantityOutOfBounds,
    #[msg("valid_until has to be in the future, at most 7 days ahead")]
    ValidUntilOutOfBounds,
    #[msg("this idempotency key was used for another order: use the same parameters or a new key")]
    IdempotencyConflict,
    #[msg("the listing's royalty pool for this mint is missing: open it first")]
    PoolMissing,
    #[msg("fee and royalties together exceed the price")]
    SharesExceedPrice,
    #[msg("an amount is too large")]
    AmountTooLarge,
    #[msg("the order is not in the state that this needs")]
    WrongState,
    #[msg(
        "only the seller may do this: the listing's authority at opening, or, but for refunds, its authority or operator now"
    )]
    NotSeller,
    #[msg("only the buyer may do this")]
    NotBuyer,
    #[msg("the delivery deadline has passed: the order can only be refunded")]
    DeliveryTooLate,
    #[msg("the delivered content is not what was ordered: its hash differs")]
    ContentDiffers,
    #[msg("the dispute window is still open: wait until settle_after, or let the buyer accept")]
    WindowStillOpen,
    #[msg("the delivery deadline has not passed: only the seller may refund before it")]
    DeadlineNotReached,
    #[msg(
        "not the token account that this goes to: the payee's associated account, the one the buyer paid from, or, where the party itself signs, any of its own"
    )]
    WrongTokenAccount,
    #[msg("an account does not belong to this order")]
    WrongAccount,
    #[msg("nothing is waiting to be withdrawn")]
    NothingDue,
    #[msg("the order still holds money that is due: withdraw it first")]
    StillDue,
    #[msg("the order's idempotency key is still valid: close it after valid_until")]
    StillValid,
    #[msg("rent goes back to the one who paid it: give that account")]
    WrongRentPayer,
    #[msg("the buyer's delivery key or the seller's sealed key is missing")]
    KeyMissing,
    // Retired: no price term has a price of zero. It keeps its place, and so the codes after it.
    #[msg("the price is zero: order it without a deposit")]
    ListingFree,
    #[msg(
        "the amount is zero or above what the order has not given to anybody: refund at most that"
    )]
    RefundOutOfBounds,
    #[msg(
        "none of the token accounts can take the part that is due to it: give others, or wait until they can"
    )]
    NothingPayable,
    #[msg(
        "the mint's issuer froze the order's vault: nothing is lost, try again when it is thawed"
    )]
    VaultFrozen,
    #[msg("the order's ledger does not add up: nothing was changed, report this")]
    LedgerBroken,
    #[msg("a delivery states the content's hash: all zero is none")]
    ContentHashMissing,
    #[msg("the delivery or dispute window is not the one you saw: quote again and decide anew")]
    WindowsChanged,
    #[msg("the price term names other decimals than its mint has: the publisher has to correct it")]
    DecimalsDiffer,
    #[msg("the treasury's wallet is missing: give an address")]
    TreasuryMissing,
    #[msg("the time for a ruling is outside its bounds of a day to 180 days")]
    ArbitrationOutOfBounds,
    #[msg("a dispute's bond is outside its bounds of 1 to 200,000 ppm")]
    BondOutOfBounds,
    #[msg("the order's end is too near or too far: two windows to 366 days from now")]
    EndOutOfBounds,
    #[msg("this mode needs the buyer's key: the one that signs vouchers or heartbeats")]
    BuyerKeyMissing,
    #[msg("nothing of the order is mature yet: wait until matures_at, or let the owner accept")]
    NothingMature,
    #[msg("the order has ended, or ends no later than this would end it")]
    OrderEnded,
    #[msg("only a metered order takes vouchers and top-ups")]
    NotMetered,
    #[msg("what was redeemed before is still disputable: wait until matures_at")]
    PendingImmature,
    #[msg(
        "the voucher's sequence or amount is not above the last one redeemed: redeem a newer one"
    )]
    VoucherStale,
    #[msg("the voucher is above what the order holds: ask the buyer to top up")]
    VoucherTooLarge,
    #[msg(
        "the voucher is not signed: put the Ed25519 instruction of this key, order, sequence and amount where it is said to be"
    )]
    VoucherNotSigned,
    #[msg("only a lease takes heartbeats")]
    NotLease,
    #[msg("the next interval is authorised already")]
    AlreadyAuthorised,
    #[msg(
        "the interval before this one was not authorised, was confirmed before, or is no longer the lease's"
    )]
    NotAuthorised,
    #[msg("a batch holds 1 to 20 different leases")]
    BatchOutOfBounds,
    #[msg("a dispute lasts already: the owner alone adds to it, or replaces the seller's")]
    AlreadyContested,
    #[msg("nothing can be contested now: nothing is delivered or earned, or its window is over")]
    NothingToContest,
    #[msg("nothing is contested")]
    NothingContested,
    #[msg("the time for a ruling is not over: wait until arbitrate_by")]
    ArbitrationStillOpen,
    #[msg("only the order's owner or its seller may do this")]
    NotParty,
    #[msg("this is not the dispute's account at the dao, or it has no final ruling")]
    NoRuling,
    #[msg("the session's expiry has to be in the future, at most 366 days ahead")]
    SessionExpiryOutOfBounds,
    #[msg("the session was revoked or has expired: open another")]
    SessionOver,
    #[msg("the session may not order this listing or in this mint")]
    SessionForbids,
    #[msg("only the session's owner may do this before it expires")]
    NotSessionOwner,
    #[msg("the term's period is not the one you saw: quote again and decide anew")]
    PeriodChanged,
    #[msg("the dao has ruled on this dispute: apply its ruling")]
    RulingStands,
    #[msg("the listing is suspended: it takes no top-ups")]
    ListingSuspended,
    #[msg("the session was opened in this very slot: close it in a later one")]
    SessionSameSlot,
    #[msg(
        "the bond of a dispute or the time for its ruling is not the one you saw: quote again and decide anew"
    )]
    DisputeTermsChanged,
    #[msg("the order is not as you saw it: read it again, and decide anew on what it says now")]
    OrderChanged,
    #[msg("the account holds no more lamports than its rent: there is nothing to reclaim")]
    NothingToReclaim,
    #[msg("the term's mode is not the one you saw: quote again and decide anew")]
    ModeChanged,
    #[msg("the time for a ruling on your dispute is over: let it lapse, then open another")]
    ArbitrationOver,
    #[msg(
        "no fee to record: the order is not settled and paid, its listing was unclaimed, or its fee still waits for the treasury"
    )]
    NothingToRecord,
    #[msg("the order's fee was recorded already: that happens once")]
    AlreadyRecorded,
}
