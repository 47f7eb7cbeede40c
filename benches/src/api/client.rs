//! Who asks, and what it takes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rand::{SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinSet;

use super::{listings::SEED, queries::Queries, weights::WEIGHTS};

/// What requests of a kind took.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub kind: String,
    pub set: &'static str,
    pub clients: usize,
    pub requests: usize,
    /// Those that were cut off, and count with the time after which they were; of the rivals alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<usize>,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub per_s: f64,
}

impl Measured {
    pub fn of(
        kind: &str,
        set: &'static str,
        clients: usize,
        mut times: Vec<Duration>,
        elapsed: Duration,
    ) -> Self {
        times.sort_unstable();
        // By nearest rank.
        let at = |share: f64| {
            let rank = (times.len() as f64 * share).ceil() as usize;
            let time = times.get(rank.saturating_sub(1));
            time.map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
        };
        Self {
            kind: kind.to_owned(),
            set,
            clients,
            requests: times.len(),
            cut: None,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            per_s: times.len() as f64 / elapsed.as_secs_f64(),
        }
    }
}

/// Asks once; the time is until the whole answer was read.
pub async fn ask(client: &reqwest::Client, base: &str, path: &str) -> Result<(Duration, Vec<u8>)> {
    let begun = Instant::now();
    let answer = client.get(format!("{base}{path}")).send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    let elapsed = begun.elapsed();
    if !status.is_success() {
        bail!("{path}: {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok((elapsed, body.into()))
}

pub async fn answer(client: &reqwest::Client, base: &str, path: &str) -> Result<Value> {
    let (_, body) = ask(client, base, path).await?;
    Ok(serde_json::from_slice(&body)?)
}

/// One client, one request after another, until all are made or it took too long. A few go first, uncounted, so that the
/// connection and the statements are there.
pub async fn one(
    base: &str,
    set: &'static str,
    queries: &Queries,
    patience: Duration,
) -> Result<Measured> {
    const FIRST: usize = 10;
    let client = reqwest::Client::new();
    for first in queries.asks.iter().take(FIRST) {
        ask(&client, base, &first.path).await?;
    }
    let begun = Instant::now();
    let mut times = Vec::with_capacity(queries.asks.len());
    for one in &queries.asks {
        times.push(ask(&client, base, &one.path).await?.0);
        if begun.elapsed() > patience {
            break;
        }
    }
    Ok(Measured::of(queries.kind, set, 1, times, begun.elapsed()))
}

/// So many clients at once, each asking for what the weights say.
pub async fn mix(base: &str, all: &[Queries], clients: usize, each: usize) -> Result<Measured> {
    let all: Arc<Vec<(Queries, u32)>> = Arc::new(weighted(all)?);
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..clients {
        let (base, all) = (base.to_owned(), all.clone());
        running.spawn(async move {
            let client = reqwest::Client::new();
            let mut random = StdRng::seed_from_u64(SEED << 24 | number as u64);
            let mut times = Vec::with_capacity(each);
            for _ in 0..each {
                let (queries, _) = all.choose_weighted(&mut random, |(_, weight)| *weight)?;
                let one = queries.asks.choose(&mut random);
                let one = one.context("nothing to ask for")?;
                times.push(ask(&client, &base, &one.path).await?.0);
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::with_capacity(clients * each);
    while let Some(ended) = running.join_next().await {
        times.extend(ended??);
    }
    Ok(Measured::of("mix", "A", clients, times, begun.elapsed()))
}

fn weighted(all: &[Queries]) -> Result<Vec<(Queries, u32)>> {
    let find = |(kind, weight): &(&str, u32)| {
        let queries = all.iter().find(|queries| queries.kind == *kind);
        let queries = queries.with_context(|| format!("no requests of the kind {kind}"))?;
        Ok((queries.clone(), *weight))
    };
    WEIGHTS.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninety_ninth_percentile_of_a_hundred_is_the_second_slowest() {
        let times = (1..=100).map(Duration::from_millis).collect();
        let measured = Measured::of("kind", "A", 1, times, Duration::from_secs(2));
        assert_eq!((measured.p50_ms, measured.p99_ms), (50.0, 99.0));
        assert_eq!((measured.requests, measured.per_s), (100, 50.0));
    }
}
