//! What the API serves of a listed catalogue equals the file, and the market leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nix::sys::signal::Signal;
use pedigree_tests::{catalog::Catalog, market::Market};
use serde_json::Value;

/// One market for all checks: listing takes most of the time.
#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_file_is_in_the_api_and_nothing_else() {
    let catalog = Catalog::whole().part(600);
    let mut market = Market::start(&catalog);

    let listings = market.all("/v1/listings?limit=100&sort=name").await;
    assert_eq!(listings.len(), catalog.assets.len(), "every asset once");
    let by_key: HashMap<&str, &Value> = listings.iter().map(|l| (text(l, "key"), l)).collect();
    let keys: HashMap<&str, &str> = listings
        .iter()
        .map(|l| (text(l, "address"), text(l, "key")))
        .collect();
    for asset in &catalog.assets {
        let listing = by_key[asset.key.as_str()];
        assert_eq!(text(listing, "status"), "active", "{}", asset.key);
        assert_eq!(text(listing, "kind"), asset.kind, "{}", asset.key);
        assert_eq!(text(listing, "name"), asset.name, "{}", asset.key);
        assert_eq!(
            text(listing, "publisher_name"),
            asset.publisher,
            "{}",
            asset.key
        );
        assert_eq!(
            listing["license"].as_str(),
            asset.license.as_deref(),
            "{}",
            asset.key
        );
    }

    lineage_equals_the_files_closure(&market, &catalog, &by_key, &keys).await;
    counts_equal_the_files(&market, &catalog).await;
    names_and_keys_find_their_assets(&market, &catalog).await;
    an_import_again_changes_nothing(&market, &catalog);

    assert!(market.stop(Signal::SIGINT).success(), "Ctrl-C ends it well");
    assert!(
        !market.data().join("postgres/postmaster.pid").exists(),
        "Postgres was left running"
    );
}

async fn lineage_equals_the_files_closure(
    market: &Market,
    catalog: &Catalog,
    by_key: &HashMap<&str, &Value>,
    keys: &HashMap<&str, &str>,
) {
    for asset in &catalog.assets {
        let address = text(by_key[asset.key.as_str()], "address");
        let (_, up) = market
            .get(&format!("/v1/listings/{address}/ancestors?depth=64"))
            .await;
        assert_eq!(
            nodes(&up, keys),
            catalog.ancestors(&asset.key, 64),
            "ancestors of {}",
            asset.key
        );
        let parents: BTreeSet<(String, String)> = up["edges"]
            .as_array()
            .expect("edges")
            .iter()
            .filter(|edge| text(edge, "child") == address)
            .map(|edge| {
                (
                    keys[text(edge, "parent")].to_owned(),
                    text(edge, "relation").to_owned(),
                )
            })
            .collect();
        assert_eq!(parents, asset.parents, "parents of {}", asset.key);
        let (_, down) = market
            .get(&format!("/v1/listings/{address}/descendants?depth=64"))
            .await;
        assert_eq!(
            nodes(&down, keys),
            catalog.descendants(&asset.key, 64),
            "descendants of {}",
            asset.key
        );
        assert_eq!(
            (up["truncated"].as_bool(), down["truncated"].as_bool()),
            (Some(false), Some(false))
        );
    }
}

async fn counts_equal_the_files(market: &Market, catalog: &Catalog) {
    for (field, counts) in [
        ("kind", catalog.count(|a| Some(&a.kind))),
        ("publisher_name", catalog.count(|a| Some(&a.publisher))),
        ("license", catalog.count(|a| a.license.as_deref())),
    ] {
        for (value, count) in counts {
            let query = format!(
                "/v1/listings?limit=1&count=exact&{field}={}",
                encode(&value)
            );
            let (status, page) = market.get(&query).await;
            assert_eq!(
                (status, page["total"].as_u64()),
                (200, Some(count)),
                "{query}: {page}"
            );
        }
    }
}

async fn names_and_keys_find_their_assets(market: &Market, catalog: &Catalog) {
    for asset in &catalog.assets {
        let (_, page) = market
            .get(&format!("/v1/listings?key={}", encode(&asset.key)))
            .await;
        let found: Vec<&str> = items(&page).map(|l| text(l, "key")).collect();
        assert_eq!(found, [asset.key.as_str()]);
    }
    for (name, count) in catalog.count(|a| Some(&a.name)) {
        for query in [name.clone(), format!("\"{name}\"")] {
            let (status, page) = market
                .get(&format!("/v1/listings?limit=100&q={}", encode(&query)))
                .await;
            assert_eq!(status, 200, "{page}");
            let exact: Vec<bool> = items(&page).map(|l| text(l, "name") == name).collect();
            let first = exact.iter().take_while(|exact| **exact).count();
            let others = exact.iter().skip(first).filter(|exact| **exact).count();
            assert_eq!(
                (first as u64, others),
                (count, 0),
                "{query}: its {count} come first: {exact:?}"
            );
        }
    }
}

fn an_import_again_changes_nothing(market: &Market, catalog: &Catalog) {
    let file = market.data().with_file_name("catalog.jsonl");
    let report = market.cli(&["catalog", "import", pedigree_tests::market::path(&file)]);
    assert_eq!(
        report["skipped"].as_u64(),
        Some(catalog.assets.len() as u64),
        "{report}"
    );
    assert_eq!(report["transactions"].as_u64(), Some(0), "{report}");
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().expect("items").iter()
}

fn nodes(answer: &Value, keys: &HashMap<&str, &str>) -> BTreeMap<String, u32> {
    let root = text(answer, "root");
    answer["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .filter(|node| text(node, "address") != root)
        .map(|node| {
            (
                keys[text(node, "address")].to_owned(),
                node["depth"].as_u64().expect("a depth") as u32,
            )
        })
        .collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {value}"))
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}
