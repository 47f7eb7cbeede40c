//! The command line.

mod attest;
mod catalog;
mod deploy;
mod dispute;
mod epoch;
mod index;
mod lineage;
mod listing;
mod order;
mod proposal;
mod reclaim;
mod review;
mod royalty;
mod search;
mod session;
mod stake;
mod values;
mod voucher;
mod wallet;
mod wallets;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use pedigree_sdk::{
    api::{Api, ApiError},
    verify::{Verdict, VerifyError},
};
use serde_json::Value;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_program::pubkey::Pubkey;

use crate::{
    endpoints::{DEFAULT_FILE, Endpoints},
    output::Output,
    session::Session,
    up,
};

/// A decentralised marketplace for AI assets with a pedigree.
#[derive(Debug, Parser)]
#[command(name = "pedigree", version)]
pub struct Cli {
    /// How to print the result.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole deployment on this machine until Ctrl-C.
    Up(up::Options),
    /// List a catalogue of assets.
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Publish listings and look after them. Prices are base units of a mint, shares parts per
    /// million.
    #[command(subcommand)]
    Listing(listing::Command),
    /// Buy, deliver, settle. Amounts are base units of a mint.
    #[command(subcommand)]
    Order(order::Command),
    /// Vouchers of metered orders: what the buyer owes so far, in base units of a mint.
    #[command(subcommand)]
    Voucher(voucher::Command),
    /// Let a key spend so much and nothing else. Amounts are base units of a mint.
    #[command(subcommand)]
    Session(session::Command),
    /// Contest what a seller was to get of an order, or a listing's version, and what ends that.
    #[command(subcommand)]
    Dispute(dispute::Command),
    /// Propose what the dao does, vote on it, and carry it out.
    #[command(subcommand)]
    Proposal(proposal::Command),
    /// Give programs to the dao: their settings, upgrades and fees.
    #[command(subcommand)]
    Deploy(deploy::Command),
    /// Turn the fees of settled orders into points, and points into reward tokens. Amounts are base units of the reward
    /// token.
    #[command(subcommand)]
    Epoch(epoch::Command),
    /// Lock reward tokens, and vote with them. Amounts are base units of the reward token.
    #[command(subcommand)]
    Stake(stake::Command),
    /// Vouch for a listing's version, or warn of it, with locked tokens at risk.
    #[command(subcommand)]
    Attest(attest::Command),
    /// Say what you think of what you bought: 1 to 5, and the hash of a text.
    #[command(subcommand)]
    Review(review::Command),
    /// Pass royalties on along the lineage. Amounts are base units of a mint.
    #[command(subcommand)]
    Royalty(royalty::Command),
    /// The wallets that `pedigree up` made: their addresses, and what they hold.
    #[command(subcommand)]
    Wallet(wallets::Command),
    /// Search the listings in the index.
    Search(Box<search::Options>),
    /// Follow the lineage of a listing in the index.
    #[command(subcommand)]
    Lineage(lineage::Command),
    /// Look at the index itself.
    #[command(subcommand)]
    Index(index::Command),
}

impl Cli {
    /// Runs the command; what it returns is to be printed.
    ///
    /// # Errors
    /// When the command fails; the message says what was wrong.
    pub async fn run(self) -> Result<Option<Value>> {
        match self.command {
            Command::Up(options) => up::run(options, self.output).await.map(|()| None),
            Command::Catalog(command) => catalog::run(command).await.map(Some),
            Command::Listing(command) => listing::run(command, self.output).await,
            Command::Order(command) => order::run(command).await.map(Some),
            Command::Voucher(command) => voucher::run(command).await.map(Some),
            Command::Session(command) => session::run(command).await.map(Some),
            Command::Dispute(command) => dispute::run(command).await.map(Some),
            Command::Proposal(command) => proposal::run(command).await.map(Some),
            Command::Deploy(command) => deploy::run(command).await.map(Some),
            Command::Epoch(command) => epoch::run(command).await.map(Some),
            Command::Stake(command) => stake::run(command).await.map(Some),
            Command::Attest(command) => attest::run(command).await.map(Some),
            Command::Review(command) => review::run(command).await.map(Some),
            Command::Royalty(command) => royalty::run(command).await.map(Some),
            Command::Wallet(command) => wallets::run(command).await.map(Some),
            Command::Search(options) => search::run(*options, self.output).await,
            Command::Lineage(command) => lineage::run(command, self.output).await,
            Command::Index(command) => index::run(command, self.output).await,
        }
    }
}

/// Which deployment to talk to.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// The file that `pedigree up` writes.
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    endpoints: PathBuf,
}

impl Target {
    async fn session(&self) -> Result<Session> {
        Session::open(&self.endpoints).await
    }

    /// An address as given, or that of the wallet of this name, where one is given.
    async fn address(&self, name: Option<String>) -> Result<Option<Pubkey>> {
        let Some(name) = name else {
            return Ok(None);
        };
        match name.parse() {
            Ok(address) => Ok(Some(address)),
            Err(_) => self.session().await?.address(&name).map(Some),
        }
    }

    /// The deployment's settlement mint, where it has one.
    fn settlement_mint(&self) -> Result<Option<Pubkey>> {
        let mint = Endpoints::read(&self.endpoints)?.mint;
        Ok(mint.and_then(|mint| mint.parse().ok()))
    }

    fn api(&self) -> Result<Api> {
        Ok(Api::new(&Endpoints::read(&self.endpoints)?.http)?)
    }
}

/// Which page of a list.
#[derive(Debug, Args)]
struct Page {
    /// At most 100.
    #[arg(long)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[arg(long)]
    cursor: Option<String>,
}

/// How what the index serves compares with the chain, by one of the SDK's comparisons.
async fn compared<T>(
    session: &Session,
    serve: impl AsyncFnOnce(Api) -> Result<T, ApiError>,
    compare: impl AsyncFnOnce(&RpcClient, &T) -> Result<Verdict, VerifyError>,
) -> Result<Value> {
    let served = match Api::new(&session.endpoints.http) {
        Ok(api) => serve(api).await,
        Err(error) => Err(error),
    };
    Ok(verdict(match served {
        Ok(served) => Ok(compare(&session.rpc, &served).await?),
        Err(error) => Err(error),
    }))
}

fn verdict(verdict: Result<Verdict, ApiError>) -> Value {
    Value::from(match verdict {
        Ok(Verdict::Match) => "match".to_owned(),
        Ok(Verdict::Differs(field)) => format!("differs in {field}"),
        Ok(Verdict::Newer) => "behind the chain".to_owned(),
        Ok(Verdict::Behind) => "ahead of the node that was asked".to_owned(),
        Ok(Verdict::Closed) => "closed on the chain".to_owned(),
        Err(error) if error.is_not_found() => "not indexed".to_owned(),
        Err(error) => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// clap finds groups, names and conflicts that cannot be only when the subcommand is called.
    #[test]
    fn every_command_is_well_formed() {
        Cli::command().debug_assert();
    }
}
