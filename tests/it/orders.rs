//! Orders from the wallet to the search result: what is paid is what the quote said, to the base unit.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use pedigree_sdk::{
    pda,
    programs::TOKEN,
    quote::{Lineage, waterfall},
};
use pedigree_tests::{
    catalog::Catalog,
    market::{Market, path},
};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::shop::{Shop, address, amount, text};

/// What derivatives of the base owe it, and derivatives of those owe them.
const BASE_PPM: u32 = 50_000;
const DERIVED_PPM: u32 = 30_000;
const FEE_PPM: u64 = 25_000;
/// Shares of three of these divide evenly nowhere.
const PRICE: u64 = 9_999_991;
const QUANTITY: u64 = 3;
const BASE_PRICE: u64 = 1_000_003;
const KEY: &str = "000102030405060708090a0b0c0d0e0f";

/// One market for all: the two windows that are waited for pass while the rest is tested.
#[tokio::test(flavor = "multi_thread")]
async fn orders_from_the_wallet_to_the_search_result() {
    let shop = Shop::open(Market::start(&Catalog::whole().part(12)));
    shop.shorten_windows().await;
    let line = Line::publish(&shop);
    let waiting = Waiting::open(&shop, &line).await;

    let sold = a_sale_pays_everybody_what_the_quote_said(&shop, &line).await;
    forwards_by_a_stranger_pay_both_ancestors(&shop, &line, &sold).await;
    the_same_order_again_changes_nothing_and_another_conflicts(&shop, &line, &sold).await;
    wrong_orders_are_named(&shop, &line).await;
    waiting.end(&shop, &line).await;
    index_and_chain_agree(&shop, &line, &sold).await;
}

/// A base, its derivative, and the derivative's derivative, of three publishers. Money goes to
/// wallets that have no token accounts yet.
struct Line {
    base: Pubkey,
    derived: Pubkey,
    third: Pubkey,
    payout: HashMap<Pubkey, Pubkey>,
}

impl Line {
    fn publish(shop: &Shop) -> Self {
        let mut payout = HashMap::new();
        let mut publish = |wallet: &str, name: &str, price, ppm: u32, parent: Option<Pubkey>| {
            let to = Keypair::new().pubkey();
            let (to_text, ppm) = (to.to_string(), ppm.to_string());
            let more = ["--payout", &to_text, "--derivative-royalty-ppm", &ppm];
            let listing = shop.register(wallet, name, price, &more);
            let listing_text = listing.to_string();
            if let Some(parent) = parent {
                shop.market.cli(&[
                    "listing",
                    "add-edge",
                    &listing_text,
                    "--parent",
                    &parent.to_string(),
                    "--relation",
                    "adapted_from",
                    "--wallet",
                    wallet,
                ]);
            }
            let active =
                shop.market
                    .cli(&["listing", "activate", &listing_text, "--wallet", wallet]);
            assert_eq!(text(&active, "status"), "active");
            payout.insert(listing, to);
            listing
        };
        let base = publish("publisher", "base", BASE_PRICE, BASE_PPM, None);
        let derived = publish("seller", "derived", 2_000_003, DERIVED_PPM, Some(base));
        let third = publish("operator", "third", PRICE, 0, Some(derived));
        Self {
            base,
            derived,
            third,
            payout,
        }
    }

    async fn paid(&self, shop: &Shop, listing: &Pubkey) -> u64 {
        shop.holds(&self.payout[listing]).await
    }
}

async fn a_sale_pays_everybody_what_the_quote_said(shop: &Shop, line: &Line) -> Value {
    let (third, quantity) = (line.third.to_string(), QUANTITY.to_string());
    let wanted = ["--listing", &third, "--quantity", &quantity];
    let quote = shop
        .market
        .cli(&[&["order", "quote"], &wanted[..]].concat());
    let total = PRICE * QUANTITY;
    let (fee, royalty) = (
        total * FEE_PPM / 1_000_000,
        total * u64::from(DERIVED_PPM) / 1_000_000,
    );
    for ppm in [FEE_PPM, u64::from(DERIVED_PPM)] {
        assert!(
            !(total * ppm).is_multiple_of(1_000_000),
            "the shares divide evenly"
        );
    }
    let parts = ["total", "fee", "royalty", "net"].map(|part| amount(&quote, part));
    assert_eq!(parts, [total, fee, royalty, total - fee - royalty]);

    let (buyer, treasury) = (shop.wallet("buyer"), pda::treasury(&shop.mint).0);
    let before = (shop.holds(&buyer).await, shop.balance(&treasury).await);
    let opened = shop
        .market
        .cli(&[&["order", "open", "--key", KEY], &wanted[..]].concat());
    assert_eq!(opened["already_open"], false);
    assert_eq!(
        ["total", "fee", "royalty", "net"].map(|part| amount(&opened, part)),
        parts
    );
    let order = address(&opened);
    assert_eq!(shop.holds(&buyer).await, before.0 - total);
    assert_eq!(shop.balance(&pda::vault(&order, &TOKEN)).await, total);

    let content = "5a".repeat(32);
    let (order_text, third_wallet) = (order.to_string(), "operator");
    shop.market.cli(&[
        "order",
        "deliver",
        &order_text,
        "--content-hash",
        &content,
        "--wallet",
        third_wallet,
    ]);
    let accepted = shop.act("accept", &order, "buyer");
    assert_eq!(text(&accepted, "state"), "settled");

    assert_eq!(shop.holds(&buyer).await, before.0 - total);
    assert_eq!(line.paid(shop, &line.third).await, total - fee - royalty);
    assert_eq!(shop.balance(&treasury).await, before.1 + fee);
    assert_eq!(
        shop.balance(&pda::pool(&line.third, 0, &shop.mint).0).await,
        royalty
    );
    assert_eq!(shop.balance(&pda::vault(&order, &TOKEN)).await, 0);
    quote_with(accepted, quote)
}

/// The order, with the quote that it was bought by.
fn quote_with(mut order: Value, quote: Value) -> Value {
    order["quote"] = quote;
    order
}

async fn forwards_by_a_stranger_pay_both_ancestors(shop: &Shop, line: &Line, sold: &Value) {
    let quote = &sold["quote"];
    let lineage: Lineage = HashMap::from([
        (line.third, vec![(line.derived, DERIVED_PPM)]),
        (line.derived, vec![(line.base, BASE_PPM)]),
    ]);
    let due = waterfall(&lineage, &line.third, amount(quote, "royalty")).expect("a lineage");
    let share = &quote["royalties"][0];
    assert_eq!(text(share, "parent"), line.derived.to_string());
    assert_eq!(amount(share, "paid"), due.paid[&line.derived]);
    assert_eq!(amount(share, "up"), due.paid[&line.base]);

    for listing in [&line.third, &line.derived] {
        let done = shop
            .market
            .cli(&["royalty", "forward", &listing.to_string()]);
        assert_eq!(
            done["forwarded"].as_array().map(Vec::len),
            Some(1),
            "{done}"
        );
    }
    for ancestor in [&line.derived, &line.base] {
        assert_eq!(line.paid(shop, ancestor).await, due.paid[ancestor]);
    }
    for listing in [&line.third, &line.derived] {
        let left = due.left.get(listing).copied().unwrap_or_default();
        assert_eq!(
            shop.balance(&pda::pool(listing, 0, &shop.mint).0).await,
            left
        );
    }
    let again = shop
        .market
        .cli(&["royalty", "forward", "--all", &line.third.to_string()]);
    assert_eq!(
        again["signatures"].as_array().map(Vec::len),
        Some(0),
        "{again}"
    );
}

async fn the_same_order_again_changes_nothing_and_another_conflicts(
    shop: &Shop,
    line: &Line,
    sold: &Value,
) {
    let (third, quantity) = (line.third.to_string(), QUANTITY.to_string());
    let same = [
        "order",
        "open",
        "--key",
        KEY,
        "--listing",
        &third,
        "--quantity",
        &quantity,
    ];
    let buyer = shop.wallet("buyer");
    let before = shop.holds(&buyer).await;
    let again = shop.market.cli(&same);
    assert_eq!(again["already_open"], true);
    for (field, value) in sold.as_object().expect("an order") {
        if !["signature", "slot", "quote"].contains(&field.as_str()) {
            assert_eq!(&again[field], value, "{field}");
        }
    }
    let price = (PRICE + 1).to_string();
    let errors = shop
        .market
        .refused(&[&same[..], &["--price", &price]].concat());
    // Which order has the key, and what became of it.
    for words in ["IdempotencyConflict", KEY, text(sold, "address"), "settled"] {
        assert!(errors.contains(words), "{words}: {errors}");
    }
    let shown = shop.market.cli(&["order", "show", text(sold, "address")]);
    assert_eq!(
        (&shown["seq"], text(&shown, "state")),
        (&sold["seq"], "settled")
    );
    assert_eq!(shop.holds(&buyer).await, before);
}

async fn wrong_orders_are_named(shop: &Shop, line: &Line) {
    let base = line.base.to_string();
    let refused = |args: &[&str], named: &str| {
        let errors = shop
            .market
            .refused(&[&["order", "open", "--listing"], args].concat());
        assert!(errors.contains(named), "{args:?}: {errors}");
    };
    let nowhere = Keypair::new().pubkey().to_string();
    refused(&[&nowhere], &format!("no listing at {nowhere}"));

    // The price that the buyer saw is the one before this.
    let all_it_has = "mode=one_time,unit=site,price=900000000000";
    shop.market.cli(&[
        "listing",
        "update-terms",
        &base,
        "--wallet",
        "publisher",
        "--term",
        "mode=one_time,unit=copy,price=2",
        "--term",
        all_it_has,
    ]);
    let seen = BASE_PRICE.to_string();
    refused(&[&base, "--price", &seen], "PriceChanged");
    refused(&[&base, "--max-total", "1"], "AboveMaximum");
    refused(&[&base, "--term", "2"], "NoSuchTerm");

    let rich = [&base, "--term", "1", "--wallet", "authority"];
    shop.market
        .cli(&[&["order", "open", "--listing"], &rich[..]].concat());
    refused(&rich, "InsufficientFunds");
    let file = shop.market.folder().join("poor.json");
    std::fs::write(&file, format!("{:?}", Keypair::new().to_bytes().as_slice())).expect("a file");
    refused(&[&base, "--wallet", path(&file)], "fund the fee payer");
    refused(&[&base, "--wallet", "nobody"], "nobody");
}

/// Two orders of the base that nobody but a stranger ends: one is never delivered, of the other
/// nobody says that it was accepted.
struct Waiting {
    undelivered: Pubkey,
    silent: Pubkey,
    since: Instant,
}

impl Waiting {
    async fn open(shop: &Shop, line: &Line) -> Self {
        let base = line.base.to_string();
        let before = shop.holds(&shop.wallet("deployer")).await;
        let open = || {
            let opened = shop.market.cli(&[
                "order",
                "open",
                "--listing",
                &base,
                "--wallet",
                "deployer",
                "--valid-for",
                "2h",
            ]);
            address(&opened)
        };
        let (undelivered, silent) = (open(), open());
        let content = "17".repeat(32);
        shop.market.cli(&[
            "order",
            "deliver",
            &silent.to_string(),
            "--content-hash",
            &content,
        ]);
        assert_eq!(
            shop.holds(&shop.wallet("deployer")).await,
            before - 2 * BASE_PRICE
        );
        for (verb, order, named, state) in [
            ("refund", &undelivered, "DeadlineNotReached", "is funded"),
            ("settle", &silent, "WindowStillOpen", "is delivered"),
        ] {
            let order = order.to_string();
            let errors = shop
                .market
                .refused(&["order", verb, &order, "--wallet", "stranger"]);
            for words in [named, &order, state] {
                assert!(errors.contains(words), "{words}: {errors}");
            }
        }
        Self {
            undelivered,
            silent,
            since: Instant::now(),
        }
    }

    async fn end(self, shop: &Shop, line: &Line) {
        let left = Duration::from_secs(62).saturating_sub(self.since.elapsed());
        tokio::time::sleep(left).await;
        let deployer = shop.wallet("deployer");
        let (before, payee) = (
            shop.holds(&deployer).await,
            line.paid(shop, &line.base).await,
        );
        let refunded = by_stranger(shop, "refund", &self.undelivered, "DeadlineNotReached").await;
        assert_eq!(text(&refunded, "state"), "refunded");
        assert_eq!(shop.holds(&deployer).await, before + BASE_PRICE);
        let settled = by_stranger(shop, "settle", &self.silent, "WindowStillOpen").await;
        assert_eq!(text(&settled, "state"), "settled");
        let fee = BASE_PRICE * FEE_PPM / 1_000_000;
        assert_eq!(line.paid(shop, &line.base).await, payee + BASE_PRICE - fee);
        assert_eq!(amount(&settled, "fee_paid"), fee);
        for (verb, order) in [("settle", &self.undelivered), ("refund", &self.silent)] {
            let errors =
                shop.market
                    .refused(&["order", verb, &order.to_string(), "--wallet", "stranger"]);
            assert!(errors.contains("WrongState"), "{errors}");
        }
    }
}

/// What anyone may do once the network's own clock says so: on a busy machine that of the embedded one is behind the wall's.
async fn by_stranger(shop: &Shop, verb: &str, order: &Pubkey, too_early: &str) -> Value {
    let order = order.to_string();
    for _ in 0..600 {
        match shop
            .market
            .try_cli(&["order", verb, &order, "--wallet", "stranger"])
        {
            Ok(done) => return done,
            Err(errors) => assert!(errors.contains(too_early), "{errors}"),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("{verb}: still {too_early}");
}

async fn index_and_chain_agree(shop: &Shop, line: &Line, sold: &Value) {
    shop.indexed().await;
    let order = address(sold);
    let served = shop.served_order(&order).await;
    let shown = shop.market.cli(&["order", "show", &order.to_string()]);
    assert_eq!(text(&shown, "index"), "match");
    for (field, value) in shown.as_object().expect("an order") {
        if field != "index" {
            assert_eq!(&served[field], value, "{field}");
        }
    }
    for listing in [&line.base, &line.derived, &line.third] {
        shop.verify_listing(listing).await;
    }
    let query = format!(
        "/v1/quote?listing={}&term=0&quantity={QUANTITY}",
        line.third
    );
    let (_, quote) = shop.market.get(&query).await;
    for (field, value) in sold["quote"].as_object().expect("a quote") {
        assert_eq!(&quote[field], value, "{field}");
    }

    let orders = shop.market.all("/v1/orders?limit=2").await;
    assert_eq!(orders.len(), 4);
    for order in &orders {
        shop.served_order(&address(order)).await;
    }
    let kinds = shop.verify_every_account().await;
    assert!(kinds.len() >= 8, "{kinds:?}");
    let (_, stats) = shop.market.get("/v1/stats").await;
    let count = |state: &str| {
        let orders = stats["orders"].as_array().expect("counts").iter();
        orders
            .filter(|count| count["value"] == state)
            .filter_map(|count| count["count"].as_u64())
            .sum::<u64>()
    };
    assert_eq!(
        (count("settled"), count("refunded"), count("funded")),
        (2, 1, 1)
    );
    let settled = &stats["settled"][0];
    let sums = ["volume", "fees", "royalties"].map(|sum| amount(settled, sum));
    let quote = &sold["quote"];
    let fee = BASE_PRICE * FEE_PPM / 1_000_000;
    let volume = amount(quote, "total") + BASE_PRICE;
    assert_eq!(
        sums,
        [volume, amount(quote, "fee") + fee, amount(quote, "royalty")]
    );
}
