//! Error codes of every program that our instructions reach, with their names and messages.
//!
//! Those of our own programs are read from the source that the programs are compiled from, so that no text stands
//! twice.

use std::sync::LazyLock;

use dao::error::DaoError;
use escrow::error::EscrowError;
use listing::error::ListingError;
use reward::error::RewardError;

/// One error of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    pub code: u32,
    pub name: &'static str,
    pub message: &'static str,
}

/// Errors of the listing program.
pub static LISTING: LazyLock<Vec<Code>> =
    LazyLock::new(|| parse(include_str!("../../../programs/listing/src/error.rs")));

/// Errors of the escrow program.
pub static ESCROW: LazyLock<Vec<Code>> =
    LazyLock::new(|| parse(include_str!("../../../programs/escrow/src/error.rs")));

/// Errors of the reward program.
pub static REWARD: LazyLock<Vec<Code>> =
    LazyLock::new(|| parse(include_str!("../../../programs/reward/src/error.rs")));

/// Errors of the dao program.
pub static DAO: LazyLock<Vec<Code>> =
    LazyLock::new(|| parse(include_str!("../../../programs/dao/src/error.rs")));

/// First code of a program that names none, by Anchor's rule.
const FIRST_CODE: u32 = 6000;

/// Reads an `#[error_code]` enum: each `#[msg("…")]` is followed by its variant.
fn parse(source: &'static str) -> Vec<Code> {
    let mut code = FIRST_CODE;
    let mut message = "";
    let mut codes = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some(offset) = line
            .strip_prefix("#[error_code(offset = ")
            .and_then(|s| s.strip_suffix(")]"))
        {
            code = offset.parse().unwrap_or(FIRST_CODE);
        } else if let Some(text) = quoted(line) {
            message = text;
        } else if let Some(name) = line.strip_suffix(',').filter(|_| !message.is_empty()) {
            codes.push(Code {
                code,
                name,
                message,
            });
            code += 1;
            message = "";
        }
    }
    codes
}

/// The text of a `#[msg("…")]`, which the formatter may have put on a line of its own.
fn quoted(line: &'static str) -> Option<&'static str> {
    let text = line
        .strip_prefix("#[msg(")
        .and_then(|rest| rest.strip_suffix(")]"))
        .unwrap_or(line);
    text.strip_prefix('"')?.strip_suffix('"')
}

/// The code that a [`ListingError`] leaves the program with.
pub fn listing_code(error: ListingError) -> u32 {
    FIRST_CODE + error as u32
}

/// The code that an [`EscrowError`] leaves the program with.
pub fn escrow_code(error: EscrowError) -> u32 {
    6100 + error as u32
}

/// The code that a [`RewardError`] leaves the program with.
pub fn reward_code(error: RewardError) -> u32 {
    6200 + error as u32
}

/// The code that a [`DaoError`] leaves the program with.
pub fn dao_code(error: DaoError) -> u32 {
    6300 + error as u32
}

macro_rules! codes {
    ($($code:literal $name:ident $message:literal)*) => {
        &[$(Code { code: $code, name: stringify!($name), message: $message },)*]
    };
}

/// What Anchor's generated checks answer, in all programs.
pub const ANCHOR: &[Code] = codes! {
    2000 ConstraintMut "an account has to be writable"
    2001 ConstraintHasOne "an account names another one than was given"
    2003 ConstraintRaw "an account fails a condition"
    2005 ConstraintRentExempt "an account holds too few lamports for its rent"
    2007 ConstraintExecutable "an account is not a program"
    2011 ConstraintClose "an account cannot be closed into itself"
    2012 ConstraintAddress "an account is not at its fixed address"
    2013 ConstraintZero "an account is already in use"
    2019 ConstraintSpace "an account has the wrong length"
    2020 ConstraintAccountIsNone "an optional account is missing"
    2040 ConstraintDuplicateMutableAccount "one writable account is given twice"
    2500 RequireViolated "a condition does not hold"
    2501 RequireEqViolated "two values differ that have to be equal"
    2502 RequireKeysEqViolated "two addresses differ that have to be equal"
    2503 RequireNeqViolated "two values are equal that have to differ"
    2504 RequireKeysNeqViolated "two addresses are equal that have to differ"
    2505 RequireGtViolated "a value is not above its bound"
    2506 RequireGteViolated "a value is below its bound"
};

/// Errors of the system program.
pub const SYSTEM: &[Code] = codes! {
    0 AccountAlreadyInUse "an account at this address exists already"
    1 ResultWithNegativeLamports "the payer has too few lamports: fund it"
    2 InvalidProgramId "an account cannot be given to this program"
    3 InvalidAccountDataLength "an account cannot have this length"
    4 MaxSeedLengthExceeded "a seed is too long"
    5 AddressWithSeedMismatch "an address does not derive from its seed"
    6 NonceNoRecentBlockhashes "the nonce needs a recent blockhash"
    7 NonceBlockhashNotExpired "the nonce has not advanced yet: wait a slot"
    8 NonceUnexpectedBlockhashValue "the nonce is another one than expected"
};

/// Errors of both token programs that a clean token can cause.
pub const TOKEN: &[Code] = codes! {
    0 NotRentExempt "a token account holds too few lamports for its rent"
    1 InsufficientFunds "the token account holds too little: fund it"
    2 InvalidMint "the mint is none"
    3 MintMismatch "a token account is of another mint"
    4 OwnerMismatch "the signer does not own the token account"
    5 FixedSupply "the token's supply is fixed"
    6 AlreadyInUse "a token account or mint at this address exists already"
    7 InvalidNumberOfProvidedSigners "the wrong number of signers was given"
    8 InvalidNumberOfRequiredSigners "the wrong number of signers is required"
    9 UninitializedState "the token account is not initialized"
    10 NativeNotSupported "wrapped SOL is not taken here"
    11 NonNativeHasBalance "a token account that holds tokens cannot be closed"
    12 InvalidInstruction "the token program does not know this instruction"
    13 InvalidState "the token account is not in the state that this needs"
    14 Overflow "an amount is too large"
    15 AuthorityTypeNotSupported "the token has no authority of this type"
    16 MintCannotFreeze "the mint cannot freeze accounts"
    17 AccountFrozen "the token account is frozen"
    18 MintDecimalsMismatch "the decimals are not the mint's"
    19 NonNativeNotSupported "only wrapped SOL is taken here"
    34 ImmutableOwner "the token account's owner cannot change"
    36 NoMemo "the token account demands a memo with each transfer"
    42 CpiGuardTransferBlocked "the token account refuses transfers that a program makes: turn its CPI guard off"
};

/// Errors of the associated token account program.
pub const ASSOCIATED_TOKEN: &[Code] = codes! {
    0 InvalidOwner "the associated token account belongs to somebody else"
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_name_every_error_of_the_programs() {
        let of = |codes: &[Code], code| codes.iter().find(|c| c.code == code).map(|c| c.name);
        // A variant that the table missed would shift the codes of all after it.
        assert_eq!(
            of(&LISTING, listing_code(ListingError::DraftExpired)),
            Some("DraftExpired")
        );
        assert_eq!(
            of(&LISTING, listing_code(ListingError::WrongRentPayer)),
            Some("WrongRentPayer")
        );
        assert_eq!(
            of(&ESCROW, escrow_code(EscrowError::PriceChanged)),
            Some("PriceChanged")
        );
        assert_eq!(
            of(&ESCROW, escrow_code(EscrowError::KeyMissing)),
            Some("KeyMissing")
        );
        let sources = [
            (
                &LISTING,
                include_str!("../../../programs/listing/src/error.rs"),
            ),
            (
                &ESCROW,
                include_str!("../../../programs/escrow/src/error.rs"),
            ),
            (
                &REWARD,
                include_str!("../../../programs/reward/src/error.rs"),
            ),
            (&DAO, include_str!("../../../programs/dao/src/error.rs")),
        ];
        for (codes, source) in sources {
            assert_eq!(codes.len(), source.matches("#[msg(").count());
        }
        for (codes, first) in [
            (&LISTING, FIRST_CODE),
            (&ESCROW, escrow_code(EscrowError::NotUpgradeAuthority)),
            (&REWARD, reward_code(RewardError::NotUpgradeAuthority)),
            (&DAO, dao_code(DaoError::NotUpgradeAuthority)),
        ] {
            for (code, n) in codes.iter().zip(first..) {
                assert_eq!(code.code, n, "{}", code.name);
                assert!(code.message.len() > 10, "{}", code.name);
            }
        }
    }

    #[test]
    fn codes_are_those_that_the_programs_return() {
        let custom = |error: anchor_lang::Error| match error {
            anchor_lang::Error::Custom(code) => code,
            other => panic!("{other:?}"),
        };
        let listing = ListingError::RoyaltyBelowLicense;
        assert_eq!(custom(listing.into()), listing_code(listing));
        let escrow = EscrowError::IdempotencyConflict;
        assert_eq!(custom(escrow.into()), escrow_code(escrow));
        let reward = RewardError::ListingDisputed;
        assert_eq!(custom(reward.into()), reward_code(reward));
        let dao = DaoError::NothingToReclaim;
        assert_eq!(custom(dao.into()), dao_code(dao));
    }

    #[test]
    fn codes_of_the_programs_never_overlap() {
        let mut codes: Vec<u32> = [&**LISTING, &**ESCROW, &**REWARD, &**DAO, ANCHOR]
            .into_iter()
            .flatten()
            .map(|code| code.code)
            .collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
