//! What looks after an index: recording, backfill, check, rebuild, reconcile.

use std::{path::Path, time::Duration};

use nix::sys::signal::Signal;
use pedigree_tests::{
    catalog::Catalog,
    market::{Market, json, path, pedigree, refused, run},
    network::is_agave,
    running::Running,
};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::killed_indexer::second_database;

const READY_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_recorded_loaded_checked_rebuilt_and_compared_with_the_network() {
    let market = Market::empty();
    let file = market.folder().join("catalog.jsonl");
    std::fs::write(&file, Catalog::whole().part(60).text()).expect("a catalogue file");
    market.cli(&["catalog", "import", path(&file)]);
    let status = market.cli(&["index", "status"]);
    let tip = status["tip_slot"].as_u64().expect("a slot");
    // Recordings are of final blocks.
    market.finalized(tip).await;

    let endpoints = market.endpoints();
    let second = second_database(&market.endpoint("database")).await;
    let target = ["--database-url", second.as_str()];
    let to = tip.to_string();
    let first = market.rpc().get_first_available_block().await;
    let first = first.expect("a slot").to_string();
    let mut hashes = Vec::new();
    for format in ["json", "binary"] {
        let recording = market.folder().join(format);
        let made = market.cli(&[
            "index",
            "record",
            path(&recording),
            "--from",
            &first,
            "--to",
            &to,
            "--format",
            format,
        ]);
        assert_eq!(made["to"].as_u64(), Some(tip), "{made}");
        assert!(made["events"].as_u64() > Some(60), "{made}");
        let load = ["index", "backfill", "--recording", path(&recording)];
        let loaded = json(&[&load[..], &target].concat());
        assert_eq!(loaded["slot"].as_u64(), Some(tip), "{loaded}");
        hashes.push(hash(&second));
    }
    assert_eq!(hashes[0], hashes[1], "the second form brings nothing new");

    let checked = json(&[&["index", "check", "--derive"][..], &target].concat());
    assert_eq!(checked["derived_equal"], true, "{checked}");
    let verdict = run(&[&["index", "check"][..], &target].concat());
    let verdict = String::from_utf8_lossy(&verdict.stdout).into_owned();
    assert_eq!(verdict.lines().last(), Some("ok"), "{verdict}");
    assert_eq!(
        json(&[&["index", "rebuild"][..], &target].concat())["hash"],
        hashes[0]
    );
    let replayed = json(&[&["index", "replay-dead-letters"][..], &target].concat());
    assert_eq!(
        (&replayed["read"], &replayed["left"]),
        (&0.into(), &0.into())
    );

    // From the node: what is there is read again, what is missing comes.
    let again = [
        "index",
        "backfill",
        "--endpoints",
        path(&endpoints),
        "--from",
    ];
    let begin = (tip - 5).to_string();
    let again = json(&[&again[..], &[begin.as_str()], &target].concat());
    assert_eq!(again["read_again"]["events"], 0, "{again}");
    assert!(again["slot"].as_u64() >= Some(tip), "{again}");
    let reconcile = ["index", "reconcile", "--endpoints", path(&endpoints)];
    let compared = json(&[&reconcile[..], &target].concat());
    let accounts = &compared["accounts"];
    assert_eq!(accounts["sound"], accounts["accounts"], "{compared}");
    assert!(accounts["accounts"].as_u64() > Some(60), "{compared}");

    others_serve_what_one_has_indexed(&market, &second).await;
    what_is_lost_is_brought_back_as_the_runbooks_say(&endpoints, &second).await;
    refusals(&market, &second, tip);
}

/// Servers that only read answer as one another, and go on with each other's cursors.
async fn others_serve_what_one_has_indexed(market: &Market, database: &str) {
    let serve = ["index", "serve", "--http", "127.0.0.1:0"];
    let serve = [&serve[..], &["--database-url-read", database]].concat();
    let mut servers = [Running::start(&serve), Running::start(&serve)];
    let [one, other] = servers
        .each_mut()
        .map(|server| server.wait_for("ready ", READY_WITHIN));
    let ask = async |server: &str, query: &str| -> Value {
        let answer = reqwest::get(format!("{server}/v1/listings?{query}")).await;
        answer.expect("an answer").json().await.expect("JSON")
    };
    let query = "sort=name&limit=7&facets=kind,license,publisher";
    let first = ask(&one, query).await;
    assert!(first["total"].as_u64() > Some(7), "{first}");
    assert_eq!(first, ask(&other, query).await);
    let cursor = first["next_cursor"].as_str().expect("a second page");
    let next = format!("{query}&cursor={cursor}");
    assert_eq!(ask(&one, &next).await, ask(&other, &next).await);
    // Another database signs with another secret.
    let elsewhere = ask(&market.http, &next).await;
    assert_eq!(elsewhere["parameter"], "cursor", "{elsewhere}");
    for mut server in servers {
        assert_eq!(server.stop(Signal::SIGTERM).code(), Some(0));
    }
}

/// An event that is lost is a gap, and one that cannot be read a dead letter: each command brings it back.
async fn what_is_lost_is_brought_back_as_the_runbooks_say(endpoints: &Path, second: &str) {
    let whole = hash(second);
    let mut db = PgConnection::connect(second).await.expect("the database");
    // Of an account that has a later one.
    let choose = "CREATE TABLE lost AS
         SELECT r.* FROM raw_events r JOIN entity_events e USING (slot, signature, ix_path)
         WHERE EXISTS (SELECT FROM entity_events next WHERE next.seq = e.seq + 1
             AND (next.kind, next.address, next.born_slot) = (e.kind, e.address, e.born_slot))
         ORDER BY slot, tx_index, ix_path LIMIT 1";
    sqlx::raw_sql(choose)
        .execute(&mut db)
        .await
        .expect("a table");
    let slot: i64 = sqlx::query_scalar("SELECT slot FROM lost")
        .fetch_one(&mut db)
        .await
        .expect("an event");
    let slot = slot.to_string();
    let node = ["--endpoints", path(endpoints)];
    let read_again = ["index", "backfill", "--from", &slot, "--to", &slot];
    let read_again = [&read_again[..], &node].concat();
    let reconcile = [&["index", "reconcile"][..], &node].concat();
    let replay = ["index", "replay-dead-letters"];
    let target = ["--database-url", second];
    for command in [&read_again[..], &reconcile, &replay] {
        if command == replay.as_slice() {
            let unreadable = "INSERT INTO dead_letters
                 SELECT slot, signature, ix_path, block_hash, tx_index, program, 'unknown event', data FROM lost";
            sqlx::raw_sql(unreadable)
                .execute(&mut db)
                .await
                .expect("a row");
        }
        let lose = "DELETE FROM raw_events r USING lost l
             WHERE (r.slot, r.signature, r.ix_path) = (l.slot, l.signature, l.ix_path)";
        let lost = sqlx::raw_sql(lose).execute(&mut db).await.expect("a row");
        assert_eq!(lost.rows_affected(), 1);
        json(&[&["index", "rebuild"][..], &target].concat());
        let check = [&["index", "check"][..], &target].concat();
        refused(
            &check,
            &[
                "not sound",
                "gaps 1: next `pedigree index reconcile`",
                "\"gaps\":1",
            ],
        );
        let brought = json(&[command, &target].concat());
        assert_eq!(hash(second), whole, "{command:?}: {brought}");
        let checked = json(&[&["index", "check", "--derive"][..], &target].concat());
        assert_eq!(checked["derived_equal"], true, "{checked}");
    }
}

fn refusals(market: &Market, second: &str, tip: u64) {
    let endpoints = market.endpoints();
    let refused = |args: &[&str], status: i32, words: &str| {
        let output = run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {errors}");
        assert!(errors.contains(words), "{args:?}: {errors}");
    };
    let endpoints = path(&endpoints);
    let backfill = |more: &[&str], status, words: &str| {
        let args = [
            "index",
            "backfill",
            "--endpoints",
            endpoints,
            "--database-url",
            second,
        ];
        refused(&[&args[..], more].concat(), status, words);
    };
    let far = (tip + 1_000_000).to_string();
    backfill(&["--to", &far], 1, "--to");
    backfill(&["--from", &far], 1, "--from");
    backfill(&["--recording", endpoints], 1, "is no recording");
    let file = market.folder().join("from-0");
    let record = [
        "index",
        "record",
        path(&file),
        "--from",
        "0",
        "--to",
        "1000",
    ];
    let record = [&record[..], &["--endpoints", endpoints]].concat();
    if is_agave() {
        // It has the chain's very first block.
        refused(&record, 0, "");
    } else {
        // Nobody could say whether there were blocks before the node's first one.
        refused(&record, 1, "--from: what can be had begins at slot");
    }
    backfill(&["--rpc-url", "x", "--recording", "y"], 2, "--recording");
    the_deployment_of_the_folder_is_taken_unless_another_is_named(market);
    // The deployment's own index has a writer.
    let writing = ["index", "rebuild", "--endpoints", endpoints];
    refused(&writing, 1, "another indexer writes");
}

fn the_deployment_of_the_folder_is_taken_unless_another_is_named(market: &Market) {
    let here = market.folder().join("here");
    std::fs::create_dir(&here).expect("a folder");
    let index = |args: &[&str]| {
        let mut command = pedigree();
        command.current_dir(&here).arg("index").args(args);
        let output = command.output().expect("pedigree runs");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), errors)
    };
    for (args, option) in [
        (&["check"][..], "--database-url"),
        (&["backfill"], "--rpc-url"),
        (&["run"], "--rpc-url"),
        (&["record", "--from", "0", "--to", "1", "file"], "--rpc-url"),
    ] {
        let (status, errors) = index(args);
        assert_eq!(status, Some(1), "{args:?}: {errors}");
        for words in [option, ".pedigree/endpoints.json", "pedigree up"] {
            assert!(errors.contains(words), "{args:?}, {words}: {errors}");
        }
    }
    std::os::unix::fs::symlink(market.data(), here.join(".pedigree")).expect("a link");
    let (status, errors) = index(&["check"]);
    assert_eq!(status, Some(0), "{errors}");
    // The deployment's own index has a writer.
    let (_, errors) = index(&["reconcile"]);
    for words in ["another indexer writes", "compares accounts by itself"] {
        assert!(errors.contains(words), "{errors}");
    }
}

fn hash(database: &str) -> Value {
    json(&["index", "hash", "--database-url", database])["hash"].clone()
}
