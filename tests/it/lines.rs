//! What commands print for people.

use std::fs;

use pedigree_tests::market::{path, run};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::shop::Shop;

/// `pedigree ARGS`, what it prints for people.
pub fn told(shop: &Shop, args: &[&str]) -> String {
    let endpoints = shop.market.endpoints();
    let output = run(&[args, &["--endpoints", path(&endpoints)]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn what_happened_to_a_listing_is_told(shop: &Shop, listing: &Pubkey) {
    let listing = listing.to_string();
    let signals = ["listing", "signals", &listing];
    let whole = shop.market.cli(&signals);
    assert_eq!(whole["sales"], 1, "{whole}");
    assert!(whole["index"]["slot"].is_u64(), "{whole}");
    let told = told(shop, &signals);
    assert!(told.contains("orders: 1, of them 1 sold"), "{told}");
    assert!(told.contains(&shop.mint.to_string()), "{told}");
    let nothing = Keypair::new().pubkey().to_string();
    shop.refuses(&["listing", "signals", &nothing], &nothing);
}

pub fn a_lineage_is_told_as_a_tree(shop: &Shop, listing: &Pubkey) {
    let address = listing.to_string();
    let told = told(shop, &["lineage", "ancestors", &address]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert_eq!(
        lines[0],
        format!("sold by The lab  model  retired  {address}")
    );
    let parent = "  parent by The lab  model  trained_on  royalty 10%  ";
    assert!(lines[1].starts_with(parent), "{told}");
}

pub fn a_manifest_that_no_index_shows_whole_is_warned_of(shop: &Shop) {
    let manifest = shop.market.folder().join("unread.json");
    let says = r#"{"kind": "dataset", "tags": "a,b", "key": "model/unread"}"#;
    fs::write(&manifest, says).expect("a manifest");
    let endpoints = shop.market.endpoints();
    let register = [
        "listing",
        "register",
        "--key",
        "model/unread",
        "--kind",
        "model",
    ];
    let file = [
        "--manifest",
        path(&manifest),
        "--endpoints",
        path(&endpoints),
    ];
    let output = run(&[&register[..], &["--name", "unread"], &file].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let warnings: Vec<&str> = errors.lines().collect();
    assert_eq!(warnings.len(), 2, "{errors}");
    for (warning, words) in warnings
        .iter()
        .zip(["kind \"dataset\" is not", "tags is no list"])
    {
        let begin = format!("warning: manifest {}: {words}", path(&manifest));
        assert!(warning.starts_with(&begin), "{errors}");
    }
}
