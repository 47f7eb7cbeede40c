//! How fast a recording is indexed, on a durable server. Not part of the tests: it measures.
//!
//! ```text
//! PEDIGREE_EVENTS=300000 cargo test --workspace --test it -- --ignored --nocapture throughput
//! ```

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use futures_util::TryStreamExt;
use pedigree_indexer::{
    decode,
    source::{Block, Format, Header, Recorder, RecordingSource, Source},
    store::Store,
};
use pedigree_localnet::postgres::{Durability, Postgres};
use pedigree_sdk::events::Event;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;
use sqlx::{Connection, PgConnection};

use crate::{
    recordings::load,
    support::{
        Chain, Market,
        chain::{base58, hash, to_json, transaction},
        market::New,
    },
};

/// Events of a block.
const BLOCK: usize = 50;

fn wanted() -> usize {
    let wanted = std::env::var("PEDIGREE_EVENTS").ok();
    wanted
        .and_then(|count| count.parse().ok())
        .unwrap_or(50_000)
}

fn folder() -> PathBuf {
    std::env::temp_dir().join("pedigree-throughput")
}

/// Of a hundred events five are of listings, ten of edges, 85 of orders.
struct Mix {
    market: Market,
    round: usize,
    active: Vec<Pubkey>,
}

impl Mix {
    fn round(&mut self, slot: u64) -> Vec<Event> {
        self.market.slot = slot;
        self.round += 1;
        let round = self.round;
        let key = |n: usize| format!("model/{round}/{n}");
        let mut events = Vec::new();
        let keys: Vec<String> = (0..3).map(key).collect();
        let mut new = Vec::new();
        for key in &keys {
            let (listing, event) = self.market.register(&New {
                key,
                name: key,
                manifest: key.as_bytes(),
                ..New::default()
            });
            new.push(listing);
            events.push(event);
        }
        let parents: Vec<Pubkey> = self.active.iter().rev().take(5).copied().collect();
        for child in &new[..2] {
            for parent in &parents {
                events.push(self.market.add_edge(child, parent, 1_000));
            }
        }
        for child in &new[..2] {
            events.push(self.market.activate(child));
            self.active.push(*child);
        }
        for number in 0..28u8 {
            let listing = self.active[self.active.len() - 1 - usize::from(number) % 2];
            let buyer = format!("buyer {round} {number}");
            let (order, opened) = self.market.open_order(&buyer, &listing, number);
            events.push(opened);
            events.push(self.market.settle_order(&order));
            events.push(self.market.close_order(&order));
        }
        events
    }
}

/// What a node says of a transaction besides what is needed of it.
fn real_size(block: &Block) -> Value {
    let mut json = to_json(block);
    let keys: Vec<_> = (0..14u8).map(|n| base58([n; 32])).collect();
    let logs: Vec<_> = (0..14)
        .map(|n| format!("Program {} consumed {n} of 200000 compute units", keys[0]))
        .collect();
    for transaction in json["transactions"].as_array_mut().unwrap() {
        transaction["meta"]["logMessages"] = json!(logs);
        transaction["meta"]["preBalances"] = json!(vec![1_000_000_000u64; 18]);
        transaction["meta"]["postBalances"] = json!(vec![1_000_000_000u64; 18]);
        transaction["meta"]["preTokenBalances"] = json!([
            {"accountIndex": 3, "mint": keys[1], "owner": keys[2], "uiTokenAmount": {"amount": "1", "decimals": 6}},
            {"accountIndex": 4, "mint": keys[1], "owner": keys[3], "uiTokenAmount": {"amount": "1", "decimals": 6}},
        ]);
        let message = &mut transaction["transaction"]["message"];
        message["accountKeys"]
            .as_array_mut()
            .unwrap()
            .extend(keys.iter().map(|key| json!(key)));
        message["instructions"] = json!([
            {"programIdIndex": 1, "accounts": (0..14).collect::<Vec<u8>>(), "data": base58([7u8; 300]), "stackHeight": 1},
        ]);
    }
    json
}

#[test]
#[ignore = "writes what the others measure"]
fn throughput_1_recordings_are_made() {
    std::fs::create_dir_all(folder()).unwrap();
    let header = Header {
        genesis_hash: hash("genesis"),
        hashes_chain: true,
        finalized_slot: u64::MAX,
    };
    let create =
        |name: &str, format| Recorder::create(&folder().join(name), format, &header).unwrap();
    let (mut json, mut binary) = (
        create("json", Format::Json),
        create("binary", Format::Binary),
    );
    let mut chain = Chain::default();
    let mut mix = Mix {
        market: Market::at(10),
        round: 0,
        active: Vec::new(),
    };
    let (first, registered) = mix.market.register(&New::default());
    chain.push_events([registered, mix.market.activate(&first)]);
    mix.active.push(first);
    let mut made = 0;
    let mut pending: Vec<Event> = Vec::new();
    while made < wanted() {
        let slot = chain.tip() + 1;
        while pending.len() < BLOCK {
            pending.extend(mix.round(slot));
        }
        let events: Vec<Event> = pending.drain(..BLOCK).collect();
        made += events.len();
        let transactions = events
            .into_iter()
            .enumerate()
            .map(|(index, event)| transaction(&format!("{slot}/{index}"), [event]))
            .collect();
        chain.push(transactions);
        // Only the newest block is needed to link the next one.
        let done: Vec<_> = chain.blocks.drain(..chain.blocks.len() - 1).collect();
        write(&done, &mut json, &mut binary);
    }
    write(&chain.blocks, &mut json, &mut binary);
    json.finish().unwrap();
    binary.finish().unwrap();
    println!("{made} events");
}

fn write(blocks: &[(u64, Block)], json: &mut Recorder, binary: &mut Recorder) {
    for (slot, block) in blocks {
        let emitted = decode::extract(*slot, block).unwrap();
        json.push(&emitted, &real_size(block).to_string()).unwrap();
        binary.push(&emitted, "").unwrap();
    }
}

async fn measured(name: &str, file: &Path, raw_only: bool, postgres: &Postgres) -> Store {
    let url = postgres.recreate_database(name).await.unwrap();
    let store = Store::connect(&url).await.unwrap();
    let begun = Instant::now();
    load(&store, file, raw_only).await.unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let events: i64 = sqlx::query_scalar("SELECT events FROM event_log_head")
        .fetch_one(store.pool())
        .await
        .unwrap();
    println!(
        "{name}: {events} events in {seconds:.1} s, {:.0} a second, peak memory {}",
        events as f64 / seconds,
        peak_memory()
    );
    store
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn throughput_2_of_raw_events_from_a_binary_recording() {
    let data = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(data.path(), Durability::Durable).unwrap();
    measured("binary_raw", &folder().join("binary"), true, &postgres).await;
    postgres.stop();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn throughput_3_of_derived_tables_from_both_forms_and_of_copy() {
    let data = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(data.path(), Durability::Durable).unwrap();
    let decoding = Instant::now();
    let source = RecordingSource::open(&folder().join("json")).unwrap();
    let mut events = 0;
    for slot in source.slots(0, usize::MAX).await.unwrap() {
        events += decode::read(source.block(slot).await.unwrap()).events.len();
    }
    let seconds = decoding.elapsed().as_secs_f64();
    println!(
        "decode_only: {events} events, {:.0} a second on one core",
        events as f64 / seconds
    );
    measured("json_derived", &folder().join("json"), false, &postgres).await;
    let store = measured("binary_derived", &folder().join("binary"), false, &postgres).await;
    ceiling(&store, &postgres, events).await;
    postgres.stop();
}

/// COPY of the same final rows into the same tables with the same indexes.
async fn ceiling(store: &Store, postgres: &Postgres, events: usize) {
    let url = postgres.recreate_database("ceiling").await.unwrap();
    Store::connect(&url).await.unwrap().pool().close().await;
    let mut to = PgConnection::connect(&url).await.unwrap();
    let mut from = store.pool().acquire().await.unwrap();
    let partitions: Vec<i64> = sqlx::query_scalar("SELECT DISTINCT slot / 1000000 FROM blocks")
        .fetch_all(&mut *from)
        .await
        .unwrap();
    for number in partitions {
        let (low, high) = (number * 1_000_000, (number + 1) * 1_000_000);
        let sql = format!(
            "CREATE TABLE raw_events_{number} PARTITION OF raw_events FOR VALUES FROM ({low}) TO ({high})"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut to)
            .await
            .unwrap();
    }
    let (mut seconds, mut rows) = (0.0, 0);
    for table in [
        "blocks",
        "raw_events",
        "event_log",
        "entity_events",
        "accounts",
        "listings",
        "versions",
        "manifests",
        "edges",
        "royalty_tables",
        "orders",
    ] {
        let dump = format!("COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)");
        let chunks: Vec<_> = from
            .copy_out_raw(&dump)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let begun = Instant::now();
        let mut copy = to
            .copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)"))
            .await
            .unwrap();
        for chunk in &chunks {
            copy.send(&chunk[..]).await.unwrap();
        }
        let copied = copy.finish().await.unwrap();
        seconds += begun.elapsed().as_secs_f64();
        println!(
            "  COPY {table}: {copied} rows, {:.1} s",
            begun.elapsed().as_secs_f64()
        );
        rows += copied;
    }
    println!(
        "copy_ceiling: {rows} rows in {seconds:.1} s, {:.0} rows a second, {:.0} events a second",
        rows as f64 / seconds,
        events as f64 / seconds
    );
}
