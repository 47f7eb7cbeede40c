//! `pedigree up`: a whole deployment on this machine.

mod chain;
mod database;
mod lock;
mod setup;

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use pedigree_indexer::{
    Config, Service,
    manifest::{ContentStore, ManifestStore},
    service::{ChainConfig, Feed},
};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    catalog::{self, Asset},
    endpoints::{Endpoints, Programs},
    import::{Importer, Report, progress_bar},
    output::Output,
    proxies::Trusted,
    wallets::{Seed, Wallets},
};
use chain::Chain;
use database::Database;
use lock::Lock;

/// The catalogue that comes with the program.
const CATALOG: &str = include_str!("../../../catalog/ai-assets.jsonl");
/// How often accounts are compared with the network's.
const RECONCILE_EVERY: Duration = Duration::from_secs(600);
/// Longest query of the API.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a clean stop of the indexer may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Options {
    /// Where the API listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8600")]
    http: SocketAddr,
    #[command(flatten)]
    trusted: Trusted,
    /// Where wallets, manifests and the database are kept.
    #[arg(long, value_name = "DIR", default_value = ".pedigree")]
    data_dir: PathBuf,
    /// List this catalogue instead of the one that comes with the program.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// List at most the first N assets.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Use this Solana network instead of starting one.
    #[arg(long, value_name = "URL", requires = "ws_url")]
    rpc_url: Option<String>,
    /// The same network's WebSocket.
    #[arg(long, value_name = "URL", requires = "rpc_url")]
    ws_url: Option<String>,
    /// Use this PostgreSQL database instead of starting a server.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Where the API reads, such as a replica of --database-url; the same unless given. Of a server that is started here
    /// there is none.
    #[arg(
        long,
        value_name = "URL",
        env = "DATABASE_URL_READ",
        hide_env_values = true
    )]
    database_url_read: Option<String>,
    /// Deploy and initialise the programs on the network of --rpc-url as well, and give the wallets balances in a
    /// settlement mint of its own. The wallet `deployer` pays.
    #[arg(long, requires = "rpc_url")]
    deploy: bool,
    /// Folder of the compiled programs.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// Runs until Ctrl-C or SIGTERM, then stops all it has started.
///
/// # Errors
/// When something does not start; what did start is stopped.
pub async fn run(options: Options, output: Output) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut deployment = Deployment::prepare(options).await?;
    let outcome = tokio::select! {
        outcome = deployment.start_and_wait(output) => outcome,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    eprintln!("stopping");
    tokio::select! {
        () = deployment.stop() => {}
        // The server's supervisor and the network end with this process.
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    outcome
}

/// The parts of a deployment, as they come up.
struct Deployment {
    options: Options,
    /// Absolute, so that its paths mean the same elsewhere.
    folder: PathBuf,
    assets: Vec<Asset>,
    shutdown: CancellationToken,
    service: Option<Service>,
    database: Option<Database>,
    chain: Option<Chain>,
    #[expect(dead_code, reason = "it is held")]
    lock: Lock,
}

impl Deployment {
    /// Checks all that can be checked before anything starts.
    async fn prepare(options: Options) -> Result<Self> {
        let folder = &options.data_dir;
        let describe = || format!("data directory {}", folder.display());
        fs::create_dir_all(folder).with_context(describe)?;
        let folder = folder.canonicalize().with_context(describe)?;
        let lock = Lock::take(&folder)?;
        drop(
            TcpListener::bind(options.http)
                .with_context(|| format!("cannot listen on {} (--http)", options.http))?,
        );
        if let Some(url) = &options.database_url {
            database::reach(url).await?;
        }
        let assets = match (&options.catalog, &options.rpc_url) {
            (Some(path), _) => catalog::read(path, options.limit)?,
            (None, None) => catalog::parse(CATALOG, options.limit)?,
            (None, Some(_)) => Vec::new(),
        };
        Ok(Self {
            options,
            folder,
            assets,
            shutdown: CancellationToken::new(),
            service: None,
            database: None,
            chain: None,
            lock,
        })
    }

    async fn start_and_wait(&mut self, output: Output) -> Result<()> {
        let began = Instant::now();
        let wallets = Wallets::in_folder(self.folder.join("wallets"));
        let endpoints_file = self.folder.join("endpoints.json");
        remove(&endpoints_file)?;
        self.start_chain(&wallets).await?;
        let Some(chain) = &self.chain else {
            bail!("no network");
        };
        let mint = if chain.embedded.is_some() || self.options.deploy {
            let programs = match &self.options.programs {
                Some(folder) => folder.clone(),
                None => chain::programs_folder()?,
            };
            let deployer = wallets.get_or_create("deployer")?;
            chain.deploy(&programs, &(deployer as _)).await?;
            Some(setup::run(chain, &wallets, &self.folder).await?)
        } else {
            setup::known_mint(&self.folder)?
        };
        self.database = Some(match &self.options.database_url {
            Some(url) => Database::external(url.clone()),
            None => {
                let lasting = chain.embedded.is_none();
                Database::private(&self.folder, &chain.genesis, lasting).await?
            }
        });
        let database_url = self.database.as_ref().map(|database| database.url.clone());
        let database_url = database_url.unwrap_or_default();
        let content = ContentStore::new(self.folder.join("manifests"));
        let config = Config {
            database_url: database_url.clone(),
            database_url_read: self
                .options
                .database_url_read
                .clone()
                .filter(|_| self.options.database_url.is_some()),
            chain: Some(ChainConfig {
                rpc_url: chain.rpc_url.clone(),
                feed: Feed::WebSocket(chain.ws_url.clone()),
                start_slot: None,
                witness_url: None,
                reconcile_every: Some(RECONCILE_EVERY),
            }),
            http: Some(self.options.http),
            content: Some(content.clone()),
            stores: vec![ManifestStore::Folder(content.clone())],
            trusted_proxies: self.options.trusted.proxies(),
            statement_timeout: STATEMENT_TIMEOUT,
        };
        let service = Service::start(config, self.shutdown.clone()).await?;
        let http = service.http().map(|address| format!("http://{address}"));
        let http = http.unwrap_or_default();
        let service = self.service.insert(service);
        Endpoints {
            http: http.clone(),
            rpc: chain.rpc_url.clone(),
            ws: chain.ws_url.clone(),
            database: database_url,
            genesis: chain.genesis.clone(),
            programs: Programs::own(),
            mint: mint.map(|mint| mint.to_string()),
            wallets: self.folder.join("wallets"),
        }
        .write(&endpoints_file)?;
        eprintln!("started in {:.1?}; {http} answers", began.elapsed());

        let mut result = json!({"ready": http});
        if !self.assets.is_empty() {
            let mint = mint.context("there is no settlement mint: add --deploy")?;
            let importer = Importer {
                sender: chain.sender.clone(),
                payer: wallets.get_or_create("deployer")?,
                seed: Seed::read_or_create(&self.folder.join("seed"))?,
                mint,
                manifests: content,
            };
            result["import"] = list(&importer, &self.assets, service).await?;
        }
        match output {
            Output::Text => println!("ready {http}"),
            Output::Json => output.result(&result),
        }
        watch(service).await
    }

    async fn start_chain(&mut self, wallets: &Wallets) -> Result<()> {
        self.chain = Some(match (&self.options.rpc_url, &self.options.ws_url) {
            (Some(rpc), Some(ws)) => Chain::attach(rpc, ws).await?,
            _ => {
                let chain = Chain::embedded(wallets).await?;
                let marker = self.folder.join("embedded-genesis");
                if let Ok(before) = fs::read_to_string(&marker) {
                    eprintln!(
                        "the embedded network keeps nothing between runs: the one of genesis {} \
                         is gone and a new one begins, with an empty database; keys stay the same",
                        before.trim()
                    );
                }
                fs::write(&marker, &chain.genesis).with_context(|| marker.display().to_string())?;
                chain
            }
        });
        Ok(())
    }

    async fn stop(&mut self) {
        self.shutdown.cancel();
        if let Some(service) = self.service.take() {
            match tokio::time::timeout(STOP_TIMEOUT, service.join()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => eprintln!("indexer: {error}"),
                Err(_) => eprintln!("indexer: did not stop within {STOP_TIMEOUT:?}"),
            }
        }
        let database = self.database.take();
        let network = self.chain.take().and_then(|chain| chain.embedded);
        // Both block until they have ended.
        let stopped = tokio::task::spawn_blocking(move || {
            drop(database);
            network.map_or(Ok(()), |network| network.stop())
        });
        match stopped.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("{error}"),
            Err(error) => eprintln!("stopping: {error}"),
        }
        if let Err(error) = remove(&self.folder.join("endpoints.json")) {
            eprintln!("{error:#}");
        }
    }
}

/// Lists the catalogue and waits until the index has all of it.
async fn list(importer: &Importer, assets: &[Asset], service: &Service) -> Result<Value> {
    let began = Instant::now();
    eprintln!("listing {} assets", assets.len());
    let bar = progress_bar();
    let report = importer.run(assets, &bar).await;
    bar.finish_and_clear();
    let report = report?;
    eprintln!("{}", describe(&report));
    wait_until_indexed(service, report.slot).await?;
    let lag = began.elapsed().saturating_sub(report.took());
    eprintln!(
        "indexed {lag:.1?} after the last transaction: {:.1?} in all",
        began.elapsed()
    );
    let mut value = serde_json::to_value(&report)?;
    value["indexed_millis"] = json!(u64::try_from(began.elapsed().as_millis())?);
    Ok(value)
}

fn describe(report: &Report) -> String {
    format!(
        "listed {} of {} assets with {} edges in {:.1?} ({} transactions); resumed {}, \
         published {} versions, left {} as they were",
        report.listed,
        report.assets,
        report.edges,
        report.took(),
        report.transactions,
        report.resumed,
        report.published,
        report.skipped
    )
}

/// Until the index has reached `slot` and looked at every manifest.
async fn wait_until_indexed(service: &Service, slot: u64) -> Result<()> {
    loop {
        if let Some(alarm) = service.indexing().alarm {
            bail!("the indexer has halted: {alarm}");
        }
        // The whole status counts every table.
        let frontier = service.store().frontier().await?;
        if frontier.map(|frontier| frontier.slot) < Some(slot) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        }
        let status = service.status().await?;
        let indexed = status.slot.and_then(|slot| u64::try_from(slot).ok());
        let pending = status.manifests.get("pending").copied().unwrap_or(0);
        if indexed >= Some(slot) && pending == 0 && service.finds(slot) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Says so when the indexer halts; the API goes on answering.
async fn watch(service: &Service) -> Result<()> {
    let mut told = false;
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        if let (Some(alarm), false) = (service.indexing().alarm, told) {
            eprintln!("the indexer has halted: {alarm}");
            told = true;
        }
        if let Err(error) = service.store().frontier().await {
            eprintln!("the database does not answer: {error}");
        }
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| path.display().to_string())
        }
        _ => Ok(()),
    }
}
