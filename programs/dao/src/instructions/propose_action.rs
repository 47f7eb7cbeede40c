use alloc::vec::Vec;

use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};
use reward::state::{Position, Stake};

use crate::{
    actions::Action,
    error::DaoError,
    events::{ProposalCreatedV1, ProposalPart},
    proposing::{Draft, draft},
    state::{Governance, weight_of},
    tokens,
};

#[event_cpi]
#[derive(Accounts)]
pub struct Propose {
    /// The position's, who pays the deposit.
    pub owner: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub position: Cold<Account<Position>>,
    pub stake: Cold<Account<Stake>>,
    #[account(mut)]
    pub governance: Cold<Account<Governance>>,
    /// CHECK: made here.
    #[account(mut)]
    pub proposal: UncheckedAccount,
    /// What the action changes.
    /// CHECK: read as what an action of this kind changes.
    pub target: UncheckedAccount,
    /// A token account that the owner may take from.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: compared with the governance.
    #[account(mut)]
    pub deposits: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - Signed by the owner of a position that was locked seven days ago and whose unlock was not requested.
/// - Fixes an action of a known kind, what it changes and its arguments, which are within their bounds; nothing of it can be
///   changed, and nothing of the authority of the dao be given away.
/// - Takes the deposit. Quorum, threshold and end of the vote are of the settings and the settled weight of now.
pub fn propose(
    ctx: &mut Context<Propose>,
    action: u8,
    arguments: Vec<u8>,
    text_hash: [u8; 32],
) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let (owner, governance) = (accounts.owner.account(), &mut accounts.governance);
    weight_of(&accounts.position, owner.address(), now)?;
    require!(
        address_eq(accounts.deposits.address(), &governance.deposits),
        DaoError::WrongAccount
    );
    let what = Draft {
        payer: accounts.payer.account(),
        proposal: accounts.proposal.account(),
        proposer: owner.address(),
        action: Action {
            kind: action,
            arguments: &arguments,
            target: accounts.target.account(),
        },
        text_hash,
        clock: &clock,
    };
    let mut proposal = draft(&what, governance)?;
    let active = accounts.stake.settled(now);
    proposal.begin(governance, active, now)?;
    proposal.advance()?;
    governance.advance()?;
    let (source, deposits) = (accounts.source.account(), accounts.deposits.account());
    tokens::send(source, deposits, proposal.deposit, owner, &[]);
    let part = ProposalPart {
        address: *proposal.address(),
        active,
        governance_address: *governance.address(),
    };
    emitter!(ctx).states::<ProposalCreatedV1, _, _>(&part, &**ctx.accounts.governance, &proposal);
    Ok(())
}
