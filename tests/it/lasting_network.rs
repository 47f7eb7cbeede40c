//! A market on a network that was there before it and outlasts it: `pedigree up --rpc-url … --deploy`.

use nix::sys::signal::Signal;
use pedigree_sdk::programs::OWN;
use pedigree_tests::market::Market;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::shop::{Shop, address, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_market_started_again_on_a_network_that_lasts_goes_on_where_it_was() {
    let shop = Shop::open(Market::with_first_on_a_lasting_network(3).await);
    let (order, opened) = sell(&shop);
    shop.market
        .indexed(opened["slot"].as_u64().expect("a slot"))
        .await;
    let (genesis, mint) = (
        shop.market.endpoint("genesis"),
        shop.market.endpoint("mint"),
    );
    let events = all_events(&shop.market).await;
    let paid = shop.holds(&shop.wallet("buyer")).await;

    let mut market = shop.market;
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let server = market.server();
        market.stop(signal);
        server.wait_until_gone();
        market = market.again();
        assert!(
            !market.printed().contains(" deployed ("),
            "{}",
            market.printed()
        );
        assert_eq!(
            market.printed().matches(" unchanged (").count(),
            OWN.len(),
            "{}",
            market.printed()
        );
        assert_eq!(
            (market.endpoint("genesis"), market.endpoint("mint")),
            (genesis.clone(), mint.clone())
        );
        let after = all_events(&market).await;
        assert_eq!(
            after[..events.len()],
            events,
            "nothing is indexed or renumbered again"
        );
        let applied = after.iter().filter(|(op, _)| op == "applied").count();
        assert_eq!(
            applied,
            events.iter().filter(|(op, _)| op == "applied").count()
        );
    }
    let shop = Shop::open(market);
    assert_eq!(
        shop.holds(&shop.wallet("buyer")).await,
        paid,
        "wallets are given tokens once"
    );
    shop.served_order(&order).await;
}

/// A listing, and an order for it that has just been confirmed.
pub fn sell(shop: &Shop) -> (Pubkey, Value) {
    let listing = shop
        .register("publisher", "sold", 1_000_003, &[])
        .to_string();
    shop.market
        .cli(&["listing", "activate", &listing, "--wallet", "publisher"]);
    let opened = shop.market.cli(&["order", "open", "--listing", &listing]);
    (address(&opened), opened)
}

/// Operation and signature of every entry of the log.
pub async fn all_events(market: &Market) -> Vec<(String, String)> {
    let (mut entries, mut after) = (Vec::new(), 0);
    loop {
        let (_, page) = market
            .get(&format!("/v1/events?limit=1000&after={after}"))
            .await;
        let items = page["items"].as_array().expect("entries");
        entries.extend(items.iter().map(|item| {
            (
                text(item, "op").to_owned(),
                text(item, "signature").to_owned(),
            )
        }));
        after = page["after"].as_u64().expect("a number");
        if page["head"].as_u64() <= Some(after) {
            return entries;
        }
    }
}
