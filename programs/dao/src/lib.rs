//! The court: jurors with locked tokens rule on orders and on versions of listings, in rounds, and nobody has to act for
//! a dispute to end. And proposals: what locked tokens vote for is carried out by anyone, once, after a time lock.

#![cfg_attr(not(feature = "idl-build"), no_std)]
#![deny(clippy::arithmetic_side_effects)]

extern crate alloc;
// Of thirty instructions each would have its own copy of how one begins and ends.
extern crate dispatch as anchor_lang;

use alloc::vec::Vec;

use anchor_lang::prelude::*;

pub mod actions;
pub mod constants;
pub mod error;
pub mod events;
pub mod instructions;
pub mod math;
pub mod opening;
pub mod proposing;
pub mod state;
pub mod tokens;

use actions::Guardians;
use constants::COMMITMENT_LEN;
use instructions::*;

declare_id!("G9JvbTju7vNwVn9sqX6ADAaDvU52tTPovY77TJjCd3eK");

#[program]
pub mod dao {
    use super::*;

    pub fn initialize(
        ctx: &mut Context<Initialize>,
        authority: Address,
        args: ConfigArgs,
    ) -> Result<()> {
        instructions::initialize(ctx, authority, args)
    }

    pub fn update_config(ctx: &mut Context<UpdateConfig>, args: ConfigArgs) -> Result<()> {
        instructions::update_config(ctx, args)
    }

    pub fn accept_config_authority(ctx: &mut Context<AcceptConfigAuthority>) -> Result<()> {
        instructions::accept_config_authority(ctx)
    }

    pub fn open_order_case(ctx: &mut Context<OpenOrderCase>) -> Result<()> {
        instructions::open_order_case(ctx)
    }

    pub fn open_version_case(
        ctx: &mut Context<OpenVersionCase>,
        version: u32,
        manifest_hash: [u8; 32],
    ) -> Result<()> {
        instructions::open_version_case(ctx, version, manifest_hash)
    }

    pub fn submit_evidence(
        ctx: &mut Context<SubmitEvidence>,
        evidence_hash: [u8; 32],
    ) -> Result<()> {
        instructions::submit_evidence(ctx, evidence_hash)
    }

    pub fn commit(ctx: &mut Context<Commit>, hash: [u8; COMMITMENT_LEN]) -> Result<()> {
        instructions::commit(ctx, hash)
    }

    pub fn reveal(ctx: &mut Context<Reveal>, choice: u8, salt: [u8; 32]) -> Result<()> {
        instructions::reveal(ctx, choice, salt)
    }

    pub fn tally(ctx: &mut Context<Tally>) -> Result<()> {
        instructions::tally(ctx)
    }

    pub fn appeal(ctx: &mut Context<Appeal>, direction: u8) -> Result<()> {
        instructions::appeal(ctx, direction)
    }

    pub fn finish(ctx: &mut Context<Finish>) -> Result<()> {
        instructions::finish(ctx)
    }

    pub fn settle_juror(ctx: &mut Context<SettleJuror>) -> Result<()> {
        instructions::settle_juror(ctx)
    }

    pub fn pay_bond(ctx: &mut Context<PayBond>, index: u8) -> Result<()> {
        instructions::pay_bond(ctx, index)
    }

    pub fn close_dispute(ctx: &mut Context<CloseDispute>) -> Result<()> {
        instructions::close_dispute(ctx)
    }

    pub fn open_edge_case(ctx: &mut Context<OpenEdgeCase>, missing: Option<u8>) -> Result<()> {
        instructions::open_edge_case(ctx, missing)
    }

    pub fn reclaim_excess(ctx: &mut Context<ReclaimExcess>) -> Result<()> {
        instructions::reclaim_excess(ctx)
    }

    pub fn initialize_governance(
        ctx: &mut Context<InitializeGovernance>,
        steward: Address,
        handover_floor: u64,
        guardians: Guardians,
        args: GovernanceArgs,
    ) -> Result<()> {
        instructions::initialize_governance(ctx, steward, handover_floor, guardians, args)
    }

    pub fn accept_authority(ctx: &mut Context<AcceptAuthority>, program: u8) -> Result<()> {
        instructions::accept_authority(ctx, program)
    }

    pub fn propose(
        ctx: &mut Context<Propose>,
        action: u8,
        arguments: Vec<u8>,
        text_hash: [u8; 32],
    ) -> Result<()> {
        instructions::propose(ctx, action, arguments, text_hash)
    }

    pub fn decree(
        ctx: &mut Context<Decree>,
        action: u8,
        arguments: Vec<u8>,
        text_hash: [u8; 32],
    ) -> Result<()> {
        instructions::decree(ctx, action, arguments, text_hash)
    }

    pub fn cast(ctx: &mut Context<Cast>, choice: u8) -> Result<()> {
        instructions::cast(ctx, choice)
    }

    pub fn change_vote(ctx: &mut Context<ChangeVote>, choice: u8) -> Result<()> {
        instructions::change_vote(ctx, choice)
    }

    pub fn conclude(ctx: &mut Context<Conclude>) -> Result<()> {
        instructions::conclude(ctx)
    }

    pub fn veto(ctx: &mut Context<Veto>) -> Result<()> {
        instructions::veto(ctx)
    }

    pub fn execute(ctx: &mut Context<Execute>) -> Result<()> {
        instructions::execute(ctx)
    }

    pub fn expire(ctx: &mut Context<Expire>) -> Result<()> {
        instructions::expire(ctx)
    }

    pub fn pay_deposit(ctx: &mut Context<PayDeposit>) -> Result<()> {
        instructions::pay_deposit(ctx)
    }

    pub fn close_vote(ctx: &mut Context<CloseVote>) -> Result<()> {
        instructions::close_vote(ctx)
    }

    pub fn close_proposal(ctx: &mut Context<CloseProposal>) -> Result<()> {
        instructions::close_proposal(ctx)
    }

    pub fn pause(ctx: &mut Context<ChangePause>, program: u8) -> Result<()> {
        instructions::pause(ctx, program)
    }

    pub fn unpause(ctx: &mut Context<ChangePause>, program: u8) -> Result<()> {
        instructions::unpause(ctx, program)
    }

    pub fn hand_over(ctx: &mut Context<HandOver>) -> Result<()> {
        instructions::hand_over(ctx)
    }
}
