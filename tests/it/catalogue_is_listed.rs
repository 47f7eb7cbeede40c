//! What the network and the API have of a listed catalogue equals the file, and the market leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use listing::state::{Edge, Listing};
use nix::sys::signal::Signal;
use pedigree_sdk::{
    accounts::{self, EntityKind},
    fetch, names, pda,
};
use pedigree_tests::{catalog::Catalog, market::Market};
use serde_json::Value;
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

/// At least so many assets are listed, with all their ancestors; `PEDIGREE_CATALOGUE_ASSETS` says how many instead.
const ASSETS: usize = 600;

/// One market for all checks: listing takes most of the time.
#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_file_is_on_the_chain_and_in_the_api_and_nothing_else() {
    let asked = std::env::var("PEDIGREE_CATALOGUE_ASSETS").ok();
    let size = asked.map_or(ASSETS, |size| size.parse().expect("a number of assets"));
    let catalog = Catalog::whole().part(size);
    println!("{} assets, {} edges", catalog.assets.len(), catalog.edges());
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

    accounts_equal_the_file(&market, &catalog, &by_key).await;
    lineage_equals_the_files_closure(&market, &catalog, &by_key, &keys).await;
    counts_equal_the_files(&market, &catalog).await;
    names_and_keys_find_their_assets(&market, &catalog).await;
    an_import_again_changes_nothing(&market, &catalog);

    let server = market.server();
    assert!(server.is_running());
    assert!(market.stop(Signal::SIGINT).success(), "Ctrl-C ends it well");
    assert!(server.is_gone(), "Postgres was left running");
}

/// What the network itself has: every asset active at its address, with the file's parents and no others.
async fn accounts_equal_the_file(
    market: &Market,
    catalog: &Catalog,
    by_key: &HashMap<&str, &Value>,
) {
    let rpc = market.rpc();
    let address_of =
        |key: &str| -> Pubkey { text(by_key[key], "address").parse().expect("an address") };
    let addresses: Vec<Pubkey> = catalog.assets.iter().map(|a| address_of(&a.key)).collect();
    let listings = fetch::many::<Listing>(&rpc, &addresses).await;
    let listings = listings.expect("the network answers");
    let mut claims = Vec::new();
    for ((asset, address), listing) in catalog.assets.iter().zip(&addresses).zip(listings) {
        let listing = listing.unwrap_or_else(|| panic!("{} is not on the chain", asset.key));
        let key: [u8; 32] = Sha256::digest(&asset.key).into();
        assert_eq!(pda::listing(&listing.publisher, &key).0, *address);
        let found = accounts::json(EntityKind::Listing, &accounts::to_bytes(&listing));
        let found = found.expect("a listing");
        assert_eq!(
            (
                text(&found, "status"),
                text(&found, "kind"),
                text(&found, "name")
            ),
            ("active", asset.kind.as_str(), asset.name.as_str())
        );
        assert_eq!(found["license"].as_str(), asset.license.as_deref());
        assert_eq!(usize::from(listing.edges), asset.parents.len());
        for (parent, relation) in &asset.parents {
            claims.push((*address, address_of(parent), relation.as_str()));
        }
    }
    assert_eq!(claims.len(), catalog.edges());
    let addresses: Vec<Pubkey> = claims
        .iter()
        .map(|(child, parent, _)| pda::edge(child, parent).0)
        .collect();
    let edges = fetch::many::<Edge>(&rpc, &addresses).await;
    for ((child, parent, relation), edge) in claims.iter().zip(edges.expect("the network answers"))
    {
        let edge = edge.unwrap_or_else(|| panic!("no edge from {child} to {parent}"));
        assert_eq!((edge.child, edge.parent), (*child, *parent));
        assert_eq!(names::RELATION.name(edge.relation), Some(*relation));
    }
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
