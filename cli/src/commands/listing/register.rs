use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use pedigree_sdk::{
    instructions::listing::{self as instruction, RegisterArgs},
    manifest::hash,
    names::KIND,
    pda,
};
use serde_json::Value;

use super::{manifest, send, terms, unread::Registered};
use crate::commands::{
    values::{self, Term},
    wallet::Signing,
};

#[derive(Debug, Args)]
pub struct Options {
    /// The publisher's own name for it; its SHA-256 is part of the listing's address.
    #[arg(long)]
    key: String,
    /// model, dataset, service, compute or agent.
    #[arg(long, value_parser = values::kind)]
    kind: u8,
    #[arg(long)]
    name: String,
    /// SPDX identifier.
    #[arg(long, default_value = "")]
    license: String,
    /// What the licence says of derivatives: open, licensed or forbidden.
    #[arg(long, value_parser = values::derivatives, default_value = "open")]
    derivatives: u8,
    /// Least royalty that a derivative owes, in parts per million of its price.
    #[arg(long, value_name = "PPM", default_value_t = 0)]
    derivative_royalty_ppm: u32,
    /// JSON file; it is brought into its canonical form.
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// Where the manifest is served; the content store of this deployment unless given.
    #[arg(long)]
    uri: Option<String>,
    /// SHA-256 of the content itself, in hex.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    content_hash: Option<[u8; 32]>,
    /// mode=one_time,unit=copy,price=BASE_UNITS[,capacity=UNITS][,mint=ADDRESS][,period=SECONDS];
    /// at most four. In the settlement mint unless it names another. The period is how long a unit
    /// of a subscription or a lease lasts, and known for minute, hour, day, week, month and year.
    /// Without any the listing is free.
    #[arg(long = "term", value_name = "TERM")]
    terms: Vec<Term>,
    /// The wallet that money goes to; the publisher's own unless given.
    #[arg(long, value_name = "NAME|ADDRESS")]
    payout: Option<String>,
    /// The key that delivers besides the publisher's own.
    #[arg(long, value_name = "NAME|ADDRESS")]
    operator: Option<String>,
    /// For a publisher who did not ask: no royalties, and few networks take orders of it.
    #[arg(long)]
    unclaimed: bool,
    #[command(flatten)]
    signing: Signing,
}

pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let session = &wallet.session;
    let address = |name: Option<String>| name.map(|name| session.address(&name)).transpose();
    let (payout, operator) = (address(options.payout)?, address(options.operator)?);
    let terms = terms::resolve(session, &options.terms).await?;
    let key = hash(options.key.as_bytes());
    let registered = Registered {
        key,
        kind: KIND.name(options.kind).unwrap_or_default(),
        name: options.name,
        license: options.license,
    };
    let (manifest_hash, uri) =
        manifest::keep(session, &options.manifest, options.uri, &registered)?;
    let publisher = wallet.address();
    let args = RegisterArgs {
        key,
        kind: options.kind,
        claimed: !options.unclaimed,
        derivatives: options.derivatives,
        derivative_royalty_ppm: options.derivative_royalty_ppm,
        manifest_hash,
        content_hash: options.content_hash,
        payout,
        operator,
        name: registered.name,
        uri,
        license: registered.license,
        terms,
    };
    let register = instruction::register(publisher, publisher, args);
    send(&wallet, &pda::listing(&publisher, &key).0, &[register]).await
}
