//! What generates fees is rewarded: the token, points of an epoch, locked positions, and what validators attest with them.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

use anchor_lang::prelude::*;

pub mod constants;
pub mod error;
pub mod events;
pub mod instructions;
pub mod math;
pub mod state;

#[cfg(feature = "program")]
use instructions::*;

declare_id!("55XVUnAvtWUvStYTvArcoFga8U65cxr5kJbhqxc6c6K9");

// Another program that reads this one's accounts leaves this out: a program links one alone.
#[cfg(feature = "program")]
#[program]
pub mod reward {
    use super::*;

    pub fn initialize(
        ctx: &mut Context<Initialize>,
        authority: Address,
        terms: Terms,
        args: ConfigArgs,
    ) -> Result<()> {
        instructions::initialize(ctx, authority, terms, args)
    }

    pub fn update_config(ctx: &mut Context<UpdateConfig>, args: ConfigArgs) -> Result<()> {
        instructions::update_config(ctx, args)
    }

    pub fn accept_config_authority(ctx: &mut Context<AcceptConfigAuthority>) -> Result<()> {
        instructions::accept_config_authority(ctx)
    }

    pub fn set_rate(ctx: &mut Context<SetRate>, rate: u64, price: u64) -> Result<()> {
        instructions::set_rate(ctx, rate, price)
    }

    pub fn open_epoch(ctx: &mut Context<OpenEpoch>) -> Result<()> {
        instructions::open_epoch(ctx)
    }

    pub fn record_fees(ctx: &mut Context<RecordFees>) -> Result<()> {
        instructions::record_fees(ctx)
    }

    pub fn finish_epoch(ctx: &mut Context<FinishEpoch>) -> Result<()> {
        instructions::finish_epoch(ctx)
    }

    pub fn claim(ctx: &mut Context<Claim>) -> Result<()> {
        instructions::claim(ctx)
    }

    pub fn expire_epoch(ctx: &mut Context<ExpireEpoch>) -> Result<()> {
        instructions::expire_epoch(ctx)
    }

    pub fn close_points(ctx: &mut Context<ClosePoints>) -> Result<()> {
        instructions::close_points(ctx)
    }

    pub fn lock(ctx: &mut Context<Lock>, id: u64, amount: u64) -> Result<()> {
        instructions::lock(ctx, id, amount)
    }

    pub fn request_unlock(ctx: &mut Context<RequestUnlock>) -> Result<()> {
        instructions::request_unlock(ctx)
    }

    pub fn withdraw_position(ctx: &mut Context<WithdrawPosition>) -> Result<()> {
        instructions::withdraw_position(ctx)
    }

    pub fn attest(ctx: &mut Context<Attest>, args: AttestArgs) -> Result<()> {
        instructions::attest(ctx, args)
    }

    pub fn slash_attestation(ctx: &mut Context<SlashAttestation>, number: u16) -> Result<()> {
        instructions::slash_attestation(ctx, number)
    }

    pub fn close_attestation(ctx: &mut Context<CloseAttestation>) -> Result<()> {
        instructions::close_attestation(ctx)
    }

    pub fn reclaim_excess(ctx: &mut Context<ReclaimExcess>) -> Result<()> {
        instructions::reclaim_excess(ctx)
    }
}
