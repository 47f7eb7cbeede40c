//! Throughput, memory and latency of the indexer. Writes `target/bench/indexer.json`.

mod backfill;
mod blocks;
pub mod database;
pub mod machine;
mod mix;
mod recordings;
mod rivals;
pub mod visible;

use std::{fs, fs::Permissions, os::unix::fs::PermissionsExt, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::Args;
use pedigree_indexer::{
    decode,
    source::{RecordingSource, Source},
};
use pedigree_localnet::postgres::{Durability, Postgres};
use serde::Serialize;
use serde_json::{Value, json};

use crate::report;
use backfill::{Depth, Run};
use recordings::{Recording, Recordings};

/// The larger backlog is so many times the smaller one.
const LARGER: u64 = 4;
/// Slots indexed for the sink that writes row by row, and decoded alone.
const SAMPLE_SLOTS: u64 = 600;
const DECODED_SLOTS: usize = 2_000;

#[derive(Debug, Args)]
pub struct Options {
    /// Keep the recordings here for the next time; else they are deleted.
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Bytes of the smaller backlog; the larger has four times as many.
    #[arg(long, value_name = "BYTES", default_value_t = 500_000_000)]
    backlog: u64,
    /// Runs of each measurement.
    #[arg(long, value_name = "N", default_value_t = 3)]
    runs: usize,
    /// Listings whose latency is measured.
    #[arg(long, value_name = "N", default_value_t = 300)]
    listings: usize,
    /// Only make the recordings.
    #[arg(long, requires = "recordings")]
    record_only: bool,
}

/// All runs over the recordings of one form, smaller and larger.
#[derive(Debug, Default, Serialize)]
struct Runs {
    half_gb: Vec<Run>,
    two_gb: Vec<Run>,
}

pub async fn run(options: Options) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = options.recordings.clone();
    let folder = folder.unwrap_or_else(|| temporary.path().join("recordings"));
    let sizes = [options.backlog, options.backlog * LARGER];
    let recordings = Recordings::find_or_make(&folder, sizes)?;
    if options.record_only {
        return Ok(());
    }
    // Postgres's account has to enter it, too.
    fs::set_permissions(temporary.path(), Permissions::from_mode(0o711))?;
    let server = temporary.path().join("postgres");
    let postgres = Postgres::start(&server, Durability::Durable)?;
    let report = measure(&postgres, &recordings, &options).await;
    postgres.stop();
    let report = report?;
    report::write("indexer.json", &report)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

async fn measure(postgres: &Postgres, recordings: &Recordings, options: &Options) -> Result<Value> {
    let load_before = machine::load();
    let visible = visible::measure(postgres, options.listings).await?;
    println!("visible: {visible:?}");
    let sample = &recordings.json[0];
    // A block in every slot, from slot 1 on.
    let to = sample.blocks.min(SAMPLE_SLOTS);
    backfill::run(postgres, "sample", sample, Depth::Derived, Some(to)).await?;
    let (mut binary, mut json) = (Runs::default(), Runs::default());
    let (mut copied, mut of_copy) = (Vec::new(), Vec::new());
    let (mut decoded, mut row_by_row) = (Vec::new(), Vec::new());
    for _ in 0..options.runs {
        binary.add(postgres, &recordings.binary, Depth::Raw).await?;
        let derived = json.add(postgres, &recordings.json, Depth::Derived).await?;
        // Right after the run whose rows they are, so that what else the machine does slows both.
        let copy = rivals::copy(postgres, &name(Depth::Derived)).await?;
        println!("copied: {copy:?}");
        of_copy.push(copy.seconds / derived.seconds);
        copied.push(copy);
        decoded.push(decode_only(sample).await?);
        row_by_row.push(rivals::row_by_row(postgres, "sample").await?);
        println!("decoded: {decoded:?}, row by row: {row_by_row:?}");
    }

    // The most of all runs, in either form.
    let peak = |of: fn(&Runs) -> &[Run]| {
        let runs = of(&binary).iter().chain(of(&json));
        runs.map(|run| run.peak_rss_mb).fold(0.0, f64::max)
    };
    let itself = |value: &f64| *value;
    Ok(json!({
        "backfill": {
            "binary_raw_events_per_s": median(&binary.two_gb, |run| run.events_per_s),
            "json_derived_events_per_s": median(&json.two_gb, |run| run.events_per_s),
            "decode_only_events_per_s": median(&decoded, itself),
            "row_by_row_events_per_s": median(&row_by_row, itself),
            "copy_ceiling_rows_per_s": median(&copied, |copied| copied.rows_per_s),
            "peak_rss_mb_half_gb": peak(|runs| &runs.half_gb),
            "peak_rss_mb_two_gb": peak(|runs| &runs.two_gb),
            "json_derived_share_of_copy": median(&of_copy, itself),
        },
        "visible_ms": {
            "p50": visible.from_notification.p50,
            "p99": visible.from_notification.p99,
            // Earlier than any notice of it: none counts as found before it was there.
            "p50_from_block": visible.from_block.p50,
            "p99_from_block": visible.from_block.p99,
        },
        "runs": {
            "binary_raw": binary,
            "json_derived": json,
            "copy": copied,
            "share_of_copy": of_copy,
            "decode_only": decoded,
            "row_by_row": row_by_row,
        },
        "visible": visible,
        "recordings": { "binary": recordings.binary, "json": recordings.json, "seed": recordings::SEED },
        "machine": machine::facts(postgres).await?,
        "load": { "before": load_before, "after": machine::load() },
    }))
}

impl Runs {
    /// Indexes the smaller recording, then the larger one, whose run it gives and whose database it leaves.
    async fn add(
        &mut self,
        postgres: &Postgres,
        [smaller, larger]: &[Recording; 2],
        depth: Depth,
    ) -> Result<Run> {
        let run = async |recording: &Recording| {
            let run = backfill::run(postgres, &name(depth), recording, depth, None).await?;
            println!("{depth:?}, {} bytes: {run:?}", recording.bytes);
            anyhow::Ok(run)
        };
        self.half_gb.push(run(smaller).await?);
        let larger = run(larger).await?;
        self.two_gb.push(larger);
        Ok(larger)
    }
}

fn name(depth: Depth) -> String {
    format!("{depth:?}").to_lowercase()
}

fn median<T>(runs: &[T], of: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Events a second that one core reads from what nodes answer.
async fn decode_only(recording: &Recording) -> Result<f64> {
    let source = RecordingSource::open(&recording.file)?;
    let (first, _) = source.range().context("the recording is empty")?;
    let slots = source.slots(first, DECODED_SLOTS).await?;
    let mut events = 0;
    let begun = Instant::now();
    for slot in slots {
        events += decode::read(source.block(slot).await?).events.len();
    }
    Ok(events as f64 / begun.elapsed().as_secs_f64())
}
