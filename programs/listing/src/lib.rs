//! Listings of AI assets with the lineage they came from, and the pools through which royalties climb it.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

use alloc::{boxed::Box, vec::Vec};

use anchor_lang::prelude::*;
// In the interface description a text is a string; its bytes are checked where they are stored.
use common::text::Text as String;

pub mod constants;
pub mod error;
pub mod events;
pub mod instructions;
pub mod merkle;
pub mod state;

use instructions::*;
use state::TermArgs;

declare_id!("8QpM2P5MGwMRWr1yvFckgAotHjqVgwatVjTM3M9dPX1R");

/// Each instruction is specified at its handler in [`instructions`].
#[program]
pub mod listing {
    use super::*;

    pub fn initialize(ctx: &mut Context<Initialize>, authority: Address) -> Result<()> {
        initialize_config::initialize(ctx, authority)
    }

    pub fn update_config(
        ctx: &mut Context<UpdateConfig>,
        paused: bool,
        pending_authority: Address,
    ) -> Result<()> {
        update_config::update_config(ctx, paused, pending_authority)
    }

    pub fn accept_config_authority(ctx: &mut Context<UpdateConfig>) -> Result<()> {
        update_config::accept_config_authority(ctx)
    }

    pub fn set_profile(ctx: &mut Context<SetProfile>, name: String, uri: String) -> Result<()> {
        set_profile::set_profile(ctx, &name, &uri)
    }

    pub fn verify_profile(
        ctx: &mut Context<VerifyProfile>,
        verified: bool,
        name_hash: [u8; 32],
    ) -> Result<()> {
        set_profile::verify_profile(ctx, verified, name_hash)
    }

    pub fn register(ctx: &mut Context<Register>, args: Box<RegisterArgs>) -> Result<()> {
        register_listing::register(ctx, &args)
    }

    pub fn add_edge(
        ctx: &mut Context<AddEdge>,
        relation: u8,
        royalty_ppm: u32,
        max_royalty_ppm: u32,
    ) -> Result<()> {
        add_edge::add_edge(ctx, relation, royalty_ppm, max_royalty_ppm)
    }

    pub fn remove_edge(ctx: &mut Context<RemoveEdge>) -> Result<()> {
        remove_edge::remove_edge(ctx)
    }

    pub fn close_royalty_table(ctx: &mut Context<CloseRoyaltyTable>) -> Result<()> {
        close_royalty_table::close_royalty_table(ctx)
    }

    pub fn discard_draft(ctx: &mut Context<DiscardDraft>) -> Result<()> {
        discard_draft::discard_draft(ctx)
    }

    pub fn activate(ctx: &mut Context<ManageListing>) -> Result<()> {
        activate_listing::activate(ctx)
    }

    pub fn update_terms(ctx: &mut Context<ChangeListing>, terms: Vec<TermArgs>) -> Result<()> {
        update_terms::update_terms(ctx, &terms)
    }

    pub fn publish_version(ctx: &mut Context<ChangeListing>, args: VersionArgs) -> Result<()> {
        publish_version::publish_version(ctx, args)
    }

    pub fn pause(ctx: &mut Context<ManageListing>) -> Result<()> {
        change_status::pause(ctx)
    }

    pub fn resume(ctx: &mut Context<ManageListing>) -> Result<()> {
        change_status::resume(ctx)
    }

    pub fn retire(ctx: &mut Context<ManageListing>) -> Result<()> {
        change_status::retire(ctx)
    }

    pub fn propose_authority(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
        set_wallets::propose_authority(ctx, new)
    }

    pub fn accept_authority(ctx: &mut Context<AcceptAuthority>) -> Result<()> {
        transfer_authority::accept_authority(ctx)
    }

    pub fn set_payout(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
        set_wallets::set_payout(ctx, new)
    }

    pub fn set_operator(ctx: &mut Context<ManageListing>, new: Address) -> Result<()> {
        set_wallets::set_operator(ctx, new)
    }

    pub fn grant_license(ctx: &mut Context<GrantLicense>, expires_at: i64) -> Result<()> {
        grant_license::grant_license(ctx, expires_at)
    }

    pub fn revoke_license(ctx: &mut Context<RevokeLicense>) -> Result<()> {
        grant_license::revoke_license(ctx)
    }

    pub fn open_pool(ctx: &mut Context<OpenPool>) -> Result<()> {
        open_pool::open_pool(ctx)
    }

    pub fn forward(ctx: &mut Context<Forward>, index: u8) -> Result<()> {
        forward_royalty::forward(ctx, index)
    }

    pub fn post_review(ctx: &mut Context<PostReview>, rating: u8, hash: [u8; 32]) -> Result<()> {
        post_review::post_review(ctx, rating, hash)
    }

    pub fn edit_review(ctx: &mut Context<EditReview>, rating: u8, hash: [u8; 32]) -> Result<()> {
        post_review::edit_review(ctx, rating, hash)
    }

    pub fn prove_edge(ctx: &mut Context<ProveEdge>, args: ProofArgs) -> Result<()> {
        prove_edge::prove_edge(ctx, &args)
    }

    pub fn reclaim_excess(ctx: &mut Context<ReclaimExcess>) -> Result<()> {
        reclaim_excess::reclaim_excess(ctx)
    }

    pub fn set_default_royalty(
        ctx: &mut Context<UpdateConfig>,
        default_royalty_ppm: u32,
    ) -> Result<()> {
        update_config::set_default_royalty(ctx, default_royalty_ppm)
    }

    pub fn apply_ruling(
        ctx: &mut Context<ApplyRuling>,
        number: u16,
        missing: Option<u8>,
    ) -> Result<()> {
        apply_ruling::apply_ruling(ctx, number, missing)
    }

    pub fn apply_version_ruling(
        ctx: &mut Context<ApplyVersionRuling>,
        number: u16,
        version: u32,
        manifest_hash: [u8; 32],
    ) -> Result<()> {
        suspend_listing::apply_version_ruling(ctx, number, version, manifest_hash)
    }

    pub fn set_suspended(ctx: &mut Context<ChangeListing>, suspends: bool) -> Result<()> {
        suspend_listing::set_suspended(ctx, suspends)
    }
}
