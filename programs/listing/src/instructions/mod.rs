//! Instructions: arguments, accounts, handler. Those that do no more than change a listing share their accounts.

use anchor_lang::{
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};

use crate::state::{Config, Listing};

pub mod activate_listing;
pub mod add_edge;
pub mod apply_ruling;
pub mod change_status;
pub mod close_royalty_table;
pub mod discard_draft;
pub mod forward_royalty;
pub mod grant_license;
pub mod initialize_config;
pub mod open_pool;
pub mod post_review;
pub mod prove_edge;
pub mod publish_version;
pub mod reclaim_excess;
pub mod register_listing;
pub mod remove_edge;
pub mod set_profile;
pub mod set_wallets;
pub mod suspend_listing;
pub mod transfer_authority;
pub mod update_config;
pub mod update_terms;

pub use {
    add_edge::*, apply_ruling::*, close_royalty_table::*, discard_draft::*, forward_royalty::*,
    grant_license::*, initialize_config::*, open_pool::*, post_review::*, prove_edge::*,
    publish_version::*, reclaim_excess::*, register_listing::*, remove_edge::*, set_profile::*,
    suspend_listing::*, transfer_authority::*, update_config::*,
};

/// A listing, and the signature of its authority.
#[event_cpi]
#[derive(Accounts)]
pub struct ManageListing {
    pub authority: Signer,
    #[account(mut)]
    pub listing: Account<Listing>,
}

impl ManageListing {
    /// Errors with `NotListingAuthority` for another key's signature, and with `Retired`.
    #[inline(never)]
    fn validate(&self) -> Result<()> {
        self.listing.check_authority(self.authority.address())?;
        self.listing.check_not_retired()
    }
}

/// The same for changes that count as new business.
#[event_cpi]
#[derive(Accounts)]
pub struct ChangeListing {
    pub authority: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub listing: Account<Listing>,
}

impl ChangeListing {
    /// Errors with `Paused`, `NotListingAuthority`, `Retired`.
    #[inline(never)]
    fn validate(&self) -> Result<()> {
        self.config.check_running()?;
        self.listing.check_authority(self.authority.address())?;
        self.listing.check_not_retired()
    }
}

/// The slot that this instruction runs in.
fn slot() -> Result<u64> {
    Ok(Clock::get()?.slot)
}
