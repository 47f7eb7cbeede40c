//! Errors, from code 6000. Appended to, never renumbered. Each message says what to do.

use anchor_lang::prelude::*;

#[error_code]
#[derive(Debug, PartialEq, Eq)]
pub enum ListingError {
    #[msg("only the program's upgrade authority may initialize it: sign with that key")]
    NotUpgradeAuthority,
    #[msg("the config's authority has to sign this")]
    NotConfigAuthority,
    #[msg("the listing's authority has to sign this")]
    NotListingAuthority,
    #[msg("the proposed new authority has to sign this")]
    NotPendingAuthority,
    #[msg("new business is paused: try again when the config's pause is lifted")]
    Paused,
    #[msg("a text is longer than its field: shorten it")]
    TextTooLong,
    #[msg("a text holds a control character: remove it")]
    TextHasControlCharacter,
    #[msg("the name is empty: give one")]
    NameMissing,
    #[msg("unknown kind: use 1 model, 2 dataset, 3 service, 4 compute or 5 agent")]
    UnknownKind,
    #[msg("unknown relation: use 1 to 6")]
    UnknownRelation,
    #[msg("unknown derivatives rule: use 1 open, 2 licensed or 3 forbidden")]
    UnknownDerivatives,
    #[msg(
        "a price term is malformed: its mode is 1 to 4, its price is above zero, its unit is not empty, its mint is set, and a subscription or lease has a period of 60 seconds to 366 days"
    )]
    BadPriceTerm,
    #[msg("at most 4 price terms fit: drop some")]
    TooManyTerms,
    #[msg("royalties add up to more than 800,000 ppm: lower one")]
    RoyaltyTooHigh,
    #[msg("the listing is not a draft any more: lineage is frozen at activation")]
    NotDraft,
    #[msg("the draft has expired: discard it and register again")]
    DraftExpired,
    #[msg("the draft has not expired: only its authority may discard it before that")]
    DraftNotExpired,
    #[msg("the draft still has edges or a royalty table: close them first")]
    DraftNotEmpty,
    #[msg("this needs an active listing")]
    NotActive,
    #[msg("this needs a paused listing")]
    NotPaused,
    #[msg("a retired listing takes no more changes")]
    Retired,
    #[msg("a suspended listing takes this change only after the dao restores it")]
    Suspended,
    #[msg("a listing cannot be its own parent")]
    SelfParent,
    #[msg("the parent was never activated: activate it first")]
    ParentNotActivated,
    #[msg("a listing has at most 128 parents")]
    TooManyEdges,
    #[msg("at most 16 parents bear a royalty")]
    TooManyRoyaltyParents,
    #[msg(
        "the royalty is below what the parent's licence asks: read derivative_royalty_ppm and offer at least that"
    )]
    RoyaltyBelowLicense,
    #[msg("the parent now asks for more than the most you accept: look at its terms again")]
    RoyaltyAboveAccepted,
    #[msg("the parent forbids derivatives")]
    DerivativesForbidden,
    #[msg(
        "the parent asks for a licence: show a grant that has not expired, or a paid receipt of your own"
    )]
    LicenseRequired,
    #[msg("an unclaimed listing neither owes nor earns royalties")]
    UnclaimedRoyalty,
    #[msg(
        "a royalty-bearing edge needs the child's royalty table account, and only such an edge does"
    )]
    WrongRoyaltyTable,
    #[msg("the listing has no royalties to pool")]
    NoRoyalties,
    #[msg("the entry's index is outside the royalty table")]
    NoSuchEntry,
    #[msg("this parent is not the one in that entry of the royalty table")]
    WrongParent,
    #[msg(
        "the parent's pool of its current generation has to be given, and opened if it is missing"
    )]
    WrongParentPool,
    #[msg(
        "the mint is not a clean token: only SPL Token, or Token-2022 with metadata and group extensions, and no wrapped SOL"
    )]
    MintNotClean,
    #[msg("the token program does not own this mint")]
    WrongTokenProgram,
    #[msg("an amount is too large")]
    AmountTooLarge,
    #[msg("nothing to forward yet")]
    NothingToForward,
    #[msg("the expiry has to be in the future")]
    ExpiryInThePast,
    #[msg("the account was made in this very slot: try again in the next")]
    SameSlot,
    #[msg("an account does not belong to this listing")]
    WrongAccount,
    #[msg("the manifest is the one already published")]
    SameVersion,
    #[msg("rent goes back to the one who paid it: give that account")]
    WrongRentPayer,
    #[msg("the payout wallet is missing: give an address")]
    PayoutMissing,
    #[msg("edges are removed from the last one down: remove that one first")]
    NotLastEdge,
    #[msg("a rule of the account would be broken: this is a fault of the program, report it")]
    InvariantBroken,
    #[msg("nobody has claimed the listing: only its publisher can license derivatives")]
    UnclaimedGrant,
    #[msg(
        "royalties go to the associated token account of the parent's payout wallet: give that account"
    )]
    WrongPayoutAccount,
    #[msg("a text is not UTF-8: encode it so")]
    TextNotUtf8,
    #[msg("a rating is 1 to 5: give one of those")]
    RatingOutOfBounds,
    #[msg(
        "only what was bought is reviewed: give an order of this listing that is settled and paid, and whose account is open"
    )]
    ReceiptMissing,
    #[msg("the order's owner alone reviews it, and changes the review: sign with that key")]
    NotReviewer,
    #[msg("nobody reviews what it sells itself: leave that to the buyers")]
    OwnListing,
    #[msg("a review is edited once: this one was")]
    AlreadyEdited,
    #[msg("only an edge that is merely claimed can be proved: this one was proved already")]
    EdgeNotClaimed,
    #[msg("the parent has no content hash: let its authority publish a version that has one")]
    ContentHashUnknown,
    #[msg("a proof has at most 20 hashes: cut the training manifest into parts")]
    ProofTooLong,
    #[msg(
        "the proof does not lead from the parent's content hash to the root: make it anew for the parent's version in force"
    )]
    ProofMismatch,
    #[msg("lamports are reclaimed from an account of this program alone: give one of those")]
    NoRentPayer,
    #[msg("the account holds no more lamports than its rent")]
    NothingToReclaim,
    #[msg(
        "this is not the dispute of this edge or version at the dao, or its final ruling does not uphold it"
    )]
    NoRuling,
    #[msg("the ruling was carried out already: that happens once")]
    RulingApplied,
    #[msg("the parent was not activated before the child: no ruling adds such an edge")]
    ParentNotOlder,
    #[msg("only a suspended listing is restored: this one is not")]
    NotSuspended,
    #[msg("the profile has another name than the one that is vouched for: read it again")]
    NameChanged,
}

impl From<common::text::TextError> for ListingError {
    fn from(error: common::text::TextError) -> Self {
        match error {
            common::text::TextError::TooLong => Self::TextTooLong,
            common::text::TextError::ControlCharacter => Self::TextHasControlCharacter,
            common::text::TextError::NotUtf8 => Self::TextNotUtf8,
        }
    }
}
