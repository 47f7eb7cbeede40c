use alloc::vec::Vec;

use anchor_lang::{
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{
    emitter,
    pda::Payer,
    // In the interface description a text is a string; its bytes are checked where they are stored.
    text::{self, Text as String},
};

use crate::{
    constants::{LAYOUT, LISTING_SEED, MAX_ROYALTY_PPM},
    error::ListingError,
    events::{EntityHead, ListingRegisteredV1},
    state::{Config, Listing, TermArgs, derivatives, kind, status},
};

/// What a listing begins with. Texts are not terminated; their lengths are those of the listing's fields.
#[derive(Clone, Debug, PartialEq, Eq, wincode::SchemaRead, wincode::SchemaWrite, IdlType)]
pub struct RegisterArgs {
    /// The publisher's own name for it, part of the address. For a catalogue asset the SHA-256 of its key.
    pub key: [u8; 32],
    /// One of [`kind`].
    pub kind: u8,
    /// False for a listing made for a publisher who did not ask.
    pub claimed: bool,
    /// One of [`derivatives`].
    pub derivatives: u8,
    /// Least royalty that a derivative owes, in ppm of its price; 0 where not claimed.
    pub derivative_royalty_ppm: u32,
    /// SHA-256 of the canonical manifest.
    pub manifest_hash: [u8; 32],
    /// Hash of the content itself, where known.
    pub content_hash: Option<[u8; 32]>,
    /// The wallet that its money goes to; the publisher where none is given.
    pub payout: Option<Address>,
    /// The hot key that delivers.
    pub operator: Option<Address>,
    pub name: String,
    pub uri: String,
    /// SPDX identifier, empty where unknown.
    pub license: String,
    pub terms: Vec<TermArgs>,
}

#[event_cpi]
#[derive(Accounts)]
pub struct Register {
    pub publisher: Signer,
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    /// CHECK: the draft, made at its address
    #[account(mut)]
    pub listing: UncheckedAccount,
    pub system_program: Program<System>,
}

impl Register {
    fn validate(&self, args: &RegisterArgs) -> Result<()> {
        self.config.check_running()?;
        require!(
            (kind::MODEL..=kind::AGENT).contains(&args.kind),
            ListingError::UnknownKind
        );
        require!(
            (derivatives::OPEN..=derivatives::FORBIDDEN).contains(&args.derivatives),
            ListingError::UnknownDerivatives
        );
        require!(
            args.derivative_royalty_ppm <= MAX_ROYALTY_PPM,
            ListingError::RoyaltyTooHigh
        );
        require!(
            args.claimed || args.derivative_royalty_ppm == 0,
            ListingError::UnclaimedRoyalty
        );
        require!(
            args.payout != Some(Address::default()),
            ListingError::PayoutMissing
        );
        require!(!args.name.is_empty(), ListingError::NameMissing);
        Ok(())
    }
}

/// **Specification:**
/// - The publisher signs; the draft is at the address of its key and `args.key`, where nothing is yet.
/// - Refused while the config is paused (`Paused`).
/// - Kind and derivatives rule are known, the royalty for derivatives is at most 800,000 ppm and 0 unless claimed
///   (`UnknownKind`, `UnknownDerivatives`, `RoyaltyTooHigh`, `UnclaimedRoyalty`).
/// - There is a name, a payout wallet, at most 4 terms that are well-formed; texts fit (`NameMissing`,
///   `PayoutMissing`, `TooManyTerms`, `BadPriceTerm`, `TextTooLong`, `TextHasControlCharacter`).
/// - The publisher is its authority. It has version 1 and no parents, and expires after 7 days unless activated.
pub fn register(ctx: &mut Context<Register>, args: &RegisterArgs) -> Result<()> {
    ctx.accounts.validate(args)?;
    let publisher = *ctx.accounts.publisher.address();
    let clock = Clock::get()?;
    let seeds: [&[u8]; 3] = [LISTING_SEED, publisher.as_ref(), &args.key];
    let payer = Payer::new(ctx.accounts.payer.account())?;
    let (mut account, bump) = payer.init::<Listing>(ctx.accounts.listing.account(), &seeds)?;
    let address = *account.address();
    let listing: &mut Listing = &mut account;
    listing.layout = LAYOUT;
    listing.bump = bump;
    listing.kind = args.kind;
    listing.status = status::DRAFT;
    listing.derivatives = args.derivatives;
    listing.claimed = u8::from(args.claimed);
    listing.version = 1;
    listing.derivative_royalty_ppm = args.derivative_royalty_ppm;
    listing.born_slot = clock.slot;
    listing.created_at = clock.unix_timestamp;
    listing.publisher = publisher;
    listing.key = args.key;
    listing.authority = publisher;
    listing.payout = args.payout.unwrap_or(publisher);
    if let Some(operator) = args.operator {
        listing.operator = operator;
    }
    listing.rent_payer = *payer.address();
    listing.manifest_hash = args.manifest_hash;
    if let Some(hash) = args.content_hash {
        listing.content_hash = hash;
    }
    text::write(&mut listing.name, &args.name).map_err(ListingError::from)?;
    text::write(&mut listing.uri, &args.uri).map_err(ListingError::from)?;
    text::write(&mut listing.license, &args.license).map_err(ListingError::from)?;
    listing.set_terms(&args.terms)?;
    listing.touch(clock.slot)?;
    listing.invariant()?;
    emitter!(ctx).state::<ListingRegisteredV1>(&EntityHead { address }, listing);
    Ok(())
}
