//! Listing a catalogue again and again.

use std::{collections::BTreeSet, fs, sync::Arc};

use listing::state::{Listing, derivatives, kind, relation, status};
use pedigree_sdk::{
    instructions::listing::{self as ix, Licence, NewEdge, RegisterArgs},
    pda,
    send::{Key, Options, Sender},
};
use pedigree_tests::market::{Market, path};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_keypair::{Keypair, keypair_from_seed};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::shop::Shop;

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

/// The key under which an asset of the catalogue is listed.
fn listing_key(asset: &Value) -> [u8; 32] {
    Sha256::digest(asset["key"].as_str().expect("a key")).into()
}

/// The key of an imported publisher: the hash of the data directory's seed and its name.
fn publisher(market: &Market, asset: &Value) -> Keypair {
    let seed = fs::read_to_string(market.data().join("seed")).expect("a seed");
    let seed = hex::decode(seed.trim()).expect("a seed in hex");
    let name = asset["publisher"].as_str().expect("a publisher");
    let secret = Sha256::new().chain_update(seed).chain_update(name);
    keypair_from_seed(&secret.finalize()).expect("a key")
}

fn address(market: &Market, asset: &Value) -> Pubkey {
    let publisher = publisher(market, asset).pubkey();
    pda::listing(&publisher, &listing_key(asset)).0
}

/// Leaves what an import leaves that is killed between two transactions of an asset: a draft with its first edges.
async fn leave_a_draft(shop: &Shop, asset: &Value, parents: &[Value]) {
    let (publisher, payer) = (publisher(&shop.market, asset), shop.key("deployer"));
    let (authority, payer_key) = (publisher.pubkey(), payer.pubkey());
    let register = RegisterArgs {
        key: listing_key(asset),
        kind: kind::MODEL,
        claimed: false,
        derivatives: derivatives::OPEN,
        derivative_royalty_ppm: 0,
        manifest_hash: [1; 32],
        content_hash: None,
        payout: None,
        operator: None,
        name: "of all".to_owned(),
        uri: "cas:sha256".to_owned(),
        license: "mit".to_owned(),
        terms: vec![],
    };
    let mut instructions = vec![ix::register(authority, payer_key, register)];
    for parent in parents {
        let edge = NewEdge {
            child: address(&shop.market, asset),
            parent: address(&shop.market, parent),
            relation: relation::TRAINED_ON,
            royalty_ppm: 0,
            max_royalty_ppm: 0,
            licence: Licence::Open,
        };
        instructions.push(ix::add_edge(authority, payer_key, edge));
    }
    let keys: [Key; 2] = [Arc::new(payer), Arc::new(publisher)];
    let sender = Sender::new(shop.rpc.clone(), Options::default());
    sender
        .send(&instructions, &keys)
        .await
        .expect("a confirmation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_an_import_left_is_resumed_with_the_edges_that_it_lacks() {
    let shop = Shop::open(Market::empty());
    let assets = catalog();
    let file = write(&shop.market, &assets);
    shop.market
        .cli(&["catalog", "import", &file, "--limit", "30"]);
    leave_a_draft(&shop, &assets[30], &assets[..2]).await;
    let draft: Listing = shop.account(&address(&shop.market, &assets[30])).await;
    assert_eq!((draft.status, draft.edges), (status::DRAFT, 2));

    let report = shop.market.cli(&["catalog", "import", &file]);
    // 28 edges were missing; the two derivatives have three of their own.
    for (field, count) in [
        ("resumed", 1),
        ("listed", 3),
        ("skipped", 30),
        ("edges", 31),
    ] {
        assert_eq!(report[field], count, "{field}: {report}");
    }
    let resumed: Listing = shop.account(&address(&shop.market, &assets[30])).await;
    assert_eq!((resumed.status, resumed.edges), (status::ACTIVE, 30));
    // It was registered with another manifest: the file's is its second version.
    assert_eq!((resumed.version, resumed.born_slot), (2, draft.born_slot));
    shop.market
        .indexed(report["slot"].as_u64().expect("a slot"))
        .await;
    lineage_is_the_catalogues(&shop.market, &assets);
    let again = shop.market.cli(&["catalog", "import", &file]);
    assert_eq!(
        (&again["skipped"], &again["transactions"]),
        (&json!(34), &json!(0))
    );
}
