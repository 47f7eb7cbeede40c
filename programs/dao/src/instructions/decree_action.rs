use alloc::vec::Vec;

use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use crate::{
    actions::Action,
    events::{ProposalCreatedV1, ProposalPart},
    proposing::{Draft, draft},
    state::Governance,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Decree {
    pub steward: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    #[account(mut)]
    pub governance: Cold<Account<Governance>>,
    /// CHECK: made here.
    #[account(mut)]
    pub proposal: UncheckedAccount,
    /// What the action changes.
    /// CHECK: read as what an action of this kind changes.
    pub target: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Signed by the steward, until the hand-over.
/// - Fixes an action as a proposal does, within the same bounds, and needs no vote: it waits for the same time lock, in which
///   guardians may veto it, and lapses where the steward goes before it is carried out.
pub fn decree(
    ctx: &mut Context<Decree>,
    action: u8,
    arguments: Vec<u8>,
    text_hash: [u8; 32],
) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &mut ctx.accounts;
    let (steward, governance) = (accounts.steward.address(), &mut accounts.governance);
    governance.check_steward(steward)?;
    let what = Draft {
        payer: accounts.payer.account(),
        proposal: accounts.proposal.account(),
        proposer: steward,
        action: Action {
            kind: action,
            arguments: &arguments,
            target: accounts.target.account(),
        },
        text_hash,
        clock: &clock,
    };
    let mut proposal = draft(&what, governance)?;
    proposal.decree(clock.unix_timestamp)?;
    proposal.advance()?;
    governance.advance()?;
    let part = ProposalPart {
        address: *proposal.address(),
        active: 0,
        governance_address: *governance.address(),
    };
    emitter!(ctx).states::<ProposalCreatedV1, _, _>(&part, &**ctx.accounts.governance, &proposal);
    Ok(())
}
