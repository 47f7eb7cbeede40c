//! Listing a catalogue again and again.

use std::{collections::BTreeSet, fs};

use pedigree_tests::market::{Market, path};
use serde_json::{Value, json};

fn asset(key: &str, parents: &[&str]) -> Value {
    let (kind, name) = key.split_once('/').expect("a kind");
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
}

/// A small catalogue in which every kind of asset and two levels of lineage occur.
fn catalog() -> Vec<Value> {
    let mut assets: Vec<Value> = (0..30)
        .map(|n| asset(&format!("dataset/d{n}{}", "x".repeat(n)), &[]))
        .collect();
    let keys: Vec<String> = assets
        .iter()
        .map(|asset| asset["key"].as_str().expect("a key").to_owned())
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assets.push(asset("model/of all", &keys));
    assets.push(asset("model/derived", &["model/of all", keys[3]]));
    assets.push(asset("service/serving", &["model/derived"]));
    assets.push(asset("compute/gpu", &[]));
    assets
}

fn write(market: &Market, assets: &[Value]) -> String {
    let file = market.folder().join("small.jsonl");
    let lines: Vec<String> = assets.iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n")).expect("a file");
    path(&file).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_listed_once_resumed_and_versioned_and_its_lineage_never_changes() {
    let market = Market::empty();
    let mut assets = catalog();
    let file = write(&market, &assets);

    let first = market.cli(&["catalog", "import", &file, "--limit", "31"]);
    assert_eq!(
        (&first["listed"], &first["edges"]),
        (&json!(31), &json!(30))
    );
    let second = market.cli(&["catalog", "import", &file]);
    assert_eq!(
        (&second["listed"], &second["skipped"]),
        (&json!(3), &json!(31))
    );
    let again = market.cli(&["catalog", "import", &file]);
    assert_eq!(
        (&again["skipped"], &again["transactions"]),
        (&json!(34), &json!(0))
    );

    assets[5]["pricing"][0]["price_micro_usd"] = json!(8);
    let file = write(&market, &assets);
    let changed = market.cli(&["catalog", "import", &file]);
    assert_eq!(
        (&changed["published"], &changed["skipped"]),
        (&json!(1), &json!(33))
    );
    market
        .indexed(changed["slot"].as_u64().expect("a slot"))
        .await;

    let key = assets[5]["key"].as_str().expect("a key");
    let found = market.cli(&["search", "--key", key]);
    assert_eq!(found["total"], 1);
    assert_eq!(found["items"][0]["version"], 2);
    assert_eq!(found["items"][0]["pricing"][0]["price"], "8");
    lineage_is_the_catalogues(&market, &assets);
    changed_lineage_is_refused(&market, assets).await;
}

fn lineage_is_the_catalogues(market: &Market, assets: &[Value]) {
    let serving = market.cli(&["search", "--key", "service/serving"]);
    let address = serving["items"][0]["address"].as_str().expect("an address");
    let lineage = market.cli(&["lineage", "ancestors", address]);
    let nodes = lineage["nodes"].as_array().expect("nodes").iter();
    let names: BTreeSet<&str> = nodes.filter_map(|node| node["name"].as_str()).collect();
    let all = assets[..33]
        .iter()
        .filter_map(|asset| asset["name"].as_str());
    assert_eq!(names, all.collect());
}

async fn changed_lineage_is_refused(market: &Market, mut assets: Vec<Value>) {
    let parents = assets[31]["parents"].as_array_mut().expect("parents");
    parents.pop();
    assets.insert(0, asset("compute/another", &[]));
    let file = write(market, &assets);
    let errors = market.refused(&["catalog", "import", &file]);
    for word in ["model/derived", "lineage never changes"] {
        assert!(errors.contains(word), "{errors}");
    }
    let tip = market.rpc().get_slot().await.expect("a slot");
    market.indexed(tip).await;
    let found = market.cli(&["search", "--key", "compute/another"]);
    assert_eq!(found["total"], 0, "nothing is listed");
}
