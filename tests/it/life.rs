//! Start, stop, kill, start again: a data directory belongs to one `up` at a time, and outlives it.

use std::{collections::BTreeMap, net::TcpStream, time::Duration};

use nix::sys::signal::Signal;
use pedigree_tests::{
    market::{Market, folder, path, refused},
    running::Running,
};
use serde_json::{Value, json};

const LISTINGS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_market_nothing_goes_on_and_the_next_one_lists_the_same() {
    let mut market = Market::with_first(LISTINGS as u32);
    let before = addresses(&market).await;
    assert_eq!(before.len(), LISTINGS);
    let (genesis, buyer) = (market.endpoint("genesis"), wallet(&market));

    a_second_one_beside_it_is_refused(&market);
    assert_eq!(addresses(&market).await, before, "the first goes on");
    all_ends_with(&mut market, Signal::SIGINT);

    // The embedded network forgets: it says so, and everything is listed at the same addresses.
    let mut market = market.again();
    let said = market.printed();
    assert!(
        said.contains("keeps nothing between runs") && said.contains(&genesis),
        "{said}"
    );
    assert_ne!(market.endpoint("genesis"), genesis);
    assert_eq!(wallet(&market), buyer);
    assert_eq!(addresses(&market).await, before);

    let server = market.server();
    assert!(server.is_running());
    market.stop(Signal::SIGKILL);
    server.wait_until_gone();

    let mut market = market.again();
    assert_eq!(addresses(&market).await, before);
    all_ends_with(&mut market, Signal::SIGTERM);
}

fn a_second_one_beside_it_is_refused(market: &Market) {
    let (data, id) = (market.data(), market.id().to_string());
    let data = path(&data);
    refused(
        &["up", "--http", "127.0.0.1:0", "--data-dir", data],
        &["in use by another", data, &id],
    );
}

fn all_ends_with(market: &mut Market, signal: Signal) {
    let urls = ["http", "rpc", "ws"].map(|name| market.endpoint(name));
    let server = market.server();
    assert!(server.is_running() && urls.iter().all(|url| listens(url)));
    assert!(market.stop(signal).success(), "{signal}");
    assert!(server.is_gone(), "{signal}: the database server goes on");
    let said = market.rest();
    assert!(
        said.contains("stopping") && !said.contains("WARN"),
        "{said}"
    );
    assert!(!urls.iter().any(|url| listens(url)), "{signal}");
    assert!(!market.endpoints().exists(), "{signal}");
}

#[test]
fn interrupted_before_it_is_ready_it_prints_one_document() {
    let folder = folder();
    let data = folder.path().join("data");
    let args = ["up", "--http", "127.0.0.1:0", "--data-dir", path(&data)];
    let mut up = Running::start(&[&args[..], &["--output", "json"]].concat());
    // Long before the catalogue is listed.
    up.wait_for("listing ", Duration::from_secs(120));
    assert!(up.stop(Signal::SIGINT).success());
    let told: Value = serde_json::from_str(&up.rest_of_output()).expect("one document");
    assert_eq!(told, json!({"ended": true}));
}

/// Whether somebody listens where a URL says.
pub fn listens(url: &str) -> bool {
    let address = url.split("//").nth(1).expect("a host");
    TcpStream::connect(address).is_ok()
}

fn wallet(market: &Market) -> String {
    let file = market.data().join("wallets/buyer.json");
    std::fs::read_to_string(file).expect("a wallet")
}

async fn addresses(market: &Market) -> BTreeMap<String, String> {
    let listings = market.all("/v1/listings?limit=100&sort=name").await;
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    listings
        .iter()
        .map(|listing| (text(&listing["key"]), text(&listing["address"])))
        .collect()
}
