//! What the court at the dao is asked and told.

use anyhow::{Result, bail};
use clap::Args;
use dao::state::{Bond, Dispute, Docket, Juror, NOT_REVEALED};
use escrow::state::Order;
use listing::state::Listing;
use pedigree_sdk::{instructions::dao as instruction, pda, programs::TOKEN};
use reward::state::Attestation;
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::votes::Votes;
use crate::commands::{
    Target, values,
    wallet::{Signing, Wallet, with_sent},
};

#[derive(Debug, Args)]
pub struct Case {
    /// Address of the order in dispute.
    order: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

/// Takes an order's dispute before the court.
pub async fn open_case(options: Case) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let address = options.order;
    let order = wallet.session.account::<Order>(&address).await?;
    let open = instruction::open_order_case(&wallet.address(), &address, order.disputes);
    let dispute = pda::dispute(&address, order.disputes).0;
    send(&wallet, &dispute, &[open]).await
}

#[derive(Debug, Args)]
pub struct Complaint {
    /// Address of the listing.
    listing: Pubkey,
    /// Address of an attestation of an older version, which is complained of then.
    #[arg(long, value_name = "ADDRESS", requires = "manifest_hash")]
    attestation: Option<Pubkey>,
    /// SHA-256 of the older version's manifest, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>, requires = "attestation")]
    manifest_hash: Option<[u8; 32]>,
    #[command(flatten)]
    signing: Signing,
}

/// Complains of a version of a listing: the one in force, unless an attestation shows another.
pub async fn complain(options: Complaint) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let (address, opener) = (options.listing, wallet.address());
    let listing = wallet.session.account::<Listing>(&address).await?;
    let docket = pda::docket(&address).0;
    let docket = wallet.session.find::<Docket>(&docket).await?;
    let number = docket.map_or(0, |docket| docket.head.disputes);
    let number = number.saturating_add(1);
    let source = wallet.reward_tokens().await?;
    let open = match options.attestation.zip(options.manifest_hash) {
        Some((shown, hash)) => {
            let attestation = wallet.session.account::<Attestation>(&shown).await?;
            anyhow::ensure!(
                attestation.listing == address,
                "--attestation: {shown} is of another listing"
            );
            let shown = (shown, &attestation);
            instruction::open_old_version_case(&opener, &opener, &source, shown, number, hash)
        }
        None => {
            let (version, hash) = (listing.version, listing.manifest_hash);
            instruction::open_version_case(
                &opener, &opener, &source, &address, number, version, hash,
            )
        }
    };
    send(&wallet, &pda::dispute(&address, number).0, &[open]).await
}

/// Something that needs nothing but the dispute.
#[derive(Debug, Args)]
pub struct Act {
    /// Address of the dispute.
    dispute: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

#[derive(Debug, Args)]
pub struct Evidence {
    /// Address of the dispute.
    dispute: Pubkey,
    /// SHA-256 of the evidence, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    hash: [u8; 32],
    #[command(flatten)]
    signing: Signing,
}

pub async fn submit_evidence(options: Evidence) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    wallet.session.account::<Dispute>(&options.dispute).await?;
    let submit = instruction::submit_evidence(&wallet.address(), &options.dispute, options.hash);
    send(&wallet, &options.dispute, &[submit]).await
}

#[derive(Debug, Args)]
pub struct Commit {
    /// Address of the dispute.
    dispute: Pubkey,
    /// Address of the position that votes.
    #[arg(long, value_name = "ADDRESS")]
    position: Pubkey,
    /// The buyer's share of what is contested, in percent: 0, 25, 50, 75 or 100. Of a complaint 100
    /// upholds it, 0 rejects it.
    #[arg(long, value_name = "PERCENT", value_parser = values::choice)]
    share: u8,
    #[command(flatten)]
    signing: Signing,
}

/// Commits a vote. Choice and salt are kept beside the deployment's other files first: without them nobody reveals it.
pub async fn commit(options: Commit) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let (address, position) = (options.dispute, options.position);
    let dispute = wallet.session.account::<Dispute>(&address).await?;
    let source = wallet.reward_tokens().await?;
    let votes = Votes::of(&wallet.session);
    let vote = votes.keep(&address, dispute.round, &position, options.share)?;
    let hash = instruction::commitment(
        &address,
        dispute.head.born_slot,
        dispute.round,
        &position,
        vote.choice,
        &vote.salt,
    );
    let owner = wallet.address();
    let commit = instruction::commit(&owner, &position, &address, dispute.round, &source, hash);
    let sent = wallet.send(&[commit]).await?;
    let juror = pda::juror(&address, dispute.round, &position).0;
    let mut shown = wallet.session.show::<Juror>(&juror).await?;
    shown["kept_in"] = json!(votes.file(&address, dispute.round, &position));
    Ok(with_sent(shown, &sent))
}

#[derive(Debug, Args)]
pub struct Reveal {
    /// Address of the dispute.
    dispute: Pubkey,
    /// Address of the position that voted.
    #[arg(long, value_name = "ADDRESS")]
    position: Pubkey,
    #[command(flatten)]
    signing: Signing,
}

/// Reveals a vote that this deployment's folder keeps.
pub async fn reveal(options: Reveal) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let (address, position) = (options.dispute, options.position);
    let dispute = wallet.session.account::<Dispute>(&address).await?;
    let kept = Votes::of(&wallet.session).read(&address, dispute.round, &position)?;
    let reveal = instruction::reveal(&position, &address, dispute.round, kept.choice, kept.salt);
    let sent = wallet.send(&[reveal]).await?;
    let juror = pda::juror(&address, dispute.round, &position).0;
    Ok(with_sent(
        wallet.session.show::<Juror>(&juror).await?,
        &sent,
    ))
}

pub async fn tally(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    wallet.session.account::<Dispute>(&act.dispute).await?;
    send(&wallet, &act.dispute, &[instruction::tally(&act.dispute)]).await
}

#[derive(Debug, Args)]
pub struct Appeal {
    /// Address of the dispute.
    dispute: Pubkey,
    /// Where the ruling should move: up, to the buyer or to the complaint, or down.
    #[arg(long, value_parser = values::direction)]
    direction: u8,
    #[command(flatten)]
    signing: Signing,
}

pub async fn appeal(options: Appeal) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let (address, appellant) = (options.dispute, wallet.address());
    wallet.session.account::<Dispute>(&address).await?;
    let source = wallet.reward_tokens().await?;
    let appeal = instruction::appeal(&appellant, &address, &source, options.direction);
    send(&wallet, &address, &[appeal]).await
}

pub async fn finish(act: Act) -> Result<Value> {
    let wallet = act.signing.open("stranger").await?;
    let dispute = wallet.session.account::<Dispute>(&act.dispute).await?;
    let finish = instruction::finish(&dispute.head.subject, &act.dispute);
    send(&wallet, &act.dispute, &[finish]).await
}

#[derive(Debug, Args)]
pub struct Settle {
    /// Address of the dispute.
    dispute: Pubkey,
    /// Address of the position that voted.
    #[arg(long, value_name = "ADDRESS")]
    position: Pubkey,
    /// Round in which it did, from 0.
    #[arg(long, default_value_t = 0)]
    round: u8,
    #[command(flatten)]
    signing: Signing,
}

/// Pays a juror what it is owed.
pub async fn settle_juror(options: Settle) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let (address, position) = (options.dispute, options.position);
    let record = pda::juror(&address, options.round, &position).0;
    let juror = wallet.session.account::<Juror>(&record).await?;
    let mint = pda::token().0;
    let (destination, create) = wallet.token_account(&juror.owner, &mint, &TOKEN).await?;
    let before = wallet.session.balance(&destination).await?;
    let settle = instruction::settle_juror(&juror.owner, &position, &address, options.round, None);
    let instructions: Vec<_> = create.into_iter().chain([settle]).collect();
    let sent = wallet.send(&instructions).await?;
    let after = wallet.session.balance(&destination).await?;
    let settled = json!({
        "closed": record.to_string(),
        "revealed": juror.choice != NOT_REVEALED,
        "paid": after.saturating_sub(before).to_string(),
        "to": destination.to_string(),
    });
    Ok(with_sent(settled, &sent))
}

#[derive(Debug, Args)]
pub struct PayBond {
    /// Address of the dispute.
    dispute: Pubkey,
    /// 0 for who opened it, 1 and 2 for who appealed.
    #[arg(long)]
    index: u8,
    #[command(flatten)]
    signing: Signing,
}

/// Pays the bond of a party back.
pub async fn pay_bond(options: PayBond) -> Result<Value> {
    let wallet = options.signing.open("stranger").await?;
    let address = options.dispute;
    let dispute = wallet.session.account::<Dispute>(&address).await?;
    let Some(Bond { owner, .. }) = dispute.bonds.get(usize::from(options.index)) else {
        bail!("--index is 0, 1 or 2");
    };
    let (_, create) = wallet.token_account(owner, &pda::token().0, &TOKEN).await?;
    let pay = instruction::pay_bond(owner, &address, options.index, None);
    let instructions: Vec<_> = create.into_iter().chain([pay]).collect();
    send(&wallet, &address, &instructions).await
}

#[derive(Debug, Args)]
pub struct Show {
    /// Address of the dispute.
    dispute: Pubkey,
    #[command(flatten)]
    target: Target,
}

pub async fn show(options: Show) -> Result<Value> {
    let session = options.target.session().await?;
    session.show::<Dispute>(&options.dispute).await
}

/// Sends what changes a dispute, and shows it then.
pub async fn send(
    wallet: &Wallet,
    dispute: &Pubkey,
    instructions: &[Instruction],
) -> Result<Value> {
    let sent = wallet.send(instructions).await?;
    Ok(with_sent(
        wallet.session.show::<Dispute>(dispute).await?,
        &sent,
    ))
}
