//! Listing a catalogue again and again.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::running::{Up, wait_for};

/// A small catalogue in which every kind of asset and two levels of lineage occur.
fn catalog() -> Vec<Value> {
    let asset = |key: &str, parents: &[&str]| {
        let (kind, name) = key.split_once('/').unwrap();
        let parents: Vec<Value> = parents
            .iter()
            .map(|key| json!({"key": key, "relation": "trained_on"}))
            .collect();
        json!({
            "key": key, "kind": kind, "name": name, "publisher": format!("p{}", name.len() % 3),
            "license": "mit", "tags": ["t"], "attributes": {"n": 1.5},
            "pricing": [{"mode": "metered", "unit": "query", "price_micro_usd": 7}],
            "parents": parents,
        })
    };
    let mut assets: Vec<Value> = (0..30)
        .map(|n| asset(&format!("dataset/d{n}{}", "x".repeat(n)), &[]))
        .collect();
    let keys: Vec<String> = assets
        .iter()
        .map(|asset| asset["key"].as_str().unwrap().to_owned())
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assets.push(asset("model/of all", &keys));
    assets.push(asset("model/derived", &["model/of all", keys[3]]));
    assets.push(asset("service/serving", &["model/derived"]));
    assets.push(asset("compute/gpu", &[]));
    assets
}

fn write(up: &Up, assets: &[Value]) -> String {
    let path = up.data_dir.join("catalog.jsonl");
    let lines: Vec<String> = assets.iter().map(Value::to_string).collect();
    fs::write(&path, lines.join("\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

fn indexed(up: &Up, slot: &Value) {
    wait_for("the index", || {
        let status = up.run(&["index", "status"]).json();
        let pending = status["manifests"]["pending"].as_u64().unwrap_or(0);
        pending == 0 && status["slot"].as_u64() >= slot.as_u64()
    });
}

#[test]
fn a_catalogue_is_listed_once_resumed_and_versioned() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &["--limit", "1"]);
    let mut assets = catalog();
    let file = write(&up, &assets);

    let first = up
        .run(&["catalog", "import", &file, "--limit", "31"])
        .json();
    assert_eq!(
        (&first["listed"], &first["edges"]),
        (&json!(31), &json!(30))
    );
    let second = up.run(&["catalog", "import", &file]).json();
    assert_eq!(
        (&second["listed"], &second["skipped"]),
        (&json!(3), &json!(31))
    );
    let again = up.run(&["catalog", "import", &file]).json();
    assert_eq!(
        (&again["skipped"], &again["transactions"]),
        (&json!(34), &json!(0))
    );

    assets[5]["pricing"][0]["price_micro_usd"] = json!(8);
    let file = write(&up, &assets);
    let changed = up.run(&["catalog", "import", &file]).json();
    assert_eq!(
        (&changed["published"], &changed["skipped"]),
        (&json!(1), &json!(33))
    );
    indexed(&up, &changed["slot"]);

    let key = assets[5]["key"].as_str().unwrap();
    let found = up.run(&["search", "--key", key]).json();
    assert_eq!(found["total"], 1);
    assert_eq!(found["items"][0]["version"], 2);
    assert_eq!(found["items"][0]["pricing"][0]["price"], "8");

    let serving = up.run(&["search", "--key", "service/serving"]).json();
    let address = serving["items"][0]["address"].as_str().unwrap();
    let lineage = up.run(&["lineage", "ancestors", address]).json();
    let names: BTreeSet<&str> = lineage["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["name"].as_str())
        .collect();
    let all = assets[..33]
        .iter()
        .map(|asset| asset["name"].as_str().unwrap());
    assert_eq!(names, all.collect());
}

#[test]
fn lineage_that_changed_is_refused_and_nothing_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &["--limit", "1"]);
    let mut assets = catalog();
    let file = write(&up, &assets);
    up.run(&["catalog", "import", &file, "--limit", "32"])
        .json();

    assets[31]["parents"].as_array_mut().unwrap().pop();
    let file = write(&up, &assets);
    let refused = up.run(&["catalog", "import", &file]);
    refused.assert_error(&["model/derived", "lineage never changes"]);
    let found = up.run(&["search", "--kind", "compute"]).json();
    assert_eq!(found["total"], 0);
}
