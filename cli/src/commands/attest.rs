//! `pedigree attest`.

use anyhow::Result;
use clap::{Args, Subcommand};
use listing::state::Listing;
use pedigree_sdk::{instructions::reward as instruction, pda, programs::TOKEN};
use reward::{instructions::AttestArgs, state::Attestation};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::{
    Target,
    stake::owned,
    values,
    wallet::{Signing, with_sent},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of the version of a listing that is in force whether it is what it says, with part of a
    /// position at risk: a ruling to the contrary burns it.
    Post(Post),
    /// Burn what an attestation risks that a ruling contradicts, as anyone: a tenth is yours.
    Slash(Slash),
    /// Close an attestation whose time is over, as anyone: its position is free of it.
    Close(Act),
    /// An attestation as the chain has it.
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Post {
    /// Address of the listing.
    listing: Pubkey,
    /// good or bad.
    #[arg(long, value_parser = values::verdict)]
    verdict: u8,
    /// Address of the position.
    #[arg(long, value_name = "ADDRESS")]
    position: Pubkey,
    /// What of it is at risk, in base units of the reward token.
    #[arg(long, value_name = "BASE_UNITS")]
    stake: u64,
    /// SHA-256 of the evidence, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    evidence: [u8; 32],
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Slash {
    /// Address of the attestation.
    attestation: Pubkey,
    /// Number of the listing's dispute that says the contrary.
    #[arg(long)]
    number: u16,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Act {
    /// Address of the attestation.
    attestation: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Address of the attestation.
    attestation: Pubkey,
    #[command(flatten)]
    target: Target,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Post(options) => post(options).await,
        Command::Slash(options) => slash(options).await,
        Command::Close(act) => close(act).await,
        Command::Show(options) => {
            let session = options.target.session().await?;
            session.show::<Attestation>(&options.attestation).await
        }
    }
}

async fn post(options: Post) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let session = &wallet.session;
    let position = owned(&wallet, &options.position).await?;
    let listing = session.account::<Listing>(&options.listing).await?;
    let args = AttestArgs {
        verdict: options.verdict,
        version: listing.version,
        manifest_hash: listing.manifest_hash,
        evidence_hash: options.evidence,
        stake: options.stake,
    };
    let owner = wallet.address();
    let attest = instruction::attest(&owner, &owner, position.id, &options.listing, args);
    let sent = wallet.send(&[attest]).await?;
    let address = pda::attestation(&options.position, &options.listing, listing.version).0;
    Ok(with_sent(
        session.show::<Attestation>(&address).await?,
        &sent,
    ))
}

async fn slash(options: Slash) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let address = options.attestation;
    let attestation = wallet.session.account::<Attestation>(&address).await?;
    let caller = wallet.address();
    let mint = pda::token().0;
    let (destination, create) = wallet.token_account(&caller, &mint, &TOKEN).await?;
    let slash = instruction::slash_attestation(
        &attestation.position,
        &attestation.listing,
        attestation.version,
        options.number,
        &destination,
        &attestation.rent_payer,
    );
    let instructions: Vec<_> = create.into_iter().chain([slash]).collect();
    let sent = wallet.send(&instructions).await?;
    let slashed = json!({
        "closed": address.to_string(),
        "stake": attestation.stake.to_string(),
        "reward_to": destination.to_string(),
    });
    Ok(with_sent(slashed, &sent))
}

async fn close(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let address = act.attestation;
    let attestation = wallet.session.account::<Attestation>(&address).await?;
    let close = instruction::close_attestation(
        &wallet.address(),
        &attestation.position,
        &attestation.listing,
        attestation.version,
        &attestation.rent_payer,
    );
    let sent = wallet.send(&[close]).await?;
    let closed = json!({
        "closed": address.to_string(),
        "rent_to": attestation.rent_payer.to_string(),
    });
    Ok(with_sent(closed, &sent))
}
