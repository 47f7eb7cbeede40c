//! How long after the chain told of a listing the search finds it.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use listing::state::{derivatives, kind};
use pedigree_indexer::{
    Config, Service,
    service::{ChainConfig, Feed},
};
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
use solana_signer::Signer;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

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
    notified: BTreeMap<u64, Instant>,
    ended: BTreeMap<u64, SystemTime>,
}

type Shared = Arc<Mutex<Chain>>;

/// Lists so many on an embedded network, one at a time, behind the real indexer and its API.
pub async fn measure(postgres: &Postgres, listings: usize) -> Result<Visible> {
    let (deployer, publisher) = (Keypair::new(), Arc::new(Keypair::new()));
    let network = Network::start(&deployer, vec![publisher.pubkey()], LAMPORTS).await?;
    let confirmed = CommitmentConfig::confirmed();
    let rpc = RpcClient::new_with_commitment(network.rpc_url().to_owned(), confirmed);
    let sender = Sender::new(Arc::new(rpc), Network::send_options());
    install(&sender, Arc::new(deployer)).await?;

    let shutdown = CancellationToken::new();
    let database_url = postgres.recreate_database("visible").await?;
    let config = config(&network, database_url);
    let service = Service::start(config, shutdown.clone()).await?;
    let http = service.http().context("the API does not listen")?;
    let chain = Shared::default();
    let _notifications = watch_slots(network.ws_url(), chain.clone());
    let _blocks = watch_blocks(network.ws_url(), chain.clone());
    // Both have to be there before the first listing.
    tokio::time::sleep(Duration::from_secs(2)).await;

    let lister = Lister {
        sender,
        publisher,
        client: reqwest::Client::new(),
        search: format!("http://{http}/v1/listings"),
    };
    let mut clock = tokio::time::interval(PACE);
    let mut seen = Vec::with_capacity(listings);
    for number in 0..listings {
        clock.tick().await;
        seen.push(lister.list(number).await?);
    }
    // What tells of the last one.
    tokio::time::sleep(Duration::from_secs(1)).await;
    shutdown.cancel();
    service.join().await?;
    network.stop()?;
    let chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
    summary(&chain, &seen)
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

fn config(network: &Network, database_url: String) -> Config {
    Config {
        database_url,
        database_url_read: None,
        chain: Some(ChainConfig {
            rpc_url: network.rpc_url().to_owned(),
            feed: Feed::WebSocket(network.ws_url().to_owned()),
            start_slot: None,
            witness_url: None,
            reconcile_every: None,
        }),
        http: Some(([127, 0, 0, 1], 0).into()),
        content: None,
        stores: Vec::new(),
        statement_timeout: Duration::from_secs(5),
    }
}

/// Notes when the network tells that a slot follows a block: what the indexer waits for.
fn watch_slots(url: &str, chain: Shared) -> AbortOnDropHandle<Result<()>> {
    let url = url.to_owned();
    AbortOnDropHandle::new(tokio::spawn(async move {
        let client = PubsubClient::new(url).await?;
        let (mut slots, _) = client.slot_subscribe().await?;
        while let Some(slot) = slots.next().await {
            let mut chain = chain.lock().unwrap_or_else(PoisonError::into_inner);
            chain.notified.entry(slot.parent).or_insert(Instant::now());
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

struct Lister {
    sender: Sender,
    publisher: Arc<Keypair>,
    client: reqwest::Client,
    search: String,
}

impl Lister {
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
        let (confirmed, found) =
            tokio::join!(self.sender.send(&instructions, &keys), self.find(&key));
        let (found, found_at) = found?;
        Ok(Seen {
            slot: confirmed?.slot,
            sent,
            found,
            found_at,
        })
    }

    async fn find(&self, key: &str) -> Result<(Instant, SystemTime)> {
        let begun = Instant::now();
        while begun.elapsed() < GIVEN_UP_AFTER {
            let request = self.client.get(&self.search).query(&[("key", key)]);
            let answer: Value = request.send().await?.error_for_status()?.json().await?;
            if answer["items"]
                .as_array()
                .is_some_and(|found| !found.is_empty())
            {
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
        let told = chain.notified.get(&listing.slot);
        let told = told.context("the network did not tell of a block")?;
        notified.push(listing.found.saturating_duration_since(*told));
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
    fn of(mut times: Vec<Duration>) -> Self {
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
