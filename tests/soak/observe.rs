//! How far the indexer is behind, and what it takes, all the time.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use solana_client::nonblocking::rpc_client::RpcClient;
use sqlx::{Connection, PgConnection};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{Result, database::Database, indexer::Indexer, trade::Load};
use pedigree_tests::market::Market;

/// How often the lag is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Looks that make one record: one each five seconds, with the worst of them.
const LOOKS: usize = 20;

/// The lag at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub at: Duration,
    pub slots: u64,
    /// Seconds since the network had the slot that follows the newest stored one.
    pub seconds: f64,
}

/// Five seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Seconds since the beginning.
    pub at_s: f64,
    pub orders_begun: u64,
    pub tip_slot: u64,
    pub indexed_slot: u64,
    /// The worst of these seconds.
    pub lag_slots: u64,
    pub lag_s: f64,
    /// Of the indexer's process; null while there is none.
    pub rss_bytes: Option<u64>,
    /// Which process that is: another one after each start.
    pub process: Option<u32>,
    /// Null while the database is away.
    pub database_bytes: Option<i64>,
}

#[derive(Default)]
pub struct Observed {
    pub looks: Vec<Look>,
    pub records: Vec<Record>,
}

pub struct Observer {
    over: watch::Sender<bool>,
    task: JoinHandle<Result<Observed>>,
}

impl Observer {
    pub fn start(
        began: Instant,
        market: &Market,
        database: &Arc<Database>,
        indexer: &Arc<Indexer>,
        load: &Load,
    ) -> Self {
        let (over, ended) = watch::channel(false);
        let eye = Eye {
            began,
            rpc: market.rpc(),
            database: database.clone(),
            connection: None,
            indexer: indexer.clone(),
            begun: load.begun(),
            tips: VecDeque::new(),
            indexed: 0,
        };
        Self {
            over,
            task: tokio::spawn(eye.watch(ended)),
        }
    }

    pub async fn finish(self) -> Result<Observed> {
        self.over.send_replace(true);
        self.task.await?
    }
}

struct Eye {
    began: Instant,
    rpc: RpcClient,
    database: Arc<Database>,
    connection: Option<PgConnection>,
    indexer: Arc<Indexer>,
    begun: Arc<AtomicU64>,
    /// The network's newest slots and when they were seen, those from the newest stored one on.
    tips: VecDeque<(u64, Instant)>,
    indexed: u64,
}

impl Eye {
    async fn watch(mut self, ended: watch::Receiver<bool>) -> Result<Observed> {
        let mut observed = Observed::default();
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*ended.borrow() {
            tick.tick().await;
            let look = self.look().await?;
            observed.looks.push(look);
            if observed.looks.len().is_multiple_of(LOOKS) {
                let record = self.record(&observed.looks).await;
                observed.records.push(record);
            }
        }
        Ok(observed)
    }

    async fn look(&mut self) -> Result<Look> {
        let tip = self.rpc.get_slot().await?;
        let now = Instant::now();
        self.tips.push_back((tip, now));
        // A database that is away holds what it held.
        if let Some(slot) = self.ask("SELECT slot FROM cursor").await {
            self.indexed = slot.unsigned_abs();
        }
        while self
            .tips
            .get(1)
            .is_some_and(|(tip, _)| *tip <= self.indexed)
        {
            self.tips.pop_front();
        }
        // The first of those that are left may be stored; the one after it is not.
        let behind = self.tips.iter().find(|(tip, _)| *tip > self.indexed);
        Ok(Look {
            at: self.began.elapsed(),
            slots: tip.saturating_sub(self.indexed),
            seconds: behind.map_or(0.0, |(_, seen)| (now - *seen).as_secs_f64()),
        })
    }

    async fn record(&mut self, looks: &[Look]) -> Record {
        let looks = &looks[looks.len().saturating_sub(LOOKS)..];
        Record {
            at_s: self.began.elapsed().as_secs_f64(),
            orders_begun: self.begun.load(Ordering::Relaxed),
            tip_slot: self.tips.back().map_or(0, |(tip, _)| *tip),
            indexed_slot: self.indexed,
            lag_slots: looks
                .iter()
                .map(|look| look.slots)
                .max()
                .unwrap_or_default(),
            lag_s: looks.iter().map(|look| look.seconds).fold(0.0, f64::max),
            rss_bytes: self.indexer.memory(),
            process: self.indexer.id(),
            database_bytes: self
                .ask("SELECT pg_database_size(current_database())")
                .await,
        }
    }

    /// What the database answers; none while it does not.
    async fn ask(&mut self, question: &'static str) -> Option<i64> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect(self.database.url()).await.ok()?,
        };
        let answer = sqlx::query_scalar(question)
            .fetch_optional(&mut connection)
            .await
            .ok()?;
        self.connection = Some(connection);
        answer
    }
}
