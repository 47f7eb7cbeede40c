//! A market of one's own: the built `pedigree`, started as a user starts it.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::catalog::Catalog;

/// Generous: an unoptimised build on two busy cores.
const READY_WITHIN: Duration = Duration::from_secs(400);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// The command under test, built by the same cargo call as the tests.
pub fn pedigree() -> Command {
    Command::new(binary())
}

fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
    let binary = profile.join("pedigree");
    assert!(binary.exists(), "{} is missing: run `cargo build --workspace`, or `make test`", binary.display());
    binary
}

/// Runs the command to its end.
pub fn run(args: &[&str]) -> Output {
    pedigree().args(args).stdin(Stdio::null()).output().expect("pedigree runs")
}

/// Runs the command with `--output json` and returns what it printed; panics with its errors where it failed.
pub fn json(args: &[&str]) -> Value {
    let output = run(&[args, &["--output", "json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pedigree {args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("pedigree {args:?} printed no JSON document: {error}\n{}", String::from_utf8_lossy(&output.stdout))
    })
}

/// A running `pedigree up`. Stopped, and checked to have stopped, when dropped.
pub struct Market {
    child: Child,
    folder: TempDir,
    pub http: String,
    /// Everything that `up` printed until it was ready, standard error included.
    pub printed: String,
}

impl Market {
    /// Starts a market that lists `catalog`, on free ports, in a folder of its own.
    pub fn start(catalog: &Catalog) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("catalog.jsonl");
        std::fs::write(&file, catalog.text()).expect("a catalogue file");
        let data = folder.path().join("data");
        let mut command = pedigree();
        command.args(["up", "--http", "127.0.0.1:0"]).arg("--data-dir").arg(&data).arg("--catalog").arg(&file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("pedigree up starts");
        let (lines, printed) = mpsc::channel();
        read_lines(child.stdout.take().expect("a pipe"), lines.clone());
        read_lines(child.stderr.take().expect("a pipe"), lines);
        let mut market = Self { child, folder, http: String::new(), printed: String::new() };
        let began = Instant::now();
        while market.http.is_empty() {
            let left = READY_WITHIN.saturating_sub(began.elapsed());
            match printed.recv_timeout(left) {
                Ok(line) => {
                    if let Some(http) = line.strip_prefix("ready ") {
                        market.http = http.trim().to_owned();
                    }
                    market.printed += &line;
                }
                Err(error) => panic!("pedigree up did not get ready ({error}):\n{}", market.printed),
            }
        }
        market
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
        assert_eq!(output.status.code(), Some(1), "pedigree {args:?} should have failed");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// `GET path`: status and JSON body.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = reqwest::get(format!("{}{path}", self.http)).await.expect("the API answers");
        let status = response.status().as_u16();
        let body = response.text().await.expect("a body");
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("GET {path}: {error}: {body}")))
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

    /// Sends `signal` and waits for the end; the exit status.
    pub fn stop(&mut self, signal: Signal) -> std::process::ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        kill(pid, signal).expect("a signal to pedigree up");
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status;
            }
            if began.elapsed() > STOPPED_WITHIN {
                let _ = self.child.kill();
                panic!("pedigree up did not stop within {STOPPED_WITHIN:?} of {signal}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop(Signal::SIGTERM);
        }
    }
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn read_lines(pipe: impl Read + Send + 'static, lines: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let _ = lines.send(line + "\n");
        }
    });
}
