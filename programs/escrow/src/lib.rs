//! Orders in escrow: opened, delivered, settled or refunded, whoever keeps silent.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;

use anchor_lang::prelude::*;

pub mod constants;
pub mod error;
pub mod events;
pub mod instructions;
pub mod opening;
pub mod payout;
pub mod state;

use instructions::*;
use opening::OpenArgs;
use payout::*;

declare_id!("8HnwK3gLH3Mr5zSQG123NWpHGexCPdR3fJDBVkyXL9hw");

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

    pub fn open_order(ctx: &mut Context<OpenOrder>, args: OpenArgs) -> Result<()> {
        instructions::open_order(ctx, args)
    }

    pub fn open_free(ctx: &mut Context<OpenFree>, args: OpenArgs) -> Result<()> {
        instructions::open_free(ctx, args)
    }

    pub fn deliver(
        ctx: &mut Context<Deliver>,
        content_hash: [u8; 32],
        sealed_key: [u8; constants::SEALED_KEY_LEN],
    ) -> Result<()> {
        instructions::deliver(ctx, content_hash, sealed_key)
    }

    pub fn settle(ctx: &mut Context<PayOut>) -> Result<()> {
        instructions::settle(ctx)
    }

    pub fn refund(ctx: &mut Context<PayOut>, amount: Option<u64>) -> Result<()> {
        instructions::refund(ctx, amount)
    }

    pub fn withdraw(ctx: &mut Context<PayOut>) -> Result<()> {
        instructions::withdraw(ctx)
    }

    pub fn close_order(ctx: &mut Context<CloseOrder>) -> Result<()> {
        instructions::close_order(ctx)
    }
}
