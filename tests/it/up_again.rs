//! A data directory belongs to one `up` at a time, and outlives it.

use std::collections::BTreeMap;

use pedigree_tests::{
    catalog::Catalog,
    market::{Market, path, run},
};

async fn addresses(market: &Market) -> BTreeMap<String, String> {
    let listings = market.all("/v1/listings?limit=100&sort=name").await;
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    listings
        .iter()
        .map(|listing| (text(&listing["key"]), text(&listing["address"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_up_is_refused_beside_the_first_and_lists_the_same_after_it() {
    let catalog = Catalog::whole().part(10);
    let market = Market::start(&catalog);
    let before = addresses(&market).await;
    assert_eq!(before.len(), catalog.assets.len());
    let data = market.data();
    let args = [
        "up",
        "--http",
        "127.0.0.1:0",
        "--limit",
        "1",
        "--data-dir",
        path(&data),
    ];
    let second = run(&args);
    let errors = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("in use") && errors.contains(path(&data)),
        "{errors}"
    );
    assert_eq!(addresses(&market).await, before, "the first goes on");

    // The embedded network forgets: it says so, and everything is listed at the same addresses.
    let market = market.again();
    let said = market.printed();
    assert!(said.contains("keeps nothing between runs"), "{said}");
    assert_eq!(addresses(&market).await, before);
}
