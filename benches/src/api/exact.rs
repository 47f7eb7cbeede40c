//! Whether searches answer what reading every listing would: for random queries the first hundred in order, and how many
//! match.

use std::{sync::Arc, time::Instant};

use anyhow::{Context, Result, bail};
use pedigree_indexer::{api, search};
use pedigree_search::{Request, scan};
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use super::{
    client,
    listings::SEED,
    queries::{Source, base58},
    rows::mint,
};

/// Hits compared.
const FIRST: usize = 100;
/// Scans at once: as many as there are cores.
const SCANS: usize = 2;
/// Of those that differ, so many are told.
const TOLD: usize = 10;

#[derive(Debug, Serialize)]
pub struct Exact {
    pub queries: usize,
    pub mismatches: usize,
    /// Queries that found anything.
    pub found: usize,
    pub seconds: f64,
    pub examples: Vec<String>,
}

/// A query, and what was answered.
struct Asked {
    path: String,
    request: Request,
    addresses: Vec<String>,
    total: u64,
}

/// Nobody writes to the database meanwhile: all that is read is of one state.
pub async fn compare(url: &str, base: &str, source: &Source<'_>, count: usize) -> Result<Exact> {
    let begun = Instant::now();
    let asked = ask(base, source, count).await?;
    let mut db = PgConnection::connect(url).await?;
    let listings = Arc::new(search::listings(&mut db).await?);
    let found = asked.iter().filter(|asked| asked.total > 0).count();
    let mut parts: Vec<Vec<Asked>> = (0..SCANS).map(|_| Vec::new()).collect();
    for (place, asked) in asked.into_iter().enumerate() {
        parts[place % SCANS].push(asked);
    }
    let mut scans = JoinSet::new();
    for part in parts {
        let listings = listings.clone();
        scans.spawn_blocking(move || {
            let differs = |asked: &Asked| {
                let expected = scan(&listings, &asked.request);
                let addresses = expected.hits.iter().map(|hit| base58(hit.address));
                expected.total != asked.total || !addresses.eq(asked.addresses.iter().cloned())
            };
            let wrong = part.into_iter().filter(differs).map(|asked| asked.path);
            wrong.collect::<Vec<_>>()
        });
    }
    let mut wrong = Vec::new();
    while let Some(found) = scans.join_next().await {
        wrong.extend(found?);
    }
    Ok(Exact {
        queries: count,
        mismatches: wrong.len(),
        found,
        seconds: begun.elapsed().as_secs_f64(),
        examples: wrong.into_iter().take(TOLD).collect(),
    })
}

async fn ask(base: &str, source: &Source<'_>, count: usize) -> Result<Vec<Asked>> {
    let (client, mut random) = (reqwest::Client::new(), StdRng::seed_from_u64(SEED << 32));
    let mut all = Vec::with_capacity(count);
    while all.len() < count {
        let path = source.anything(&mut random).context("nothing to ask for")?;
        let path = format!("{path}&limit={FIRST}");
        let parameters = path
            .split_once('?')
            .map_or("", |(_, parameters)| parameters);
        let Some(request) = api::search_request(parameters, mint().to_bytes(), FIRST) else {
            bail!("{path} is no search");
        };
        let answer = client::answer(&client, base, &path).await?;
        let items = answer["items"].as_array().context("no items")?;
        let address = |item: &Value| item["address"].as_str().map(str::to_owned);
        all.push(Asked {
            request,
            addresses: items.iter().filter_map(address).collect(),
            total: answer["total"].as_u64().context("no total")?,
            path,
        });
    }
    Ok(all)
}
