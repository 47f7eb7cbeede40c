use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{dispute::version_hash, emitter};
use listing::state::Listing;
use reward::state::Stake;

use crate::{
    constants::CASE_PERIOD,
    error::DaoError,
    events::{DisputeOpenedV1, OpenedHead},
    opening::{Opening, open},
    state::{Config, case, direction},
    tokens,
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenVersionCase {
    pub opener: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Account<Config>,
    pub stake: Account<Stake>,
    pub listing: Account<Listing>,
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
        require!(
            listing.activated_slot > 0
                && listing.version == version
                && listing.manifest_hash == *manifest_hash,
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
/// - Signed by who complains of the version of a listing that is in force, and pays the bond of a case.
/// - Jurors reject the complaint (0) or uphold it (100).
pub fn open_version_case(
    ctx: &mut Context<OpenVersionCase>,
    version: u32,
    manifest_hash: [u8; 32],
) -> Result<()> {
    ctx.accounts.validate(version, &manifest_hash)?;
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let deadline = clock
        .unix_timestamp
        .checked_add(CASE_PERIOD)
        .ok_or(DaoError::AmountTooLarge)?;
    let (mut dispute, docket) = open(&Opening {
        payer: accounts.payer.account(),
        config: &accounts.config,
        active: accounts.stake.active,
        docket: accounts.docket.account(),
        dispute: accounts.dispute.account(),
        mint: accounts.mint.account(),
        vault: accounts.vault.account(),
        case: case::VERSION,
        subject: accounts.listing.address(),
        subject_hash: version_hash(version, &manifest_hash),
        number: None,
        version,
        deadline,
        clock: &clock,
    })?;
    let amount = accounts.config.case_bond;
    dispute.bond(0, accounts.opener.address(), direction::UP, amount)?;
    let (source, vault) = (accounts.source.account(), accounts.vault.account());
    tokens::send(source, vault, amount, accounts.opener.account(), &[]);
    let head = OpenedHead {
        address: *dispute.address(),
        docket_address: *docket.address(),
        active: accounts.stake.active,
        docket: *docket,
    };
    emitter!(ctx).state::<DisputeOpenedV1>(&head, &dispute);
    Ok(())
}
