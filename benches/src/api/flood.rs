//! A process that asks as much as it can: one request after another for each of thousands, all at once.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncReadExt, sync::watch, task::JoinSet};

use super::told::Told;

/// Addresses that they come from.
pub const CLIENTS: u8 = 20;
/// How often is looked whether all of them have begun.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a flood is told.
#[derive(Debug, Args)]
pub struct Options {
    #[arg(long)]
    base: String,
    #[arg(long)]
    requests: usize,
    /// One path a line.
    #[arg(long)]
    paths: PathBuf,
}

/// What became of its requests.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Answers {
    /// By status; 0 where the connection was refused or lost.
    pub statuses: BTreeMap<u16, u64>,
    /// Why connections were, one reason each.
    pub lost: BTreeMap<String, u64>,
    pub seconds: f64,
    /// What searches told of slots.
    pub told: Told,
}

/// Asks until its standard input ends. Prints a line once each has got its first answer, and at the end what became of all.
pub async fn run(options: Options) -> Result<()> {
    let paths = fs::read_to_string(&options.paths)?;
    let paths: Arc<Vec<String>> = Arc::new(paths.lines().map(str::to_owned).collect());
    let clients: Vec<reqwest::Client> = (0..CLIENTS)
        .map(|number| {
            let address = IpAddr::from(Ipv4Addr::new(127, 0, 1, number.saturating_add(1)));
            reqwest::Client::builder().local_address(address).build()
        })
        .collect::<Result<_, _>>()?;
    let (over, flooding) = watch::channel(false);
    let answered = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..options.requests {
        let client = clients[number % clients.len()].clone();
        let base = options.base.clone();
        let (paths, flooding, answered) = (paths.clone(), flooding.clone(), answered.clone());
        running.spawn(async move {
            let mut answers = Answers::default();
            let mut next = number;
            while !*flooding.borrow() {
                let path = &paths[next % paths.len()];
                answers.add(path, get(&client, &format!("{base}{path}")).await);
                if next == number {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                next += 7;
            }
            answers
        });
    }
    while answered.load(Ordering::Relaxed) < options.requests {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    println!("all of them ask");
    let mut told = Vec::new();
    tokio::io::stdin().read_to_end(&mut told).await?;
    over.send_replace(true);
    let mut all = Answers::default();
    while let Some(ended) = running.join_next().await {
        all.merge(ended?);
    }
    all.seconds = begun.elapsed().as_secs_f64();
    println!("{}", serde_json::to_string(&all)?);
    Ok(())
}

/// The answer is read, so that its connection may be used again.
async fn get(client: &reqwest::Client, url: &str) -> reqwest::Result<(u16, Vec<u8>)> {
    let answer = client.get(url).send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.bytes().await?.into()))
}

impl Answers {
    fn add(&mut self, path: &str, answer: reqwest::Result<(u16, Vec<u8>)>) {
        let status = match answer {
            Ok((status, body)) => {
                if status == 200 && path.starts_with("/v1/listings?") {
                    self.told.see(&body, SystemTime::now());
                }
                status
            }
            Err(error) => {
                let mut reason: &dyn Error = &error;
                while let Some(source) = reason.source() {
                    reason = source;
                }
                *self.lost.entry(reason.to_string()).or_default() += 1;
                0
            }
        };
        *self.statuses.entry(status).or_default() += 1;
    }

    fn merge(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (reason, count) in other.lost {
            *self.lost.entry(reason).or_default() += count;
        }
        self.told.merge(other.told);
    }
}
