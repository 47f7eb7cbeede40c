use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use pedigree_indexer::{
    Progress,
    pipeline::{Pipeline, ROOM, repair},
    source::{Finality, Persistent, RecordingSource, Source, Wake},
    store::{Store, WriterLock},
};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::target::{self, check_first, check_network, node, persistent};

#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    store: target::Store,
    /// The node to read from; that of the deployment unless given.
    #[arg(long, value_name = "URL", conflicts_with = "recording")]
    rpc_url: Option<String>,
    /// A recording to read from, in either form.
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// First slot; the first that the source has, unless given. At most the one after the newest
    /// stored block: the index has no holes.
    #[arg(long, value_name = "SLOT")]
    from: Option<u64>,
    /// Last slot; the newest final one of a node, the last one of a recording, unless given.
    #[arg(long, value_name = "SLOT")]
    to: Option<u64>,
    /// Store raw events only: faster; `run`, `rebuild` or another backfill derive the tables later.
    #[arg(long)]
    raw: bool,
}

pub async fn run(options: Options) -> Result<Value> {
    match &options.recording {
        Some(file) => {
            let source = RecordingSource::open(file).context("--recording")?;
            let Some((_, to)) = source.range() else {
                bail!("--recording: {} holds no blocks", file.display());
            };
            let source = persistent(source);
            backfill(source, to, options).await
        }
        None => {
            let source = node(&options.store.deployment, options.rpc_url.as_ref())?;
            let to = source.tip(Finality::Finalized).await?;
            backfill(source, to, options).await
        }
    }
}

async fn backfill<S: Source>(source: Persistent<S>, tip: u64, options: Options) -> Result<Value> {
    let to = options.to.unwrap_or(tip);
    if to > tip {
        bail!("--to: the source has slots up to {tip} only, not {to}");
    }
    if let Some(from) = options.from.filter(|from| *from > to) {
        bail!("--from: slot {from} is after the last one, {to}");
    }
    let (store, _lock): (Store, WriterLock) = options.store.open_to_write().await?;
    check_network(&store, &source).await?;
    let begun = Instant::now();
    let again = read_again(&source, &store, options.from, to).await?;
    let shutdown = CancellationToken::new();
    let (progress, metrics) = (Progress::default(), source.metrics.clone());
    let pipeline = Pipeline {
        source: Arc::new(source),
        store: store.clone(),
        progress: progress.clone(),
        wake: Wake::start(None, metrics.clone(), shutdown.clone()),
        metrics,
        start_slot: options.from,
        until: Some(to),
        raw_only: options.raw,
        room: ROOM,
    };
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let running = pipeline.run(shutdown.clone());
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => ended?,
        _ = interrupt.recv() => { shutdown.cancel(); running.await?; }
        _ = terminate.recv() => { shutdown.cancel(); running.await?; }
    }
    // What is interrupted is spread by whoever writes next.
    while !options.raw && !shutdown.is_cancelled() && store.spread_taint().await? {}
    let events = progress.snapshot().events;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(json!({
        "slot": store.frontier().await?.map(|frontier| frontier.slot),
        "events": events,
        "read_again": again,
        "seconds": seconds,
        "events_per_second": (events as f64 / seconds.max(f64::EPSILON)).round(),
    }))
}

/// Completes the part of the range that is stored already.
async fn read_again<S: Source>(
    source: &S,
    store: &Store,
    from: Option<u64>,
    to: u64,
) -> Result<Value> {
    let nothing = json!({"blocks": 0, "events": 0});
    let Some(from) = from else {
        return Ok(nothing);
    };
    let Some(frontier) = store.frontier().await? else {
        check_first(source, from).await?;
        return Ok(nothing);
    };
    if from > frontier.slot.saturating_add(1) {
        bail!(
            "--from: blocks are stored up to slot {}, and the index has no holes: begin there or before",
            frontier.slot
        );
    }
    let first = store.beginning().await?.unwrap_or_default();
    if from < first {
        bail!(
            "--from: the index begins at slot {first}, and nothing can be put before it: backfill an empty database"
        );
    }
    let (blocks, events) = repair::read_again(source, store, from, to).await?;
    Ok(json!({"blocks": blocks, "events": events}))
}
