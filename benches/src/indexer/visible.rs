//! How long after the chain told of a listing the search finds it.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use listing::state::{derivatives, kind};
use pedigree_indexer::{Service, service::Feed};
use pedigree_localnet::{deploy::deploy, network::Network, postgres::Postgres};
use pedigree_sdk::{
    instructions::listing::{RegisterArgs, activate, initialize, register},
    pda,
    send::{Key, Sender},
};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use solana_client::{
    nonblocking::{pubsub_client::PubsubClient, rpc_client::RpcClient},
    rpc_response::SlotUpdate,
};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::{Keypair, read_keypair_file};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::service;

/// Time between two listings: no multiple of the network's slot, so that they fall anywhere in it.
const PACE: Duration = Duration::from_millis(233);
/// Time between two searches for the same listing.
const ASK_EVERY: Duration = Duration::from_millis(4);
const GIVEN_UP_AFTER: Duration = Duration::from_secs(30);
const LAMPORTS: u64 = 1_000_000_000_000;

/// Milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
}

/// What was seen of all listings.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Visible {
    pub listings: usize,
    /// From the slot notification that tells of the listing's block, as a WebSocket client gets it.
    pub from_notification: Spread,
    /// From the end of the block by the network's own clock, which is up to 50 ms before it tells anybody.
    pub from_block: Spread,
    /// From the sending of the transaction.
    pub from_sending: Spread,
}

/// When each block was told of, and when it ended.
#[derive(Default)]
struct Chain {
    notified: BTreeMap<u64, (Instant, SystemTime)>,
    ended: BTreeMap<u64, SystemTime>,
}

impl Chain {
    fn told_of(&self, slot: u64) -> Result<(Instant, SystemTime)> {
        let told = self.notified.get(&slot).copied();
        told.context("the network did not tell of a block")
    }
}

type Shared = Arc<std::sync::Mutex<Chain>>;

/// An embedded network with the listing program on it, and one who lists there.
pub struct Embedded {
    network: Network,
    sender: Arc<Sender>,
    publisher: Arc<Keypair>,
}

impl Embedded {
    pub async fn start() -> Result<Self> {
        let (deployer, publisher) = (Keypair::new(), Arc::new(Keypair::new()));
        let network = Network::start(&deployer, vec![publisher.pubkey()], LAMPORTS).await?;
        let confirmed = CommitmentConfig::confirmed();
        let rpc = RpcClient::new_with_commitment(network.rpc_url().to_owned(), confirmed);
        let sender = Sender::new(Arc::new(rpc), Network::send_options());
        install(&sender, Arc::new(deployer)).await?;
        Ok(Self {
            network,
            sender: Arc::new(sender),
            publisher,
        })
    }

    /// Where it is asked, and where it tells of slots.
    pub fn urls(&self) -> (&str, &str) {
        (self.network.rpc_url(), self.network.ws_url())
    }

    /// One who lists here, and looks for what was listed with `eye`.
    pub fn lister(&self, eye: Eye) -> Lister {
        let chain = Shared::default();
        Lister {
            sender: self.sender.clone(),
            publisher: self.publisher.clone(),
            eye,
            listed: 0,
            _notifications: watch_slots(self.network.ws_url(), chain.clone()),
            _blocks: watch_blocks(self.network.ws_url(), chain.clone()),
            chain,
        }
    }

    pub fn stop(self) -> Result<()> {
        Ok(self.network.stop()?)
    }
}

/// Lists so many on an embedded network, one at a time, behind the real indexer and its API.
pub async fn measure(postgres: &Postgres, listings: usize) -> Result<Visible> {
    let embedded = Embedded::start().await?;
    let shutdown = CancellationToken::new();
    let database_url = postgres.recreate_database("visible").await?;
    let (rpc_url, ws_url) = (embedded.network.rpc_url(), embedded.network.ws_url());
    let network = (rpc_url.to_owned(), Feed::WebSocket(ws_url.to_owned()));
    let config = service::config(database_url, Some(network));
    let service = Service::start(config, shutdown.clone()).await?;
    let http = service.http().context("the API does not listen")?;
    let mut lister = embedded.lister(Eye::Search {
        client: reqwest::Client::new(),
        url: format!("http://{http}/v1/listings"),
    });
    let visible = lister.visible(listings).await;
    shutdown.cancel();
    service.join().await?;
    embedded.stop()?;
    visible
}

/// Puts the listing program on the network and sets it up.
async fn install(sender: &Sender, deployer: Key) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let bytes = fs::read(root.join("target/deploy/listing.so")).context("run `make programs`")?;
    let id = read_keypair_file(root.join("programs/listing/id.json"));
    let Ok(id) = id else {
        bail!("programs/listing/id.json is no keypair");
    };
    deploy(sender, &deployer, &(Arc::new(id) as Key), &bytes).await?;
    let payer = deployer.pubkey();
    let initialize = initialize(payer, payer, payer);
    sender.send(&[initialize], &[deployer]).await?;
    Ok(())
}

/// Notes when the network tells that a slot follows a block: what the indexer waits for.
fn watch_slots(url: &str, chain: Shared) -> AbortOnDropHandle<Result<()>> {
    let url = url.to_owned();
    AbortOnDropHandle::new(tokio::spawn(async move {
        let client = PubsubClient::new(url).await?;
        let (mut slots, _) = client.slot_subscribe().await?;
        while let Some(slot) = slots.next().await {
            let mut chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
            let now = (Instant::now(), SystemTime::now());
            chain.notified.entry(slot.parent).or_insert(now);
        }
        Ok(())
    }))
}

/// Notes when each block ended.
fn watch_blocks(url: &str, chain: Shared) -> AbortOnDropHandle<Result<()>> {
    let url = url.to_owned();
    AbortOnDropHandle::new(tokio::spawn(async move {
        let client = PubsubClient::new(url).await?;
        let (mut updates, _) = client.slot_updates_subscribe().await?;
        while let Some(update) = updates.next().await {
            if let SlotUpdate::Frozen {
                slot, timestamp, ..
            } = update
            {
                let mut chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
                let ended = UNIX_EPOCH + Duration::from_millis(timestamp);
                chain.ended.insert(slot, ended);
            }
        }
        Ok(())
    }))
}

/// A listing that was found.
struct Seen {
    slot: u64,
    sent: Instant,
    found: Instant,
    found_at: SystemTime,
}

/// A listing that was found in the tables.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    pub slot: u64,
    /// When the chain told of its block.
    pub notified_at: SystemTime,
    /// How long after that its row was there.
    pub stored_after: Duration,
}

/// What sees a listing once it is indexed.
pub enum Eye {
    /// A search by its key.
    Search {
        client: reqwest::Client,
        url: String,
    },
    /// Its row.
    Database(Mutex<PgConnection>),
}

impl Eye {
    pub async fn of_database(url: &str) -> Result<Self> {
        Ok(Self::Database(Mutex::new(
            PgConnection::connect(url).await?,
        )))
    }

    async fn sees(&self, key: &str, listing: &Pubkey) -> Result<bool> {
        match self {
            Self::Search { client, url } => {
                let request = client.get(url).query(&[("key", key)]);
                let answer: Value = request.send().await?.error_for_status()?.json().await?;
                let found = answer["items"].as_array();
                Ok(found.is_some_and(|found| !found.is_empty()))
            }
            Self::Database(db) => {
                let sql = "SELECT EXISTS (SELECT FROM listings WHERE address = $1)";
                let found = sqlx::query_scalar(sql).bind(listing.as_array());
                Ok(found.fetch_one(&mut *db.lock().await).await?)
            }
        }
    }
}

/// One who lists.
pub struct Lister {
    sender: Arc<Sender>,
    publisher: Arc<Keypair>,
    eye: Eye,
    listed: usize,
    chain: Shared,
    _notifications: AbortOnDropHandle<Result<()>>,
    _blocks: AbortOnDropHandle<Result<()>>,
}

impl Lister {
    /// Lists so many, one at a time.
    async fn visible(&mut self, listings: usize) -> Result<Visible> {
        let seen = self.seen(listings).await?;
        let chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        summary(&chain, &seen)
    }

    /// Lists so many, and says of each when the chain told of it.
    pub async fn listed(&mut self, listings: usize) -> Result<Vec<Listed>> {
        let seen = self.seen(listings).await?;
        let chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = seen.iter().map(|seen| {
            let (told, notified_at) = chain.told_of(seen.slot)?;
            Ok(Listed {
                slot: seen.slot,
                notified_at,
                stored_after: seen.found.saturating_duration_since(told),
            })
        });
        listed.collect()
    }

    async fn seen(&mut self, listings: usize) -> Result<Vec<Seen>> {
        // What tells of blocks has to be there before the first listing.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut clock = tokio::time::interval(PACE);
        let mut seen = Vec::with_capacity(listings);
        for _ in 0..listings {
            clock.tick().await;
            seen.push(self.list(self.listed).await?);
            self.listed += 1;
        }
        // What tells of the last one.
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(seen)
    }

    /// Registers and activates a listing in one transaction, and asks for it until it is found.
    async fn list(&self, number: usize) -> Result<Seen> {
        let publisher = self.publisher.pubkey();
        let key = format!("model/visible-{number}");
        let key_hash: [u8; 32] = Sha256::digest(&key).into();
        let args = RegisterArgs {
            key: key_hash,
            kind: kind::MODEL,
            claimed: true,
            derivatives: derivatives::OPEN,
            derivative_royalty_ppm: 0,
            manifest_hash: key_hash,
            content_hash: None,
            payout: None,
            operator: None,
            name: format!("Visible {number} Instruct"),
            uri: "cas:sha256".to_owned(),
            license: "apache-2.0".to_owned(),
            terms: Vec::new(),
        };
        let listing = pda::listing(&publisher, &key_hash).0;
        let instructions = [
            register(publisher, publisher, args),
            activate(publisher, listing),
        ];
        let keys = [self.publisher.clone() as Key];
        let sent = Instant::now();
        let (confirmed, found) = tokio::join!(
            self.sender.send(&instructions, &keys),
            self.find(&key, &listing)
        );
        let (found, found_at) = found?;
        Ok(Seen {
            slot: confirmed?.slot,
            sent,
            found,
            found_at,
        })
    }

    async fn find(&self, key: &str, listing: &Pubkey) -> Result<(Instant, SystemTime)> {
        let begun = Instant::now();
        while begun.elapsed() < GIVEN_UP_AFTER {
            if self.eye.sees(key, listing).await? {
                return Ok((Instant::now(), SystemTime::now()));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        bail!("{key} is not found after {GIVEN_UP_AFTER:?}");
    }
}

fn summary(chain: &Chain, seen: &[Seen]) -> Result<Visible> {
    let (mut notified, mut ended, mut sent) = (Vec::new(), Vec::new(), Vec::new());
    for listing in seen {
        let (told, _) = chain.told_of(listing.slot)?;
        notified.push(listing.found.saturating_duration_since(told));
        let end = chain.ended.get(&listing.slot);
        let end = end.context("the network did not tell when a block ended")?;
        ended.push(listing.found_at.duration_since(*end).unwrap_or_default());
        sent.push(listing.found.duration_since(listing.sent));
    }
    Ok(Visible {
        listings: seen.len(),
        from_notification: Spread::of(notified),
        from_block: Spread::of(ended),
        from_sending: Spread::of(sent),
    })
}

impl Spread {
    /// Percentiles by nearest rank.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let rank = (times.len() as f64 * share).ceil() as usize;
            let time = times.get(rank.saturating_sub(1));
            time.map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
        };
        Self {
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}
