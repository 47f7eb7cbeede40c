//! A market of one's own: the built `pedigree`, started as a user starts it.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use escrow::{instructions::ConfigArgs, state::Config};
use nix::sys::signal::Signal;
use serde_json::Value;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_commitment_config::CommitmentConfig;
use tempfile::TempDir;

use crate::{
    catalog::{self, Catalog},
    network::{Lasting, patience},
    running::Running,
};

/// Generous: an unoptimised build on two busy cores, and for each asset that it lists.
const READY_WITHIN: Duration = Duration::from_secs(400);
const LISTED_WITHIN: Duration = Duration::from_millis(400);
const INDEXED_WITHIN: Duration = Duration::from_secs(300);
const GONE_WITHIN: Duration = Duration::from_secs(30);

/// The settings of escrow as they are, but for both windows, of so many seconds.
pub fn with_windows(config: &Config, seconds: u32) -> ConfigArgs {
    ConfigArgs {
        paused: config.paused != 0,
        allow_unclaimed: config.allow_unclaimed != 0,
        fee_ppm: config.fee_ppm,
        delivery_window: seconds,
        dispute_window: seconds,
        arbitration_period: config.arbitration_period,
        bond_ppm: config.bond_ppm,
        treasury: config.treasury,
        pending_authority: config.pending_authority,
    }
}

/// The command under test, built by the same cargo call as the tests.
pub fn pedigree() -> Command {
    Command::new(binary())
}

fn binary() -> PathBuf {
    let this = std::env::current_exe().expect("the path of this program");
    // target/PROFILE/deps/TEST, or target/PROFILE/PROGRAM
    let folders = this.ancestors().skip(1).take(2);
    let mut binaries = folders.map(|folder| folder.join("pedigree"));
    binaries.find(|binary| binary.exists()).unwrap_or_else(|| {
        panic!(
            "no pedigree near {}: run `cargo build --workspace`, or `make test`",
            this.display()
        )
    })
}

/// Runs the command to its end.
pub fn run(args: &[&str]) -> Output {
    pedigree()
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("pedigree runs")
}

/// Runs the command with `--output json` and returns what it printed; panics with its errors where it failed.
pub fn json(args: &[&str]) -> Value {
    let output = run(&[args, &["--output", "json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pedigree {args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "pedigree {args:?} printed no JSON document: {error}\n{}",
            String::from_utf8_lossy(&output.stdout)
        )
    })
}

/// Runs the command, which has to fail with status 1 and one line of error that says all of `words`.
pub fn refused(args: &[&str], words: &[&str]) {
    let output = run(args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "pedigree {args:?}: {errors}");
    let mut lines = errors.lines().filter(|line| line.starts_with("error: "));
    let (line, more) = (lines.next().unwrap_or_default(), lines.next());
    for word in words {
        assert!(line.contains(word), "pedigree {args:?}, {word}: {errors}");
    }
    assert_eq!(more, None, "pedigree {args:?}");
}

/// A running `pedigree up`. Stopped, and checked to have stopped, when dropped; nothing of it stays.
pub struct Market {
    up: Running,
    _elsewhere: Elsewhere,
    /// Where `up` did not start one itself.
    network: Option<Lasting>,
    folder: TempDir,
    args: Vec<String>,
    pub http: String,
}

/// The folder that Postgres uses where its account cannot enter the data directory.
struct Elsewhere(Option<PathBuf>);

impl Elsewhere {
    fn told(printed: &str) -> Self {
        let data = printed
            .lines()
            .find_map(|line| line.split_once("data directory: it keeps "));
        Self(data.and_then(|(_, data)| Some(Path::new(data).parent()?.to_owned())))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Market {
    /// Starts a market that lists `catalog`, on free ports, in a folder of its own.
    pub fn start(catalog: &Catalog) -> Self {
        let folder = folder();
        let file = folder.path().join("catalog.jsonl");
        std::fs::write(&file, catalog.text()).expect("a catalogue file");
        let network = Lasting::agave(folder.path(), &data(&folder));
        let args = ["--catalog", path(&file)].map(str::to_owned);
        let assets = u32::try_from(catalog.assets.len()).expect("a number of assets");
        let within = READY_WITHIN + LISTED_WITHIN * assets;
        Self::up(folder, network, args.to_vec(), within)
    }

    /// Starts a market with the first `limit` assets of the committed catalogue.
    pub fn with_first(limit: u32) -> Self {
        let folder = folder();
        let network = Lasting::agave(folder.path(), &data(&folder));
        Self::with_first_on(folder, network, limit)
    }

    /// Starts such a market on a network that outlasts it.
    pub async fn with_first_on_a_lasting_network(limit: u32) -> Self {
        let folder = folder();
        let network = Lasting::start(folder.path(), &data(&folder)).await;
        Self::with_first_on(folder, Some(network), limit)
    }

    /// Starts a market without listings on an embedded network whose clock can be put forward, with the settings of a
    /// network that is nobody's own: windows of a day.
    pub async fn empty_with_a_clock() -> Self {
        let folder = folder();
        let network = Lasting::embedded(&data(&folder)).await;
        Self::with_first_on(folder, Some(network), 0)
    }

    /// Puts the clock of its network to `time`, in Unix seconds.
    pub async fn travel_to(&self, time: i64) {
        let Some(Lasting::Embedded(network)) = &self.network else {
            panic!("the clock of this network cannot be put forward");
        };
        network.travel_to(time).await.expect("another time");
    }

    fn with_first_on(folder: TempDir, network: Option<Lasting>, limit: u32) -> Self {
        let mut args = vec!["--limit".to_owned(), limit.to_string()];
        // On a network of somebody else's nothing is listed that is not named.
        if network.is_some() {
            args.extend(["--catalog", catalog::FILE].map(str::to_owned));
        }
        Self::up(folder, network, args, READY_WITHIN)
    }

    /// Starts a market without listings.
    pub fn empty() -> Self {
        Self::with_first(0)
    }

    /// Starts one again in the folder of one that has ended, as the first was started.
    pub fn again(self) -> Self {
        let Self {
            mut up,
            network,
            folder,
            args,
            _elsewhere,
            ..
        } = self;
        assert!(!up.is_alive(), "it goes on");
        Self::up(folder, network, args, READY_WITHIN)
    }

    fn up(folder: TempDir, network: Option<Lasting>, args: Vec<String>, within: Duration) -> Self {
        let data = data(&folder);
        let mut command = ["up", "--http", "127.0.0.1:0", "--data-dir", path(&data)]
            .map(str::to_owned)
            .to_vec();
        command.extend(args.iter().cloned());
        if let Some(network) = &network {
            let (rpc, ws) = (network.rpc_url(), network.ws_url());
            let options = ["--deploy", "--rpc-url", &rpc, "--ws-url", &ws];
            command.extend(options.map(str::to_owned));
        }
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let mut up = Running::start(&command);
        let http = up.wait_for("ready ", patience(within));
        Self {
            _elsewhere: Elsewhere::told(&up.printed),
            up,
            network,
            folder,
            args,
            http,
        }
    }

    /// The process that runs it.
    pub fn id(&self) -> u32 {
        self.up.id()
    }

    /// Its database server.
    pub fn server(&self) -> Server {
        Server::of(&self.endpoint("database"))
    }

    /// A field of `endpoints.json`.
    pub fn endpoint(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.endpoints()).expect("endpoints.json");
        let endpoints: Value = serde_json::from_str(&text).expect("JSON");
        endpoints[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} in {endpoints}"))
            .to_owned()
    }

    /// A connection to its network.
    pub fn rpc(&self) -> RpcClient {
        RpcClient::new_with_timeout_and_commitment(
            self.endpoint("rpc"),
            Duration::from_secs(30),
            CommitmentConfig::confirmed(),
        )
    }

    /// Everything that `up` printed until it was ready, standard error included.
    pub fn printed(&self) -> &str {
        &self.up.printed
    }

    /// A folder for a test's own files, which ends with the market.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What else `up` printed that has ended.
    pub fn rest(&mut self) -> String {
        self.up.rest()
    }

    pub fn data(&self) -> PathBuf {
        data(&self.folder)
    }

    pub fn endpoints(&self) -> PathBuf {
        self.data().join("endpoints.json")
    }

    /// `pedigree ARGS --endpoints …`, its JSON.
    pub fn cli(&self, args: &[&str]) -> Value {
        let endpoints = self.endpoints();
        json(&[args, &["--endpoints", path(&endpoints)]].concat())
    }

    /// `pedigree ARGS --endpoints …`, its JSON, or its standard error where it failed.
    pub fn try_cli(&self, args: &[&str]) -> Result<Value, String> {
        let endpoints = self.endpoints();
        let more = ["--endpoints", path(&endpoints), "--output", "json"];
        let output = run(&[args, &more].concat());
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).expect("a document"))
    }

    /// `pedigree ARGS --endpoints …`, expected to fail with status 1; its standard error.
    pub fn refused(&self, args: &[&str]) -> String {
        let endpoints = self.endpoints();
        let output = run(&[args, &["--endpoints", path(&endpoints)]].concat());
        assert_eq!(
            output.status.code(),
            Some(1),
            "pedigree {args:?} should have failed"
        );
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// `GET path`: status and JSON body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = reqwest::get(format!("{}{path}", self.http))
            .await
            .expect("the API answers");
        let status = response.status().as_u16();
        let body = response.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&body)
                .unwrap_or_else(|error| panic!("GET {path}: {error}: {body}")),
        )
    }

    /// Every item of a collection, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let (status, page) = self.get(&format!("{path}{cursor}")).await;
            assert_eq!(status, 200, "GET {path}: {page}");
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// Waits until the index has `slot` and has looked at every manifest.
    pub async fn indexed(&self, slot: u64) {
        wait_until_indexed(&self.http, slot).await;
    }

    /// Waits until the index knows that everything up to `slot` is final.
    pub async fn finalized(&self, slot: u64) {
        let began = Instant::now();
        loop {
            let status = self.cli(&["index", "status"]);
            if status["finalized_slot"].as_u64() >= Some(slot) {
                return;
            }
            assert!(
                began.elapsed() < patience(INDEXED_WITHIN),
                "slot {slot} is not final: {status}"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Sends `signal` and waits for the end; the exit status.
    pub fn stop(&mut self, signal: Signal) -> ExitStatus {
        self.up.stop(signal)
    }
}

/// The data directory of a market in `folder`.
fn data(folder: &TempDir) -> PathBuf {
    folder.path().join("data")
}

/// A folder that Postgres's account can enter too.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).expect("permissions");
    folder
}

/// The database server of a market: what has to be gone once the market has ended.
pub struct Server {
    process: PathBuf,
    socket: PathBuf,
}

impl Server {
    fn of(database: &str) -> Self {
        let socket = PathBuf::from(database.split("host=").nth(1).expect("a socket's folder"));
        let mut found = std::fs::read_dir(&socket).expect("the folder").flatten();
        let lock = found.find(|entry| entry.path().extension().is_some_and(|e| e == "lock"));
        let lock = std::fs::read_to_string(lock.expect("a lock").path()).expect("a lock");
        let pid = lock.lines().next().expect("a process").trim();
        Self {
            process: Path::new("/proc").join(pid),
            socket,
        }
    }

    pub fn is_running(&self) -> bool {
        self.process.exists()
    }

    /// Whether neither process nor socket is left.
    pub fn is_gone(&self) -> bool {
        !self.process.exists() && !self.socket.exists()
    }

    /// Waits until it is gone.
    pub fn wait_until_gone(&self) {
        let began = Instant::now();
        while !self.is_gone() {
            assert!(began.elapsed() < GONE_WITHIN, "the server stays");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Waits until the index behind an API has `slot` and has looked at every manifest.
pub async fn wait_until_indexed(http: &str, slot: u64) {
    let began = Instant::now();
    loop {
        let status = reqwest::get(format!("{http}/v1/status"))
            .await
            .expect("the API answers");
        let status = status.text().await.expect("a body");
        let status: Value = serde_json::from_str(&status).expect("a status");
        let pending = status["manifests"]["pending"].as_u64().unwrap_or_default();
        if status["slot"].as_u64() >= Some(slot) && pending == 0 {
            return;
        }
        assert!(
            began.elapsed() < patience(INDEXED_WITHIN),
            "slot {slot} is not indexed: {status}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
