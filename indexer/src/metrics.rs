//! Figures for Prometheus.

use std::{sync::Arc, time::Duration};

use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntGauge, Registry, TextEncoder,
    exponential_buckets,
};

use crate::{api::Status, decode::EmittedBlock, search::Figures, store::Applied};

/// The figures of one process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    fetched_blocks: IntCounter,
    fetched_emissions: IntCounter,
    truncated_logs: IntCounter,
    stored_blocks: IntCounter,
    stored_events: IntCounter,
    orphaned_blocks: IntCounter,
    unreadable: IntCounter,
    retries: IntCounter,
    requests_again: IntCounter,
    reconnects: IntCounter,
    #[cfg(feature = "yellowstone")]
    yellowstone: Yellowstone,
    backlog: IntGauge,
    batch_seconds: Histogram,
    batch_events: Histogram,
    repaired_events: IntCounter,
    snapshots: IntCounter,
    differing: IntGauge,
    vanished: IntGauge,
    streams: IntGauge,
    slot: IntGauge,
    tip_slot: IntGauge,
    finalized_slot: IntGauge,
    taint_slot: IntGauge,
    lag_slots: IntGauge,
    lag_seconds: IntGauge,
    gaps: IntGauge,
    dead_letters: IntGauge,
    from_snapshots: IntGauge,
    orphans: IntGauge,
    log_head: IntGauge,
    halted: IntGauge,
    search_listings: IntGauge,
    search_bytes: IntGauge,
    search_lag_slots: IntGauge,
    search_loads: IntGauge,
    search_reread: IntGauge,
}

#[cfg(feature = "yellowstone")]
#[derive(Debug)]
struct Yellowstone {
    blocks: IntCounter,
    refused: IntCounter,
    reconnects: IntCounter,
}

#[cfg(feature = "yellowstone")]
impl Metrics {
    pub(crate) fn pushed(&self) {
        self.0.yellowstone.blocks.inc();
    }

    pub(crate) fn push_refused(&self) {
        self.0.yellowstone.refused.inc();
    }

    pub(crate) fn stream_ended(&self) {
        self.0.yellowstone.reconnects.inc();
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        // Names are constants of this file and each is used once, so none is refused.
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(format!("pedigree_{name}"), help)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            registered(&registry, counter)
        };
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(format!("pedigree_{name}"), help)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            registered(&registry, gauge)
        };
        let histogram = |name: &str, help: &str, least: f64, factor: f64, count: usize| {
            let buckets = exponential_buckets(least, factor, count).unwrap_or_default();
            let options = HistogramOpts::new(format!("pedigree_{name}"), help).buckets(buckets);
            let histogram =
                Histogram::with_opts(options).unwrap_or_else(|error| panic!("{name}: {error}"));
            registered(&registry, histogram)
        };
        Self(Arc::new(Inner {
            fetched_blocks: counter("fetched_blocks_total", "Blocks taken from the source"),
            fetched_emissions: counter("fetched_events_total", "Events taken from the source"),
            truncated_logs: counter(
                "truncated_logs_total",
                "Transactions of ours whose log was cut off; their events are stored all the same",
            ),
            stored_blocks: counter("stored_blocks_total", "Blocks stored"),
            stored_events: counter("stored_events_total", "Events stored"),
            orphaned_blocks: counter("orphaned_blocks_total", "Stored blocks that left the chain"),
            unreadable: counter("unreadable_events_total", "Events that became dead letters"),
            retries: counter(
                "retries_total",
                "Times that indexing began again after an error",
            ),
            requests_again: counter(
                "request_retries_total",
                "Requests to a node that were made again after an error",
            ),
            reconnects: counter("websocket_reconnects_total", "Subscriptions made anew"),
            #[cfg(feature = "yellowstone")]
            yellowstone: Yellowstone {
                blocks: counter(
                    "yellowstone_blocks_total",
                    "Blocks taken as they were pushed",
                ),
                refused: counter(
                    "yellowstone_refused_blocks_total",
                    "Pushed blocks that were not whole; the node was asked for them",
                ),
                reconnects: counter("yellowstone_reconnects_total", "Streams made anew"),
            },
            backlog: gauge(
                "backlog_branches",
                "Fetched branches, nearly all of one block, that wait for the database",
            ),
            batch_seconds: histogram(
                "batch_seconds",
                "Time to store a batch, commit included",
                0.001,
                2.0,
                14,
            ),
            batch_events: histogram("batch_events", "Events of a batch", 1.0, 4.0, 8),
            repaired_events: counter("repaired_events_total", "Events that a repair brought"),
            snapshots: counter(
                "snapshots_total",
                "Accounts stored as the network gave them, for want of their events",
            ),
            differing: gauge(
                "differing_accounts",
                "Accounts that the last comparison found with other bytes than the network's, all their events folded",
            ),
            vanished: gauge(
                "vanished_accounts",
                "Accounts that the last comparison found open here and not on the network",
            ),
            streams: gauge("streams", "Clients that listen to the event log"),
            slot: gauge("slot", "Newest slot stored"),
            tip_slot: gauge("tip_slot", "Newest slot that the node reported"),
            finalized_slot: gauge("finalized_slot", "Newest stored slot that is final"),
            taint_slot: gauge("taint_slot", "Slot up to which taint is spread"),
            lag_slots: gauge("lag_slots", "Slots between the node and the index"),
            lag_seconds: gauge("lag_seconds", "Age of the newest stored block"),
            gaps: gauge("gaps", "Accounts of which events are missing"),
            dead_letters: gauge("dead_letters", "Events that cannot be read"),
            from_snapshots: gauge("snapshot_accounts", "Accounts told by a snapshot"),
            orphans: gauge("orphan_blocks", "Blocks that left the chain, kept aside"),
            log_head: gauge("log_head_seq", "Last number of the event log"),
            halted: gauge("halted", "1 where indexing stopped for good"),
            search_listings: gauge(
                "search_listings",
                "Listings in the index that answers searches",
            ),
            search_bytes: gauge("search_bytes", "Memory that it takes, as it estimates"),
            search_lag_slots: gauge(
                "search_lag_slots",
                "Slots between the database and it; -1 while it is loaded for the first time",
            ),
            search_loads: gauge("search_loads", "Times that everything was read into it"),
            search_reread: gauge(
                "search_reread_listings",
                "Listings that changed, and were read again",
            ),
            registry,
        }))
    }
}

fn registered<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> C {
    registry
        .register(Box::new(collector.clone()))
        .unwrap_or_else(|error| panic!("{error}"));
    collector
}

impl Metrics {
    pub(crate) fn fetched(&self, block: &EmittedBlock) {
        self.0.fetched_blocks.inc();
        self.0
            .fetched_emissions
            .inc_by(block.emissions.len() as u64);
        if block.truncated_logs > 0 {
            self.0.truncated_logs.inc_by(block.truncated_logs.into());
            tracing::warn!(
                slot = block.slot,
                transactions = block.truncated_logs,
                "a log was cut off; its events are stored all the same"
            );
        }
    }

    /// A batch of so many blocks, with so many events that could not be read.
    pub(crate) fn stored(&self, blocks: usize, letters: usize, applied: &Applied, took: Duration) {
        self.0.stored_blocks.inc_by(blocks as u64);
        self.0.stored_events.inc_by(applied.events);
        self.0.orphaned_blocks.inc_by(applied.orphaned);
        self.0.unreadable.inc_by(letters as u64);
        self.0.batch_seconds.observe(took.as_secs_f64());
        self.0.batch_events.observe(applied.events as f64);
    }

    pub(crate) fn waiting(&self, branches: usize) {
        self.0
            .backlog
            .set(i64::try_from(branches).unwrap_or(i64::MAX));
    }

    pub(crate) fn retried(&self) {
        self.0.retries.inc();
    }

    pub(crate) fn asked_again(&self) {
        self.0.requests_again.inc();
    }

    pub(crate) fn reconnected(&self) {
        self.0.reconnects.inc();
    }

    pub(crate) fn repaired(&self, events: u64) {
        self.0.repaired_events.inc_by(events);
    }

    pub(crate) fn snapshots(&self, accounts: u64) {
        self.0.snapshots.inc_by(accounts);
    }

    pub(crate) fn compared(&self, differing: usize, vanished: usize) {
        let number = |accounts| i64::try_from(accounts).unwrap_or(i64::MAX);
        self.0.differing.set(number(differing));
        self.0.vanished.set(number(vanished));
    }

    pub(crate) fn streams(&self, change: i64) {
        self.0.streams.add(change);
    }

    /// The index that answers searches, beside the database as `status` has it.
    pub(crate) fn search(&self, figures: &Figures, status: &Status) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let lag = figures
            .slot
            .map(|slot| status.slot.unwrap_or(-1).saturating_sub(slot).max(0));
        self.0.search_listings.set(number(figures.listings as u64));
        self.0.search_bytes.set(number(figures.memory as u64));
        self.0.search_lag_slots.set(lag.unwrap_or(-1));
        self.0.search_loads.set(number(figures.loads));
        self.0.search_reread.set(number(figures.reread));
    }

    /// Everything as Prometheus reads it, with the figures of the database as `status` has them.
    pub fn text(&self, status: &Status) -> String {
        let known = |gauge: &IntGauge, value: Option<i64>| gauge.set(value.unwrap_or_default());
        let tip = status.tip_slot.and_then(|slot| i64::try_from(slot).ok());
        known(&self.0.slot, status.slot);
        known(&self.0.tip_slot, tip);
        known(&self.0.finalized_slot, status.finalized_slot);
        known(&self.0.taint_slot, status.taint_slot);
        known(&self.0.lag_slots, status.lag_slots);
        known(&self.0.lag_seconds, status.lag_seconds);
        self.0.gaps.set(status.gaps);
        self.0.dead_letters.set(status.dead_letters);
        self.0.from_snapshots.set(status.snapshots);
        self.0.orphans.set(status.orphan_blocks);
        self.0.log_head.set(status.log_seq);
        self.0
            .halted
            .set(i64::from(status.indexing.alarm.is_some()));
        let mut text = Vec::new();
        // A buffer takes everything.
        let _ = TextEncoder::new().encode(&self.0.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}
