//! Orders in escrow, of four modes: opened, earned, disputed, settled or refunded, whoever keeps silent.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

#[cfg(feature = "program")]
use alloc::boxed::Box;

use anchor_lang::prelude::*;

pub mod constants;
pub mod error;
pub mod events;
pub mod instructions;
pub mod opening;
pub mod payout;
pub mod signatures;
pub mod state;

#[cfg(feature = "program")]
use {instructions::*, opening::OpenArgs, payout::*};

declare_id!("8HnwK3gLH3Mr5zSQG123NWpHGexCPdR3fJDBVkyXL9hw");

// Another program that reads this one's accounts leaves this out: a program links one alone.
#[cfg(feature = "program")]
#[program]
pub mod escrow {
    use super::*;

    pub fn initialize(
        ctx: &mut Context<Initialize>,
        authority: Address,
        genesis_hash: [u8; 32],
        args: ConfigArgs,
    ) -> Result<()> {
        instructions::initialize(ctx, authority, genesis_hash, args)
    }

    pub fn update_config(ctx: &mut Context<UpdateConfig>, args: ConfigArgs) -> Result<()> {
        instructions::update_config(ctx, args)
    }

    pub fn accept_config_authority(ctx: &mut Context<AcceptConfigAuthority>) -> Result<()> {
        instructions::accept_config_authority(ctx)
    }

    pub fn allow_mint(ctx: &mut Context<AllowMint>, max_deposit: u64) -> Result<()> {
        instructions::allow_mint(ctx, max_deposit)
    }

    pub fn update_mint(
        ctx: &mut Context<UpdateMint>,
        enabled: bool,
        max_deposit: u64,
    ) -> Result<()> {
        instructions::update_mint(ctx, enabled, max_deposit)
    }

    pub fn withdraw_treasury(ctx: &mut Context<WithdrawTreasury>) -> Result<()> {
        instructions::withdraw_treasury(ctx)
    }

    pub fn open_order(ctx: &mut Context<OpenOrder>, args: Box<OpenArgs>) -> Result<()> {
        instructions::open_order(ctx, &args)
    }

    pub fn open_free(ctx: &mut Context<OpenFree>, args: Box<OpenArgs>) -> Result<()> {
        instructions::open_free(ctx, &args)
    }

    pub fn deliver(
        ctx: &mut Context<Deliver>,
        content_hash: [u8; 32],
        sealed_key: [u8; constants::SEALED_KEY_LEN],
    ) -> Result<()> {
        instructions::deliver(ctx, content_hash, sealed_key)
    }

    pub fn settle(ctx: &mut Context<PayOut>, accept: Option<u64>) -> Result<()> {
        instructions::settle(ctx, accept)
    }

    pub fn refund(ctx: &mut Context<PayOut>, amount: Option<u64>) -> Result<()> {
        instructions::refund(ctx, amount)
    }

    pub fn withdraw(ctx: &mut Context<PayOut>) -> Result<()> {
        instructions::withdraw(ctx)
    }

    pub fn top_up(ctx: &mut Context<TopUp>, amount: u64) -> Result<()> {
        instructions::top_up(ctx, amount)
    }

    pub fn redeem(ctx: &mut Context<Redeem>, args: VoucherArgs) -> Result<()> {
        instructions::redeem(ctx, args)
    }

    pub fn authorise(ctx: &mut Context<Authorise>) -> Result<()> {
        instructions::authorise(ctx)
    }

    pub fn confirm(ctx: &mut Context<Confirm>) -> Result<()> {
        instructions::confirm(ctx)
    }

    pub fn end(ctx: &mut Context<PayOut>) -> Result<()> {
        instructions::end(ctx)
    }

    pub fn open_dispute(ctx: &mut Context<OpenDispute>, evidence_hash: [u8; 32]) -> Result<()> {
        instructions::open_dispute(ctx, evidence_hash)
    }

    pub fn concede(ctx: &mut Context<Concede>, seen: u64) -> Result<()> {
        instructions::concede(ctx, seen)
    }

    pub fn apply_ruling(ctx: &mut Context<Decide>) -> Result<()> {
        instructions::apply_ruling(ctx)
    }

    pub fn lapse_dispute(ctx: &mut Context<Decide>) -> Result<()> {
        instructions::lapse_dispute(ctx)
    }

    pub fn open_session(ctx: &mut Context<OpenSession>, args: Box<SessionArgs>) -> Result<()> {
        instructions::open_session(ctx, &args)
    }

    pub fn revoke_session(ctx: &mut Context<RevokeSession>) -> Result<()> {
        instructions::revoke_session(ctx)
    }

    pub fn close_session(ctx: &mut Context<CloseSession>) -> Result<()> {
        instructions::close_session(ctx)
    }

    pub fn reclaim_excess(ctx: &mut Context<ReclaimExcess>) -> Result<()> {
        instructions::reclaim_excess(ctx)
    }

    pub fn close_order(ctx: &mut Context<CloseOrder>) -> Result<()> {
        instructions::close_order(ctx)
    }

    pub fn record_fees(ctx: &mut Context<RecordFees>) -> Result<()> {
        instructions::record_fees(ctx)
    }
}
