//! What looks after an index: recording, backfill, check, rebuild, reconcile.

use pedigree_tests::{
    catalog::Catalog,
    market::{Market, json, path, pedigree, run},
};
use serde_json::Value;

use crate::killed_indexer::second_database;

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_recorded_loaded_checked_rebuilt_and_compared_with_the_network() {
    let market = Market::empty();
    let file = market.folder().join("catalog.jsonl");
    std::fs::write(&file, Catalog::whole().part(60).text()).expect("a catalogue file");
    market.cli(&["catalog", "import", path(&file)]);
    let status = market.cli(&["index", "status"]);
    let tip = status["tip_slot"].as_u64().expect("a slot");
    // Recordings are of final blocks.
    let finalized = async || {
        let status = market.cli(&["index", "status"]);
        status["finalized_slot"].as_u64() >= Some(tip)
    };
    while !finalized().await {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }

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

    refusals(&market, &second, tip);
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
    // Nobody could say whether there were blocks before the node's first one.
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
    refused(&record, 1, "--from: what can be had begins at slot");
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
    assert!(errors.contains("another indexer writes"), "{errors}");
}

fn hash(database: &str) -> Value {
    json(&["index", "hash", "--database-url", database])["hash"].clone()
}
