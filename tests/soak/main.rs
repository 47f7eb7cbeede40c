//! `make soak`: constant orders on the embedded network while an indexer, its database and its node fail in turn.
//!
//! Two indexers follow the network: that of `pedigree up`, which nothing disturbs, and one in a process of its own
//! behind links that fail. At the end both have to hold the same, which is what the chain holds and what was sent.
//! Writes `target/bench/soak.json`, `soak.svg` and `soak.md`; fails where anything is lost, twice, or different.

mod database;
mod faults;
mod indexer;
mod memory;
mod observe;
mod plot;
mod proxy;
mod report;
mod shop;
mod trade;
mod verify;

use std::{sync::Arc, time::Duration};

use clap::Parser;
use pedigree_tests::market::{Market, path};
use tokio::time::Instant;

use database::Database;
use faults::Faults;
use indexer::Indexer;
use observe::Observer;
use proxy::Node;
use shop::Shop;
use trade::Load;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Assets of the catalogue that are listed before it begins.
const ASSETS: u32 = 100;

#[derive(Debug, Parser)]
struct Options {
    /// How long orders are sent.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Seconds from one fault to the next.
    #[arg(long, default_value_t = 60)]
    every: u64,
    /// Orders that are begun each second.
    #[arg(long, default_value_t = 2.0)]
    rate: f64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let market = Market::with_first(ASSETS);
    let shop = Arc::new(Shop::open(&market).await?);
    let database = Arc::new(Database::start(&market.folder().join("soak")).await?);
    let node = Node::open(&market.endpoint("rpc"), &market.endpoint("ws")).await?;
    let manifests = market.data().join("manifests");
    let indexer = Arc::new(Indexer::start(&node, database.url(), path(&manifests)));
    eprintln!("listed and indexed; orders begin");

    let began = Instant::now();
    let lasts = Duration::from_secs(60 * options.minutes);
    let load = Load::start(shop.clone(), options.rate);
    let observer = Observer::start(began, &market, &database, &indexer, &load);
    let faults = Faults {
        node: &node,
        database: &database,
        indexer: &indexer,
    };
    let injected = faults
        .inject(began, lasts, Duration::from_secs(options.every))
        .await?;
    let sold = load.finish().await?;
    let observed = observer.finish().await?;
    eprintln!("{} orders sent; comparing", sold.orders.len());
    let findings = verify::all(&market, &shop, &indexer, &database, &sold).await?;

    let report = report::Report {
        options: &options,
        injected: &injected,
        observed: &observed,
        sold: &sold,
        findings: &findings,
        indexer: indexer.ended_by_itself(),
    };
    report.write()?;
    report.verdict()
}
