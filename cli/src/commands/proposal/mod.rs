//! `pedigree proposal`.

mod act;
mod actions;
mod propose;
mod unchanged;
mod upgrade;
mod votes;

pub use upgrade::check_code;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use dao::state::{Governance, Proposal};
use pedigree_sdk::{
    api::{Api, ProposalFilter},
    instructions::dao::Action,
    pda, verify,
};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    Page, Target, compared,
    wallet::{Wallet, with_sent},
};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Propose an action with a position, and a deposit; or have it queued without a vote, as the
    /// steward. What it does can be changed no more.
    #[command(subcommand)]
    Propose(propose::Command),
    /// Vote with a position, until the vote ends.
    Cast(votes::Cast),
    /// Change a vote, until the vote ends.
    Change(votes::Cast),
    /// Accept or reject a proposal whose vote has ended, as anyone.
    Conclude(act::Act),
    /// Carry an accepted proposal out once its time lock has run out, as anyone.
    Execute(act::Act),
    /// Stop a proposal, as guardians.
    Veto(act::Veto),
    /// End a proposal that nobody carried out in time, as anyone.
    Expire(act::Act),
    /// Pay the deposit of a proposal, to its proposer or, where it was lost, to the treasury, as anyone.
    PayDeposit(act::Act),
    /// Close the account of a vote after the vote, as anyone: its rent goes to who voted.
    CloseVote(votes::Close),
    /// Close the account of a proposal 30 days after its end, as anyone.
    Close(act::Act),
    /// A proposal as the chain has it, what it does, and whether the index agrees.
    Show(Show),
    /// Proposals in the index, newest first.
    List(List),
}

#[derive(Debug, Args)]
pub struct Show {
    /// Number of the proposal.
    number: u64,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct List {
    /// voting, queued, executed, rejected, vetoed or expired; any of several.
    #[arg(long)]
    status: Vec<String>,
    /// Made by this wallet.
    #[arg(long, value_name = "ADDRESS")]
    proposer: Option<Pubkey>,
    /// update_escrow, allow_mint, set_rate, transfer, …; any of several.
    #[arg(long)]
    action: Vec<String>,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Propose(command) => propose::run(command).await,
        Command::Cast(options) => votes::cast(options).await,
        Command::Change(options) => votes::change(options).await,
        Command::Conclude(act) => act::conclude(act).await,
        Command::Execute(act) => act::execute(act).await,
        Command::Veto(options) => act::veto(options).await,
        Command::Expire(act) => act::expire(act).await,
        Command::PayDeposit(act) => act::pay_deposit(act).await,
        Command::CloseVote(options) => votes::close(options).await,
        Command::Close(act) => act::close(act).await,
        Command::Show(options) => show(options).await,
        Command::List(options) => list(options).await,
    }
}

async fn show(options: Show) -> Result<Value> {
    let session = options.target.session().await?;
    let number = options.number;
    let mut shown = shown(&session, number).await?;
    let serve = async |api: Api| api.proposal(number).await.map(|found| found.proposal);
    shown["index"] = compared(&session, serve, verify::proposal).await?;
    Ok(shown)
}

async fn list(options: List) -> Result<Value> {
    let filter = ProposalFilter {
        status: options.status,
        proposer: options.proposer,
        action: options.action,
        limit: options.page.limit,
        cursor: options.page.cursor,
    };
    Ok(json!(options.target.api()?.proposals(&filter).await?))
}

/// A proposal with its arguments by name.
async fn shown(session: &Session, number: u64) -> Result<Value> {
    let address = pda::proposal(number).0;
    let proposal = session.account::<Proposal>(&address).await?;
    let mut shown = session.show::<Proposal>(&address).await?;
    shown["arguments"] = json!(Action::named_arguments(&proposal));
    Ok(shown)
}

/// Sends what changes a proposal, and shows it then.
async fn send(wallet: &Wallet, number: u64, instructions: &[Instruction]) -> Result<Value> {
    let sent = wallet.send(instructions).await?;
    Ok(with_sent(shown(&wallet.session, number).await?, &sent))
}

async fn proposal(session: &Session, number: u64) -> Result<Proposal> {
    session.account(&pda::proposal(number).0).await
}

async fn governance(session: &Session) -> Result<Governance> {
    let found = session.find(&pda::governance().0).await?;
    found.context("the dao takes no proposals on this network yet")
}
