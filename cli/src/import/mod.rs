//! Lists a catalogue on the chain: parents before children, many transactions at once, and again
//! without doing anything twice.

mod pack;
mod plan;
mod steps;

use std::{
    collections::{HashMap, HashSet},
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use listing::state::{Listing, Profile};
use pedigree_indexer::manifest::ContentStore;
use pedigree_sdk::{
    fetch::{self, FetchError},
    manifest::ManifestError,
    pda,
    send::{Key, SendError, Sender},
};
use serde::Serialize;
use solana_client::client_error::ClientError;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    catalog::{Asset, Manifest},
    wallets::Seed,
};
use pack::{Job, Unit, pack};
use plan::{Addresses, Step, Target, waves};

/// Transactions on their way at any time.
const IN_FLIGHT: usize = 64;
/// Listing assets for others in their name is for networks without value.
const MAIN_NETWORK: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "this is Solana's main network: a catalogue of other people's assets is listed on \
         test networks only"
    )]
    MainNetwork,
    #[error(
        "{key}: its parents differ from those that it was listed with; lineage never changes, \
         so give the asset another key"
    )]
    Lineage { key: String },
    #[error("{key}: its description is too long for a transaction")]
    TooLong { key: String },
    #[error("{what}: {source}")]
    Send { what: String, source: SendError },
    #[error("no answer from the network: {0}")]
    Network(#[from] Box<ClientError>),
    #[error("reading what is listed already: {0}")]
    Fetch(#[from] FetchError),
    #[error("{key}: {source}")]
    Manifest { key: String, source: ManifestError },
    #[error("manifest store {path}: {source}")]
    Store { path: PathBuf, source: io::Error },
}

/// Where and how a catalogue is listed.
pub struct Importer {
    pub sender: Arc<Sender>,
    /// Pays fees and rent.
    pub payer: Key,
    /// Secret that the publishers' keys derive from.
    pub seed: Seed,
    /// Mint of the prices; six decimals, so that a base unit is a millionth of a dollar.
    pub mint: Pubkey,
    pub manifests: ContentStore,
}

/// The bar that shows an import's progress on a terminal.
pub fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(
        "{bar:30} {pos}/{len} assets, {elapsed}, {per_sec}, {eta} left",
    ) {
        bar.set_style(style);
    }
    bar
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub assets: usize,
    /// Registered and activated.
    pub listed: usize,
    /// Found as drafts and activated.
    pub resumed: usize,
    /// Listed before, and given a new version now.
    pub published: usize,
    /// Listed before with the same manifest.
    pub skipped: usize,
    pub edges: usize,
    pub transactions: usize,
    /// The last slot that holds something of it; 0 where nothing was to do.
    pub slot: u64,
    pub millis: u64,
}

impl Importer {
    /// Lists `assets`, which are a whole catalogue or the beginning of one.
    ///
    /// # Errors
    /// When the store cannot be written, an asset's lineage has changed, or a transaction fails;
    /// what was listed by then stays, and the next run continues.
    pub async fn run(&self, assets: &[Asset], bar: &ProgressBar) -> Result<Report, ImportError> {
        let began = Instant::now();
        self.refuse_main_network().await?;
        bar.set_length(assets.len() as u64);
        let targets = self.targets(assets)?;
        let addresses: Addresses<'_> = targets
            .iter()
            .map(|target| (target.asset.key.as_str(), target.address))
            .collect();
        let steps = self.steps(&targets, &addresses).await?;
        let mut report = Report {
            assets: assets.len(),
            ..Report::default()
        };
        for step in &steps {
            report.count(step);
        }
        bar.inc(report.skipped as u64);
        self.set_profiles(&targets, &mut report).await?;
        for wave in waves(assets) {
            let mut units: HashMap<&str, Vec<Unit>> = HashMap::new();
            for index in wave {
                let target = &targets[index];
                let instructions = self.instructions(target, &steps[index], &addresses);
                if !instructions.is_empty() {
                    let unit = Unit {
                        asset: Some(index),
                        instructions,
                    };
                    let publisher = target.asset.publisher.as_str();
                    units.entry(publisher).or_default().push(unit);
                }
            }
            let mut jobs = Vec::new();
            for (publisher, units) in units {
                let key: Key = self.seed.publisher(publisher);
                let packed = pack(units, &self.payer.pubkey()).map_err(|unit| {
                    let asset = unit.asset.map(|index| targets[index].asset.key.clone());
                    ImportError::TooLong {
                        key: asset.unwrap_or_default(),
                    }
                })?;
                jobs.extend(packed.into_iter().map(|job| (job, key.clone())));
            }
            self.send(jobs, &targets, bar, &mut report).await?;
        }
        report.millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(report)
    }

    async fn refuse_main_network(&self) -> Result<(), ImportError> {
        let genesis = self
            .sender
            .rpc()
            .get_genesis_hash()
            .await
            .map_err(Box::new)?;
        if genesis.to_string() == MAIN_NETWORK {
            return Err(ImportError::MainNetwork);
        }
        Ok(())
    }

    /// The assets with their addresses; their manifests are in the store afterwards, so that
    /// whoever sees a listing finds its manifest.
    fn targets<'a>(&self, assets: &'a [Asset]) -> Result<Vec<Target<'a>>, ImportError> {
        let store = |source| ImportError::Store {
            path: self.manifests.folder().to_path_buf(),
            source,
        };
        let mut publishers: HashMap<&str, Pubkey> = HashMap::new();
        assets
            .iter()
            .map(|asset| {
                let publisher = *publishers
                    .entry(&asset.publisher)
                    .or_insert_with(|| self.seed.publisher(&asset.publisher).pubkey());
                let manifest = Manifest::of(asset).map_err(|source| ImportError::Manifest {
                    key: asset.key.clone(),
                    source,
                })?;
                self.manifests
                    .put(manifest.text.as_bytes())
                    .map_err(store)?;
                let (address, _) = pda::listing(&publisher, &asset.listing_key());
                Ok(Target {
                    asset,
                    manifest,
                    publisher,
                    address,
                })
            })
            .collect()
    }

    async fn steps(
        &self,
        targets: &[Target<'_>],
        addresses: &Addresses<'_>,
    ) -> Result<Vec<Step>, ImportError> {
        let rpc = self.sender.rpc();
        let listings: Vec<Pubkey> = targets.iter().map(|target| target.address).collect();
        let listings = fetch::many::<Listing>(rpc, &listings).await?;
        // Edges exist only where a listing does.
        let edges: Vec<Pubkey> = targets
            .iter()
            .zip(&listings)
            .filter(|(_, listing)| listing.is_some())
            .flat_map(|(target, _)| target.edges(addresses))
            .collect();
        let found = fetch::raw_many(rpc, &edges).await?;
        let edges: HashSet<Pubkey> = edges
            .into_iter()
            .zip(found)
            .filter_map(|(edge, account)| account.map(|_| edge))
            .collect();
        targets
            .iter()
            .zip(&listings)
            .map(|(target, listing)| target.step(listing.as_ref(), &edges, addresses))
            .collect()
    }

    /// Gives each publisher its name.
    async fn set_profiles(
        &self,
        targets: &[Target<'_>],
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let publishers: HashMap<&str, Pubkey> = targets
            .iter()
            .map(|target| (target.asset.publisher.as_str(), target.publisher))
            .collect();
        let addresses: Vec<Pubkey> = publishers.values().map(|key| pda::profile(key).0).collect();
        let profiles = fetch::many::<Profile>(self.sender.rpc(), &addresses).await?;
        let mut jobs = Vec::new();
        for ((name, publisher), profile) in publishers.into_iter().zip(profiles) {
            if profile.is_none_or(|profile| common::text::read(&profile.name) != name) {
                let job = Job {
                    assets: Vec::new(),
                    transactions: vec![vec![self.profile(&publisher, name)]],
                };
                jobs.push((job, self.seed.publisher(name) as Key));
            }
        }
        self.send(jobs, targets, &ProgressBar::hidden(), report)
            .await
    }

    async fn send(
        &self,
        jobs: Vec<(Job, Key)>,
        targets: &[Target<'_>],
        bar: &ProgressBar,
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let mut sent = stream::iter(jobs)
            .map(|(job, publisher)| async move {
                let keys = [self.payer.clone(), publisher];
                let mut slot = 0;
                for transaction in &job.transactions {
                    let sent = self.sender.send(transaction, &keys).await;
                    let sent = sent.map_err(|source| ImportError::Send {
                        what: describe(&job, targets),
                        source,
                    })?;
                    slot = sent.slot.max(slot);
                }
                Ok::<_, ImportError>((job, slot))
            })
            .buffer_unordered(IN_FLIGHT);
        while let Some((job, slot)) = sent.try_next().await? {
            bar.inc(job.assets.len() as u64);
            report.transactions = report.transactions.saturating_add(job.transactions.len());
            report.slot = report.slot.max(slot);
        }
        Ok(())
    }
}

/// The assets of a job, for messages.
fn describe(job: &Job, targets: &[Target<'_>]) -> String {
    let mut keys = job
        .assets
        .iter()
        .map(|index| targets[*index].asset.key.as_str());
    match (keys.next(), keys.count()) {
        (None, _) => "a publisher's profile".to_owned(),
        (Some(key), 0) => key.to_owned(),
        (Some(key), more) => format!("{key} or one of {more} others in its transaction"),
    }
}

impl Report {
    fn count(&mut self, step: &Step) {
        let (counter, edges) = match step {
            Step::Skip => (&mut self.skipped, 0),
            Step::Publish => (&mut self.published, 0),
            Step::List {
                register, edges, ..
            } if *register => (&mut self.listed, edges.len()),
            Step::List { edges, .. } => (&mut self.resumed, edges.len()),
        };
        *counter = counter.saturating_add(1);
        self.edges = self.edges.saturating_add(edges);
    }

    /// How long it took.
    pub fn took(&self) -> Duration {
        Duration::from_millis(self.millis)
    }
}
