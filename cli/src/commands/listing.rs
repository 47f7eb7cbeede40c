//! `pedigree listing`.

use anyhow::Result;
use clap::{Args, Subcommand};
use listing::state::Listing;
use pedigree_sdk::{
    instructions::listing::{self as instruction, Licence, NewEdge, RegisterArgs},
    names::{DERIVATIVES, KIND, RELATION},
    pda,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use super::{
    Target,
    values::{Term, VersionOptions, address_or_none, named},
};
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a draft.
    Register(Box<Register>),
    /// Claim a parent for a draft.
    AddEdge(AddEdge),
    /// Freeze a draft's lineage and put it on sale.
    Activate(One),
    /// Print a listing as the chain has it.
    Show(Show),
    /// Replace the price terms; none makes the listing free.
    UpdateTerms(UpdateTerms),
    /// Publish a new version of the manifest.
    PublishVersion(PublishVersion),
    /// Stop new orders.
    Pause(One),
    /// Take orders again.
    Resume(One),
    /// Take the listing off sale for good.
    Retire(One),
    /// Propose a new authority.
    Transfer(ToKey),
    /// Take a listing over that was proposed to this wallet.
    Accept(Accept),
    /// Change the wallet that money goes to.
    SetPayout(ToKey),
    /// Change the key that delivers.
    SetOperator(ToKey),
    /// Let a key derive from a listing whose licence asks for leave.
    Grant(Grant),
    /// End a grant now; edges that were added with it stay.
    Revoke(ToKey),
}

/// The listing's authority.
#[derive(Clone, Debug, Args)]
struct Authority {
    /// Signs and pays.
    #[arg(long, value_name = "FILE|NAME", default_value = "publisher")]
    wallet: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Register {
    /// The publisher's own name for it; its SHA-256 is part of the address.
    #[arg(long)]
    key: String,
    /// model, dataset, service, compute or agent.
    #[arg(long, value_parser = |text: &str| named(&KIND, text))]
    kind: u8,
    #[arg(long)]
    name: String,
    #[command(flatten)]
    version: VersionOptions,
    /// SPDX identifier.
    #[arg(long, default_value = "")]
    license: String,
    /// open, licensed or forbidden.
    #[arg(long, default_value = "open", value_parser = |text: &str| named(&DERIVATIVES, text))]
    derivatives: u8,
    /// Least royalty that a derivative owes, in millionths of its price.
    #[arg(long, value_name = "PPM", default_value_t = 0)]
    derivative_royalty_ppm: u32,
    /// The wallet that money goes to, unless the publisher's.
    #[arg(long, value_name = "ADDRESS")]
    payout: Option<Pubkey>,
    /// The hot key that delivers.
    #[arg(long, value_name = "ADDRESS")]
    operator: Option<Pubkey>,
    /// A price: MODE:UNIT:PRICE[:CAPACITY] in base units of the settlement mint; at most 4.
    #[arg(long = "term", value_name = "TERM")]
    terms: Vec<Term>,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct AddEdge {
    child: Pubkey,
    parent: Pubkey,
    /// adapted_from, trained_on, merged_from, distilled_from, quantized_from or serves.
    #[arg(long, value_parser = |text: &str| named(&RELATION, text))]
    relation: u8,
    /// What the child owes the parent, in millionths of its price; what the parent asks unless
    /// given.
    #[arg(long, value_name = "PPM")]
    royalty_ppm: Option<u32>,
    /// Refuse when the parent asks more than this by now; `--royalty-ppm` unless given.
    #[arg(long, value_name = "PPM")]
    max_royalty_ppm: Option<u32>,
    /// The parent's authority has granted this wallet a licence.
    #[arg(long, conflicts_with = "receipt")]
    granted: bool,
    /// This wallet's settled order of the parent.
    #[arg(long, value_name = "ORDER")]
    receipt: Option<Pubkey>,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct One {
    listing: Pubkey,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct Show {
    listing: Pubkey,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct UpdateTerms {
    listing: Pubkey,
    /// A price: MODE:UNIT:PRICE[:CAPACITY] in base units of the settlement mint; at most 4.
    #[arg(long = "term", value_name = "TERM")]
    terms: Vec<Term>,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct PublishVersion {
    listing: Pubkey,
    #[command(flatten)]
    version: VersionOptions,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct ToKey {
    listing: Pubkey,
    /// An address; `none` where a key may be taken away.
    #[arg(value_parser = address_or_none)]
    key: Pubkey,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct Accept {
    listing: Pubkey,
    /// Let money go on to the wallet that it went to before, and the operator deliver.
    #[arg(long)]
    keep_wallets: bool,
    #[command(flatten)]
    authority: Authority,
}

#[derive(Debug, Args)]
pub struct Grant {
    listing: Pubkey,
    grantee: Pubkey,
    /// Unix seconds.
    #[arg(long, value_name = "SECONDS")]
    until: i64,
    #[command(flatten)]
    authority: Authority,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Register(options) => register(*options).await,
        Command::AddEdge(options) => add_edge(options).await,
        Command::Show(options) => {
            let session = options.target.session().await?;
            session.show::<Listing>(&options.listing).await
        }
        Command::Activate(one) => change(one, instruction::activate).await,
        Command::Pause(one) => change(one, instruction::pause).await,
        Command::Resume(one) => change(one, instruction::resume).await,
        Command::Retire(one) => change(one, instruction::retire).await,
        Command::Transfer(to) => set(to, instruction::propose_authority).await,
        Command::SetPayout(to) => set(to, instruction::set_payout).await,
        Command::SetOperator(to) => set(to, instruction::set_operator).await,
        Command::Revoke(to) => {
            let revoke =
                |authority, listing, key| instruction::revoke_license(authority, listing, &key);
            set(to, revoke).await
        }
        Command::UpdateTerms(options) => {
            let session = options.authority.target.session().await?;
            let terms = Term::args(&options.terms, &session).await?;
            send(&session, &options.authority, options.listing, |authority| {
                vec![instruction::update_terms(authority, options.listing, terms)]
            })
            .await
        }
        Command::PublishVersion(options) => {
            let session = options.authority.target.session().await?;
            let version = options.version.args(&session)?;
            send(&session, &options.authority, options.listing, |authority| {
                vec![instruction::publish_version(
                    authority,
                    options.listing,
                    version,
                )]
            })
            .await
        }
        Command::Accept(options) => {
            let session = options.authority.target.session().await?;
            let listing = options.listing;
            send(&session, &options.authority, listing, |authority| {
                let mut instructions = vec![instruction::accept_authority(authority, listing)];
                if !options.keep_wallets {
                    instructions.extend([
                        instruction::set_payout(authority, listing, authority),
                        instruction::set_operator(authority, listing, Pubkey::default()),
                    ]);
                }
                instructions
            })
            .await
        }
        Command::Grant(options) => {
            let session = options.authority.target.session().await?;
            let Grant {
                listing,
                grantee,
                until,
                ..
            } = options;
            send(&session, &options.authority, listing, |authority| {
                vec![instruction::grant_license(
                    authority, authority, listing, grantee, until,
                )]
            })
            .await
        }
    }
}

async fn register(options: Register) -> Result<Value> {
    let session = options.authority.target.session().await?;
    let version = options.version.args(&session)?;
    let args = RegisterArgs {
        key: Sha256::digest(options.key.as_bytes()).into(),
        kind: options.kind,
        claimed: true,
        derivatives: options.derivatives,
        derivative_royalty_ppm: options.derivative_royalty_ppm,
        manifest_hash: version.manifest_hash,
        content_hash: version.content_hash,
        payout: options.payout,
        operator: options.operator,
        name: options.name,
        uri: version.uri,
        license: options.license,
        terms: Term::args(&options.terms, &session).await?,
    };
    let publisher = session.wallet(&options.authority.wallet)?;
    let address = pda::listing(&publisher.pubkey(), &args.key).0;
    let register = instruction::register(publisher.pubkey(), publisher.pubkey(), args);
    let sent = session.send(&[register], &[publisher]).await?;
    Ok(with_listing(sent, &address))
}

async fn add_edge(options: AddEdge) -> Result<Value> {
    let session = options.authority.target.session().await?;
    let parent: Listing = session.account(&options.parent).await?;
    let royalty_ppm = options.royalty_ppm.unwrap_or(parent.derivative_royalty_ppm);
    let edge = NewEdge {
        child: options.child,
        parent: options.parent,
        relation: options.relation,
        royalty_ppm,
        max_royalty_ppm: options.max_royalty_ppm.unwrap_or(royalty_ppm),
        licence: match options.receipt {
            Some(order) => Licence::Receipt(order),
            None if options.granted => Licence::Grant,
            None => Licence::Open,
        },
    };
    send(&session, &options.authority, options.child, |authority| {
        vec![instruction::add_edge(authority, authority, edge)]
    })
    .await
}

async fn change(one: One, build: impl FnOnce(Pubkey, Pubkey) -> Instruction) -> Result<Value> {
    let session = one.authority.target.session().await?;
    send(&session, &one.authority, one.listing, |authority| {
        vec![build(authority, one.listing)]
    })
    .await
}

async fn set(
    to: ToKey,
    build: impl FnOnce(Pubkey, Pubkey, Pubkey) -> Instruction,
) -> Result<Value> {
    let session = to.authority.target.session().await?;
    send(&session, &to.authority, to.listing, |authority| {
        vec![build(authority, to.listing, to.key)]
    })
    .await
}

async fn send(
    session: &Session,
    authority: &Authority,
    listing: Pubkey,
    build: impl FnOnce(Pubkey) -> Vec<Instruction>,
) -> Result<Value> {
    // A wrong address is told as such, before a program says it less clearly.
    session.account::<Listing>(&listing).await?;
    let wallet = session.wallet(&authority.wallet)?;
    let instructions = build(wallet.pubkey());
    let sent = session.send(&instructions, &[wallet]).await?;
    Ok(with_listing(sent, &listing))
}

fn with_listing(mut sent: Value, listing: &Pubkey) -> Value {
    sent["listing"] = json!(listing.to_string());
    sent
}
