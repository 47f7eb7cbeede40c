//! A market of one's own: the built `pedigree`, started as a user starts it.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::{catalog::Catalog, running::Running};

/// Generous: an unoptimised build on two busy cores.
const READY_WITHIN: Duration = Duration::from_secs(400);
const INDEXED_WITHIN: Duration = Duration::from_secs(60);

/// The command under test, built by the same cargo call as the tests.
pub fn pedigree() -> Command {
    Command::new(binary())
}

fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
    let binary = profile.join("pedigree");
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build --workspace`, or `make test`",
        binary.display()
    );
    binary
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

/// A running `pedigree up`. Stopped, and checked to have stopped, when dropped.
pub struct Market {
    up: Running,
    folder: TempDir,
    pub http: String,
}

impl Market {
    /// Starts a market that lists `catalog`, on free ports, in a folder of its own.
    pub fn start(catalog: &Catalog) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("catalog.jsonl");
        std::fs::write(&file, catalog.text()).expect("a catalogue file");
        Self::up(folder, &["--catalog", path(&file)])
    }

    /// Starts a market without listings.
    pub fn empty() -> Self {
        Self::up(tempfile::tempdir().expect("a folder"), &["--limit", "0"])
    }

    /// Ends it, and starts one with the same catalogue in its folder.
    pub fn again(self) -> Self {
        let Self { mut up, folder, .. } = self;
        up.stop(Signal::SIGTERM);
        let file = folder.path().join("catalog.jsonl");
        Self::up(folder, &["--catalog", path(&file)])
    }

    fn up(folder: TempDir, args: &[&str]) -> Self {
        let data = folder.path().join("data");
        let begin = ["up", "--http", "127.0.0.1:0", "--data-dir", path(&data)];
        let mut up = Running::start(&[&begin, args].concat());
        let http = up.wait_for("ready ", READY_WITHIN);
        Self { up, folder, http }
    }

    /// Everything that `up` printed until it was ready, standard error included.
    pub fn printed(&self) -> &str {
        &self.up.printed
    }

    /// A folder for a test's own files, which ends with the market.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn endpoints(&self) -> PathBuf {
        self.data().join("endpoints.json")
    }

    /// `pedigree ARGS --endpoints …`, its JSON.
    pub fn cli(&self, args: &[&str]) -> Value {
        let endpoints = self.endpoints();
        json(&[args, &["--endpoints", path(&endpoints)]].concat())
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

    /// Sends `signal` and waits for the end; the exit status.
    pub fn stop(&mut self, signal: Signal) -> ExitStatus {
        self.up.stop(signal)
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
            began.elapsed() < INDEXED_WITHIN,
            "slot {slot} is not indexed: {status}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
