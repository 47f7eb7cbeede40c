use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{dispute::version_hash, emitter, pda::Payer};
use listing::state::Listing;

use crate::{
    constants::{ATTESTATION_PERIOD, ATTESTATION_SEED, LAYOUT},
    error::RewardError,
    events::{AttestedHead, VersionAttestedV1},
    state::{Attestation, Config, Position, verdict},
};

/// What a validator says, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct AttestArgs {
    /// 1 good, 2 bad.
    pub verdict: u8,
    /// The listing's version and manifest as the validator saw them.
    pub version: u32,
    pub manifest_hash: [u8; 32],
    pub evidence_hash: [u8; 32],
    /// Base units of the position that it risks.
    pub stake: u64,
}

#[event_cpi]
#[derive(Accounts)]
pub struct Attest {
    pub owner: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub position: Account<Position>,
    pub listing: Account<Listing>,
    /// CHECK: made here.
    #[account(mut)]
    pub attestation: UncheckedAccount,
    pub system_program: Program<System>,
}

impl Attest {
    fn validate(&self, args: &AttestArgs) -> Result<()> {
        let (listing, position) = (&self.listing, &self.position);
        self.config.check_running()?;
        require!(
            address_eq(self.owner.address(), &position.owner),
            RewardError::NotOwner
        );
        require!(
            matches!(args.verdict, verdict::GOOD | verdict::BAD),
            RewardError::NoSuchVerdict
        );
        require!(listing.activated_slot > 0, RewardError::ListingNotActivated);
        require!(
            listing.version == args.version && listing.manifest_hash == args.manifest_hash,
            RewardError::VersionChanged
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by the owner of a position whose unlock was not requested. Not while paused.
/// - A verdict on the version of a listing that is in force, one of a position at a time. The listing was activated.
/// - Names what of the position it risks: at least the least stake, at most what no other attestation of it risks.
pub fn attest(ctx: &mut Context<Attest>, args: AttestArgs) -> Result<()> {
    ctx.accounts.validate(&args)?;
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let (position, listing) = (&mut accounts.position, accounts.listing.address());
    position.risk(args.stake, accounts.config.min_stake)?;
    position.advance()?;
    let payer = Payer::new(accounts.payer.account())?;
    let (mut attestation, bump) = payer.init::<Attestation>(
        accounts.attestation.account(),
        &[
            ATTESTATION_SEED,
            position.address().as_ref(),
            listing.as_ref(),
            &args.version.to_le_bytes(),
        ],
    )?;
    attestation.layout = LAYOUT;
    attestation.bump = bump;
    attestation.verdict = args.verdict;
    attestation.version = args.version;
    attestation.born_slot = clock.slot;
    attestation.stake = args.stake;
    attestation.attested_at = clock.unix_timestamp;
    attestation.expires_at = clock
        .unix_timestamp
        .checked_add(ATTESTATION_PERIOD)
        .ok_or(RewardError::AmountTooLarge)?;
    attestation.position = *position.address();
    attestation.owner = position.owner;
    attestation.listing = *listing;
    attestation.subject_hash = version_hash(args.version, &args.manifest_hash);
    attestation.evidence_hash = args.evidence_hash;
    attestation.rent_payer = *payer.address();
    attestation.advance()?;
    let head = AttestedHead {
        address: *attestation.address(),
        position_address: *position.address(),
        position: **position,
    };
    emitter!(ctx).state::<VersionAttestedV1>(&head, &attestation);
    Ok(())
}
