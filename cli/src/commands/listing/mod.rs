//! `pedigree listing`.

mod discard;
mod edges;
mod manage;
mod manifest;
mod profile;
mod prove;
mod publisher;
mod reclaim;
mod register;
mod show;
mod signals;
mod terms;
mod unread;

use anyhow::Result;
use clap::{Args, Subcommand};
use listing::state::Listing;
use pedigree_sdk::instructions::listing as instruction;
use serde_json::Value;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::wallet::{Signing, Wallet, with_sent};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what the publisher calls itself, or change it: searches find its listings by that name.
    SetProfile(profile::Options),
    /// Register a draft: it is on sale once it is activated.
    #[command(after_long_help = manifest::FORM)]
    Register(register::Options),
    /// Claim a parent for a draft.
    AddEdge(edges::Options),
    /// Prove that a parent's content is in what the listing was trained on.
    ProveEdge(prove::Options),
    /// Freeze a draft's lineage and put it on sale, with a pool for each mint where it owes royalties.
    Activate(Change),
    /// A listing as the chain has it, and whether the index agrees.
    Show(show::Options),
    /// What happened to a listing, counted by the index: orders, sales, disputes, deliveries, ratings, and a grade made of them.
    Signals(signals::Options),
    /// A publisher as the index has it: its profile, and whether the chain agrees, its listings, sales and ratings.
    Publisher(publisher::Options),
    /// Replace the price terms; opens the pools that new mints need.
    UpdateTerms(terms::Options),
    /// Replace the manifest; open orders keep the version that they bought.
    #[command(after_long_help = manifest::FORM)]
    PublishVersion(manifest::Options),
    /// Stop new orders.
    Pause(Change),
    /// Take orders again.
    Resume(Change),
    /// Take a listing off sale for good.
    Retire(Change),
    /// Propose a new authority, which then accepts.
    Transfer(manage::Transfer),
    /// Take over a listing that was transferred to the wallet.
    Accept(manage::Accept),
    /// Change the wallet that money goes to; open orders keep theirs.
    SetPayout(manage::SetPayout),
    /// Change the key that delivers.
    SetOperator(manage::SetOperator),
    /// Let a key derive from a listing that licenses its derivatives.
    Grant(manage::Grant),
    /// End a grant now; edges that were added with it stay.
    Revoke(manage::Revoke),
    /// Close a draft with its edges; the rent goes back to who paid it.
    Discard(Change),
    /// Send what accounts hold above the network's rent by now to who paid it, as anyone.
    Reclaim(reclaim::Options),
}

/// A change that needs nothing but the listing.
#[derive(Debug, Args)]
pub struct Change {
    /// Address of the listing.
    listing: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(command: Command, output: Output) -> Result<Option<Value>> {
    let result = match command {
        Command::SetProfile(options) => profile::run(options).await,
        Command::Register(options) => register::run(options).await,
        Command::AddEdge(options) => edges::run(options).await,
        Command::ProveEdge(options) => prove::run(options).await,
        Command::Activate(change) => terms::activate(change).await,
        Command::Show(options) => show::run(options).await,
        Command::Signals(options) => return signals::run(options, output).await,
        Command::Publisher(options) => publisher::run(options).await,
        Command::UpdateTerms(options) => terms::run(options).await,
        Command::PublishVersion(options) => manifest::run(options).await,
        Command::Pause(change) => simple(change, instruction::pause).await,
        Command::Resume(change) => simple(change, instruction::resume).await,
        Command::Retire(change) => simple(change, instruction::retire).await,
        Command::Transfer(options) => manage::transfer(options).await,
        Command::Accept(options) => manage::accept(options).await,
        Command::SetPayout(options) => manage::set_payout(options).await,
        Command::SetOperator(options) => manage::set_operator(options).await,
        Command::Grant(options) => manage::grant(options).await,
        Command::Revoke(options) => manage::revoke(options).await,
        Command::Discard(change) => discard::run(change).await,
        Command::Reclaim(options) => reclaim::run(options).await,
    };
    result.map(Some)
}

async fn simple(change: Change, make: fn(Pubkey, Pubkey) -> Instruction) -> Result<Value> {
    let wallet = change.signing.open("publisher").await?;
    // Says that there is none, rather than that an account is wrong.
    wallet.session.account::<Listing>(&change.listing).await?;
    let instruction = make(wallet.address(), change.listing);
    send(&wallet, &change.listing, &[instruction]).await
}

/// Sends, and gives the listing as it is afterwards.
async fn send(wallet: &Wallet, listing: &Pubkey, instructions: &[Instruction]) -> Result<Value> {
    let sent = wallet.send(instructions).await?;
    Ok(with_sent(
        wallet.session.show::<Listing>(listing).await?,
        &sent,
    ))
}
