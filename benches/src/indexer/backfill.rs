//! `pedigree index backfill` over a recording, in a process of its own.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use pedigree_indexer::store::Store;
use pedigree_localnet::postgres::Postgres;
use serde::Serialize;
use serde_json::Value;

use super::{database, recordings::Recording};

/// How often the process's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What is made of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Raw events alone.
    Raw,
    /// Every derived table.
    Derived,
}

/// What one run took, from the start of the process to its end.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Run {
    pub events: u64,
    pub seconds: f64,
    pub events_per_s: f64,
    /// The kernel's high-water mark (VmHWM), in 10⁶ bytes.
    pub peak_rss_mb: f64,
}

/// Indexes a recording, or its slots up to `to`, into a new database of this name. Its schema is made before.
pub async fn run(
    postgres: &Postgres,
    name: &str,
    recording: &Recording,
    depth: Depth,
    to: Option<u64>,
) -> Result<Run> {
    let url = postgres.recreate_database(name).await?;
    Store::connect(&url).await?.pool().close().await;
    database::settle(&url).await?;
    let mut command = Command::new(pedigree()?);
    command
        .args([
            "index",
            "backfill",
            "--output",
            "json",
            "--database-url",
            &url,
        ])
        .arg("--recording")
        .arg(&recording.file)
        .stdout(Stdio::piped());
    if depth == Depth::Raw {
        command.arg("--raw");
    }
    if let Some(slot) = to {
        command.args(["--to", &slot.to_string()]);
    }
    let begun = Instant::now();
    let mut child = command.spawn().context("starting `pedigree`")?;
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        // It grows only, so that the last look before the end sees it all.
        peak = peak.max(high_water(child.id()).unwrap_or_default());
        std::thread::sleep(LOOK_EVERY);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("`pedigree index backfill` failed");
    }
    let told: Value = serde_json::from_slice(&output.stdout).context("reading what it printed")?;
    let events = told["events"].as_u64().context("it tells of no events")?;
    if to.is_none() && events != recording.events {
        bail!("{events} events were indexed of {}", recording.events);
    }
    Ok(Run {
        events,
        seconds,
        events_per_s: events as f64 / seconds,
        peak_rss_mb: peak as f64 / 1e6,
    })
}

/// The command beside this program, built by the same cargo call.
fn pedigree() -> Result<PathBuf> {
    let binary = std::env::current_exe()?.with_file_name("pedigree");
    if !binary.exists() {
        bail!("{} is missing: run `make bench`", binary.display());
    }
    Ok(binary)
}

/// Most bytes that a process ever had in memory.
fn high_water(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
