use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, dispute::version_hash, emitter};
use listing::state::Listing;
use reward::state::{Attestation, Stake};

use crate::{
    error::DaoError,
    events::{DisputeOpenedV1, OpenedHead},
    opening::{Opening, deadline, open, take_bond},
    state::{Config, case},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenVersionCase {
    pub opener: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Cold<Account<Config>>,
    pub stake: Cold<Account<Stake>>,
    pub listing: Cold<Account<Listing>>,
    /// Of a version that is not in force any more: somebody's attestation of it, which says that it was.
    pub attestation: Option<Account<Attestation>>,
    /// CHECK: made here, or loaded and compared with the listing.
    #[account(mut)]
    pub docket: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub dispute: UncheckedAccount,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// A token account that the opener may take from.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl OpenVersionCase {
    fn validate(&self, version: u32, manifest_hash: &[u8; 32]) -> Result<()> {
        let listing = &self.listing;
        let in_force = listing.version == version && listing.manifest_hash == *manifest_hash;
        // Else a publisher would free those who vouched for a version by publishing another.
        let was_attested = self.attestation.as_ref().is_some_and(|attestation| {
            address_eq(&attestation.listing, listing.address())
                && attestation.subject_hash == version_hash(version, manifest_hash)
        });
        require!(
            listing.activated_slot > 0 && (in_force || was_attested),
            DaoError::VersionChanged
        );
        require!(
            address_eq(self.mint.address(), &self.config.mint),
            DaoError::WrongAccount
        );
        Ok(())
    }
}

/// **Specification:**
/// - Signed by who complains of a version of a listing, and pays the bond of a case: of the one in force, or of one that an
///   attestation shows (`VersionChanged`).
/// - Jurors reject the complaint (0) or uphold it (100).
pub fn open_version_case(
    ctx: &mut Context<OpenVersionCase>,
    version: u32,
    manifest_hash: [u8; 32],
) -> Result<()> {
    ctx.accounts.validate(version, &manifest_hash)?;
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let active = accounts.stake.settled(clock.unix_timestamp);
    let opening = Opening {
        payer: accounts.payer.account(),
        config: &accounts.config,
        active,
        docket: accounts.docket.account(),
        dispute: accounts.dispute.account(),
        mint: accounts.mint.account(),
        vault: accounts.vault.account(),
        case: case::VERSION,
        subject: accounts.listing.address(),
        subject_hash: version_hash(version, &manifest_hash),
        number: None,
        version,
        deadline: deadline(&clock)?,
        clock: &clock,
    };
    let (mut dispute, docket) = open(&opening)?;
    let (opener, source) = (accounts.opener.account(), accounts.source.account());
    take_bond(&opening, &mut dispute, opener, source)?;
    let head = OpenedHead {
        address: *dispute.address(),
        docket_address: *docket.address(),
        active,
        docket: *docket,
    };
    emitter!(ctx).state::<DisputeOpenedV1>(&head, &dispute);
    Ok(())
}
