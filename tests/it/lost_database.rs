//! The runbook of a database that is gone, by the commands that it names.

use std::{path::Path, time::Duration};

use pedigree_tests::{
    catalog::Catalog,
    market::{Market, json, path, wait_until_indexed},
    network::patience,
    running::Running,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::killed_indexer::{hash, second_database};

const READY_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_dropped_database_is_made_again_by_the_runbook_with_the_hash_that_it_had() {
    let market = Market::start(&Catalog::whole().part(12));
    let (endpoints, first) = (market.endpoints(), market.endpoint("database"));
    let tip = market.rpc().get_slot().await.expect("a slot");
    market.indexed(tip).await;
    let expected = hash(&first);
    let second = second_database(&first).await;
    let mut indexer = index(&endpoints, &second, tip).await;
    assert_eq!(hash(&second), expected);
    let recording = market.folder().join("recording");
    record(&market, &recording, tip).await;

    drop_database(&first).await;
    // It waits for its database, and tells of it; the runbook has it stopped.
    indexer.wait_for_words("trying again", READY_WITHIN);
    assert!(indexer.is_alive(), "{}", indexer.rest());
    drop(indexer);
    second_database(&first).await;
    let load = ["index", "backfill", "--recording", path(&recording)];
    let loaded = json(&[&load[..], &["--database-url", &second]].concat());
    assert_eq!(loaded["slot"].as_u64(), Some(tip), "{loaded}");
    drop(index(&endpoints, &second, tip).await);
    is_as_before(&second, &expected);

    // Without a recording, from the node alone.
    drop_database(&first).await;
    second_database(&first).await;
    let fill = ["index", "backfill", "--endpoints", path(&endpoints)];
    let filled = json(&[&fill[..], &["--database-url", &second]].concat());
    assert!(filled["slot"].as_u64() >= Some(tip), "{filled}");
    drop(index(&endpoints, &second, tip).await);
    is_as_before(&second, &expected);
}

/// Runs an indexer until it has everything, manifests included.
async fn index(endpoints: &Path, database: &str, tip: u64) -> Running {
    let run = ["index", "run", "--endpoints", path(endpoints)];
    let more = ["--database-url", database, "--http", "127.0.0.1:0"];
    let mut indexer = Running::start(&[&run[..], &more].concat());
    let http = indexer.wait_for("ready ", patience(READY_WITHIN));
    wait_until_indexed(&http, tip).await;
    indexer
}

fn is_as_before(database: &str, expected: &serde_json::Value) {
    assert_eq!(&hash(database), expected);
    let checked = json(&["index", "check", "--derive", "--database-url", database]);
    assert_eq!(checked["derived_equal"], true, "{checked}");
}

/// Records all blocks up to a slot, which has to be final.
async fn record(market: &Market, file: &Path, to: u64) {
    market.finalized(to).await;
    let first = market.rpc().get_first_available_block().await;
    let range = [first.expect("a slot"), to].map(|slot| slot.to_string());
    let record = ["index", "record", path(file), "--from", &range[0]];
    let made = market.cli(&[&record[..], &["--to", &range[1]]].concat());
    assert_eq!(made["to"].as_u64(), Some(to), "{made}");
}

async fn drop_database(first: &str) {
    let mut admin = PgConnection::connect(first).await.expect("the server");
    let drop = "DROP DATABASE killed WITH (FORCE)";
    sqlx::query(AssertSqlSafe(drop))
        .execute(&mut admin)
        .await
        .expect("the server obeys");
}
