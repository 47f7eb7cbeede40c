use std::{path::Path, time::Duration};

use pedigree_sdk::verify::Verdict;
use pedigree_tests::{
    catalog::Catalog,
    market::{Market, json, path, wait_until_indexed},
    network::patience,
    running::Running,
};
use solana_client::nonblocking::rpc_client::RpcClient;
use sqlx::{Connection, PgConnection};

use super::{LOOK_EVERY, Stored, database, verdict};
use crate::{killed_indexer::second_database, lasting_network::sell, shop::Shop};

/// Slots that are left empty after the last event: some 25 seconds.
const EMPTY: u64 = 64;
const READY_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Agave's validator: make test-agave"]
async fn a_range_of_mostly_empty_slots_is_backfilled_proved_and_hashes_as_the_live_index() {
    let shop = Shop::open(Market::start(&Catalog::whole().part(12)));
    let (order, opened) = sell(&shop);
    let last = opened["slot"].as_u64().expect("a slot");
    let first = shop.market.endpoint("database");
    let mut db = database(&shop.market).await;
    let to = loop {
        let stored = Stored::read(&mut db, last).await;
        match stored.finalized_slot {
            Some(slot) if slot >= last + EMPTY => break slot,
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    };
    let from: i64 = sqlx::query_scalar("SELECT min(slot) FROM blocks")
        .fetch_one(&mut db)
        .await
        .expect("a block");
    let from = u64::try_from(from).expect("a slot");

    let second = second_database(&first).await;
    let range = [from, to].map(|slot| slot.to_string());
    let endpoints = shop.market.endpoints();
    let begin = [
        "index",
        "backfill",
        "--endpoints",
        path(&endpoints),
        "--database-url",
        &second,
    ];
    let filled = json(&[&begin[..], &["--from", &range[0], "--to", &range[1]]].concat());
    assert_eq!(filled["slot"].as_u64(), Some(to), "{filled}");
    println!("backfilled slots {from} to {to}: {filled}");

    every_slot_has_its_block_or_a_link_that_passes_over_it(&shop.rpc, &second, from, to).await;
    let mut filled = PgConnection::connect(&second).await.expect("the database");
    let finalized = Stored::read(&mut filled, last).await.finalized_slot;
    assert_eq!(finalized, Some(to), "backfilled blocks are final");
    read_manifests(&endpoints, &second, to).await;
    let hashes = [&first, &second].map(|url| {
        let checked = json(&["index", "check", "--derive", "--database-url", url]);
        assert_eq!(checked["derived_equal"], true, "{checked}");
        json(&["index", "hash", "--database-url", url])["hash"].clone()
    });
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(verdict(&shop, &shop.rpc, &order).await, Verdict::Match);
    let reconcile = [
        "index",
        "reconcile",
        "--endpoints",
        path(&endpoints),
        "--database-url",
        &second,
    ];
    let compared = json(&reconcile);
    assert_eq!(
        compared["accounts"]["sound"], compared["accounts"]["accounts"],
        "{compared}"
    );
    assert_eq!(compared["gaps"]["gaps"], 0, "{compared}");
}

/// Goes on after the backfill, which fetches no manifests, until the index has them as the live one does.
async fn read_manifests(endpoints: &Path, database: &str, slot: u64) {
    let run = ["index", "run", "--endpoints", path(endpoints)];
    let more = ["--database-url", database, "--http", "127.0.0.1:0"];
    let mut indexer = Running::start(&[&run[..], &more].concat());
    let http = indexer.wait_for("ready ", patience(READY_WITHIN));
    wait_until_indexed(&http, slot).await;
}

async fn every_slot_has_its_block_or_a_link_that_passes_over_it(
    rpc: &RpcClient,
    database: &str,
    from: u64,
    to: u64,
) {
    let mut db = PgConnection::connect(database).await.expect("the database");
    let blocks: Vec<(i64, i64, bool, bool)> = sqlx::query_as(
        "SELECT slot, parent_slot,
                coalesce(parent_hash = lag(hash) OVER by_slot AND parent_slot = lag(slot) OVER by_slot, true),
                EXISTS (SELECT FROM raw_events e WHERE e.slot = b.slot)
         FROM blocks b WINDOW by_slot AS (ORDER BY slot)",
    )
    .fetch_all(&mut db)
    .await
    .expect("blocks");
    let slots: Vec<u64> = blocks
        .iter()
        .map(|(slot, ..)| u64::try_from(*slot).expect("a slot"))
        .collect();
    assert_eq!(
        slots,
        rpc.get_blocks(from, Some(to))
            .await
            .expect("the node's list")
    );
    assert_eq!((slots.first(), slots.last()), (Some(&from), Some(&to)));
    assert!(
        blocks.iter().all(|(.., linked, _)| *linked),
        "two blocks do not follow one another"
    );
    let with_events = blocks.iter().filter(|(.., events)| *events).count();
    let skipped = (to - from + 1) as usize - blocks.len();
    println!(
        "{} blocks, {with_events} of them with events, {skipped} slots proved to be skipped",
        blocks.len()
    );
    assert!(with_events > 0 && with_events * 2 < blocks.len());
}
