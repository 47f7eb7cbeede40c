//! Every verb of a listing's and an order's life that the sale in `orders` does not need, through the command.

use std::{fs, time::Duration};

use escrow::state::Order;
use pedigree_sdk::{instructions::escrow::accept, pda};
use pedigree_tests::market::{Market, path};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    lines::{self, told},
    shop::{Shop, address, amount, text},
};

const PRICE: u64 = 1_000_003;
const PPM: u32 = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_does_what_it_says_and_names_what_it_refuses() {
    let shop = Shop::open(Market::empty());
    what_is_not_there_is_named(&shop);
    wallets_are_listed_by_name(&shop);
    a_publisher_names_itself(&shop);
    let listing = a_listing_changes_and_changes_hands(&shop);
    a_grant_lets_one_derive_until_it_is_revoked(&shop);
    royalties_are_shown_and_their_pool_is_opened(&shop, &listing).await;
    money_that_was_due_is_withdrawn_and_the_order_closed(&shop).await;
    a_free_listing_is_quoted_as_any_other(&shop).await;

    let retired = on(&shop, "retire", &listing, "seller");
    assert_eq!(text(&retired, "status"), "retired");
    shop.refuses(
        &["order", "open", "--listing", &listing.to_string()],
        "ListingNotActive",
    );

    shop.indexed().await;
    let shown = shop.market.cli(&["listing", "show", &listing.to_string()]);
    assert_eq!(text(&shown, "index"), "match");
    let found = shop.market.cli(&[
        "search", "--status", "active", "--status", "retired", "--name", "sold",
    ]);
    assert_eq!(found["total"], 1);
    searches_are_narrowed_sorted_and_counted(&shop);
    lines::what_happened_to_a_listing_is_told(&shop, &listing);
    lines::a_lineage_is_told_as_a_tree(&shop, &listing);
    lines::a_manifest_that_no_index_shows_whole_is_warned_of(&shop);
}

/// Its listings are found by that name, and nowhere by that of its wallet.
fn a_publisher_names_itself(shop: &Shop) {
    let set = ["listing", "set-profile", "--name"];
    let uri = ["--uri", "https://lab.example"];
    let named = shop.market.cli(&[&set[..], &["A lab"], &uri].concat());
    let named = ["name", "uri", "publisher"].map(|field| text(&named, field).to_owned());
    let publisher = shop.wallet("publisher").to_string();
    assert_eq!(named, ["A lab", "https://lab.example", &publisher]);
    let renamed = shop.market.cli(&[&set[..], &["The lab"]].concat());
    assert_eq!(text(&renamed, "name"), "The lab");
    assert_eq!(renamed["uri"], Value::Null, "it was not given");
    shop.refuses(&[&set[..], &[""]].concat(), "NameMissing");
}

fn searches_are_narrowed_sorted_and_counted(shop: &Shop) {
    let search = ["search", "--status", "active", "--status", "retired"];
    let priced = ["--unit", "copy", "--min-price", "1", "--sort=-price"];
    let found = shop
        .market
        .cli(&[&search[..], &priced, &["--facets", "kind,mode"]].concat());
    let items = found["items"].as_array().expect("listings");
    assert!(!items.is_empty(), "{found}");
    assert_eq!(found["facets"]["mode"][0]["value"], "one_time", "{found}");
    let seller = ["--publisher", "seller", "--untainted", "--attr", "none=1"];
    let nothing = shop.market.cli(&[&search[..], &seller].concat());
    assert_eq!(nothing["total"], 0);
    shop.refuses(&["search", "--sort", "price"], "unit");
    let whose = [&search[..], &["--publisher-name", "The lab"]].concat();
    assert!(shop.market.cli(&whose)["total"].as_u64() > Some(0));
    shop.refuses(&["search", "--publisher", "The lab"], "--publisher-name");
    // A line for each, with the price that was asked for, and one that counts them.
    let priced = told(shop, &[&search[..], &priced].concat());
    assert!(priced.contains("  1.000003/copy"), "{priced}");
    let text = told(shop, &search);
    let total = format!("{} found", text.lines().count() - 1);
    assert_eq!(text.lines().last(), Some(&total[..]), "{text}");
}

/// `pedigree listing VERB LISTING --wallet WALLET`
fn on(shop: &Shop, verb: &str, listing: &Pubkey, wallet: &str) -> Value {
    with(shop, verb, listing, wallet, &[])
}

fn with(shop: &Shop, verb: &str, listing: &Pubkey, wallet: &str, more: &[&str]) -> Value {
    let listing = listing.to_string();
    let begin = ["listing", verb, &listing, "--wallet", wallet];
    shop.market.cli(&[&begin[..], more].concat())
}

/// Names, addresses and balances of the wallets; a list of orders takes such a name.
fn wallets_are_listed_by_name(shop: &Shop) {
    let listed = shop.market.cli(&["wallet", "list"]);
    let wallets = listed["items"].as_array().expect("wallets");
    let buyer = wallets.iter().find(|wallet| wallet["name"] == "buyer");
    let buyer = buyer.expect("the buyer's");
    assert_eq!(buyer["address"], shop.wallet("buyer").to_string());
    assert!(buyer["lamports"].as_u64() > Some(0));
    assert_ne!(buyer["balance"], "0");
    assert_eq!(buyer["reward_tokens"], "0");
    let named = shop.market.cli(&["order", "list", "--buyer", "buyer"]);
    let address = buyer["address"].as_str().expect("text");
    let addressed = shop.market.cli(&["order", "list", "--buyer", address]);
    assert_eq!(named["items"], addressed["items"]);
    shop.refuses(&["order", "list", "--buyer", "nobody"], "no wallet nobody");
}

fn what_is_not_there_is_named(shop: &Shop) {
    let nothing = Keypair::new().pubkey().to_string();
    for (args, named) in [
        (&["listing", "show", &nothing][..], "no listing"),
        (&["order", "show", &nothing], "no order"),
        (&["royalty", "show", &nothing], "no listing"),
        (&["listing", "pause", &nothing], "no listing"),
        (&["order", "quote", "--listing", &nothing], "no listing"),
    ] {
        shop.refuses(args, named);
        shop.refuses(args, &nothing);
    }
    // Names those that there are.
    let pause = ["listing", "pause", &nothing, "--wallet", "nobody"];
    shop.refuses(&pause, "no wallet nobody");
    shop.refuses(&pause, "stranger");
}

fn a_listing_changes_and_changes_hands(shop: &Shop) -> Pubkey {
    let royalty = PPM.to_string();
    let parent = shop.register(
        "publisher",
        "parent",
        PRICE,
        &["--derivative-royalty-ppm", &royalty],
    );
    on(shop, "activate", &parent, "publisher");
    let listing = shop.register("publisher", "sold", PRICE, &[]);
    let text_of = listing.to_string();
    let parent = parent.to_string();
    let edge = ["--parent", &parent, "--relation", "trained_on"];
    with(shop, "add-edge", &listing, "publisher", &edge);
    on(shop, "activate", &listing, "publisher");

    let manifest = shop.market.folder().join("second.json");
    fs::write(&manifest, r#"{"tags": ["second"]}"#).expect("a manifest");
    let file = ["--manifest", path(&manifest)];
    let published = with(shop, "publish-version", &listing, "publisher", &file);
    assert_eq!(published["version"], 2);
    let wide = format!(r#"{{"tags": ["{}"]}}"#, "x".repeat(200));
    fs::write(&manifest, wide).expect("a manifest");
    let publish = [
        "listing",
        "publish-version",
        &text_of,
        "--manifest",
        path(&manifest),
    ];
    shop.refuses(&publish, "a tag is longer");

    assert_eq!(
        text(&on(shop, "pause", &listing, "publisher"), "status"),
        "paused"
    );
    shop.refuses(
        &["listing", "resume", &text_of, "--wallet", "buyer"],
        "NotListingAuthority",
    );
    assert_eq!(
        text(&on(shop, "resume", &listing, "publisher"), "status"),
        "active"
    );

    let operator = shop.wallet("operator").to_string();
    let changed = with(shop, "set-operator", &listing, "publisher", &["operator"]);
    assert_eq!(text(&changed, "operator"), operator);
    let changed = with(shop, "set-operator", &listing, "publisher", &["--none"]);
    assert_eq!(changed["operator"], Value::Null);
    let changed = with(shop, "set-payout", &listing, "publisher", &["treasury"]);
    assert_eq!(
        text(&changed, "payout"),
        shop.wallet("treasury").to_string()
    );

    let proposed = with(shop, "transfer", &listing, "publisher", &["--to", "buyer"]);
    assert_eq!(
        text(&proposed, "pending_authority"),
        shop.wallet("buyer").to_string()
    );
    let withdrawn = with(shop, "transfer", &listing, "publisher", &["--withdraw"]);
    assert_eq!(withdrawn["pending_authority"], Value::Null);
    with(shop, "transfer", &listing, "publisher", &["--to", "seller"]);
    let accept = ["listing", "accept", &text_of, "--wallet", "buyer"];
    shop.refuses(&accept, "NotPendingAuthority");
    let more = ["--operator", "operator"];
    let accepted = with(shop, "accept", &listing, "seller", &more);
    let seller = shop.wallet("seller").to_string();
    assert_eq!(
        ["authority", "payout", "operator"].map(|field| text(&accepted, field)),
        [&seller, &seller, &operator]
    );
    listing
}

fn a_grant_lets_one_derive_until_it_is_revoked(shop: &Shop) {
    let licensed = ["--derivatives", "licensed"];
    let parent = shop.register("publisher", "licensed", PRICE, &licensed);
    on(shop, "activate", &parent, "publisher");
    let parent_text = parent.to_string();
    let edge = ["--parent", &parent_text, "--relation", "adapted_from"];

    let grant = ["--to", "seller", "--valid-for", "1h"];
    let granted = with(shop, "grant", &parent, "publisher", &grant);
    assert_eq!(text(&granted, "grantee"), shop.wallet("seller").to_string());
    let draft = shop.register("seller", "licensed-draft", PRICE, &[]);
    with(shop, "add-edge", &draft, "seller", &edge);

    with(shop, "revoke", &parent, "publisher", &["--from", "seller"]);
    let another = shop
        .register("seller", "unlicensed-draft", PRICE, &[])
        .to_string();
    let add = ["listing", "add-edge", &another, "--wallet", "seller"];
    shop.refuses(&[&add[..], &edge].concat(), "License");

    // The command asks the index for a draft's edges.
    wait_for_edge(shop, &draft);
    let discarded = on(shop, "discard", &draft, "seller");
    let draft = draft.to_string();
    assert_eq!(text(&discarded, "discarded"), draft);
    assert_eq!(discarded["edges"], 1);
    shop.refuses(&["listing", "show", &draft], "no listing");
}

fn wait_for_edge(shop: &Shop, draft: &Pubkey) {
    for _ in 0..200 {
        let found = shop
            .market
            .try_cli(&["lineage", "ancestors", &draft.to_string()]);
        if found.is_ok_and(|found| {
            found["edges"]
                .as_array()
                .is_some_and(|edges| edges.len() == 1)
        }) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the draft's edge is not indexed");
}

async fn royalties_are_shown_and_their_pool_is_opened(shop: &Shop, listing: &Pubkey) {
    let listing_text = listing.to_string();
    // Activation opened it already.
    let opened = shop.market.cli(&["royalty", "open-pool", &listing_text]);
    let pool = pda::pool(listing, 0, &shop.mint).0;
    assert_eq!(
        (text(&opened, "pool"), &opened["already_open"]),
        (pool.to_string().as_str(), &true.into())
    );
    let order = ["order", "open", "--listing", &listing_text];
    let order = address(&shop.market.cli(&order));
    let content = "3c".repeat(32);
    let deliver = [
        "order",
        "deliver",
        &order.to_string(),
        "--content-hash",
        &content,
    ];
    shop.market
        .cli(&[&deliver[..], &["--wallet", "operator"]].concat());
    shop.act("accept", &order, "buyer");

    let royalty = PRICE * u64::from(PPM) / 1_000_000;
    let shown = shop.market.cli(&["royalty", "show", &listing_text]);
    assert_eq!(
        (&shown["royalty_ppm"], &shown["table"][0]["ppm"]),
        (&PPM.into(), &PPM.into())
    );
    let shown = &shown["pools"][0];
    assert_eq!(text(shown, "pool"), pool.to_string());
    assert_eq!(amount(shown, "balance"), royalty);
    assert_eq!(amount(&shown["entries"][0], "forwardable"), royalty);
    let forwarded = shop.market.cli(&["royalty", "forward", &listing_text]);
    assert_eq!(amount(&forwarded["forwarded"][0], "paid"), royalty);
    assert_eq!(shop.balance(&pool).await, 0);
}

async fn money_that_was_due_is_withdrawn_and_the_order_closed(shop: &Shop) {
    let payout = Keypair::new().pubkey();
    let to = payout.to_string();
    let listing = shop.register("publisher", "due", PRICE, &["--payout", &to]);
    on(shop, "activate", &listing, "publisher");
    let listing = listing.to_string();
    let most = [
        "order",
        "open",
        "--listing",
        &listing,
        "--quantity",
        "2000000000",
    ];
    shop.refuses(&most, "DepositTooLarge");
    let open = ["order", "open", "--listing", &listing, "--valid-for", "30s"];
    let order = address(&shop.market.cli(&open));
    let order_text = order.to_string();
    let content = "3c".repeat(32);
    shop.market
        .cli(&["order", "deliver", &order_text, "--content-hash", &content]);
    shop.refuses(&["order", "withdraw", &order_text], "NothingDue");

    // The payee has no account yet, and the command would make one.
    let state: Order = shop.account(&order).await;
    let buyer = shop.wallet("buyer");
    shop.send("buyer", accept(&buyer, &order, &state)).await;
    let net = PRICE - PRICE / 40;
    let shown = shop.market.cli(&["order", "show", &order_text]);
    assert_eq!(
        (text(&shown, "state"), amount(&shown, "paid_due")),
        ("settled", net)
    );
    shop.refuses(&["order", "close", &order_text], "StillDue");
    let withdrawn = shop.act("withdraw", &order, "stranger");
    assert_eq!(
        (amount(&withdrawn, "paid_due"), amount(&withdrawn, "paid")),
        (0, net)
    );
    assert_eq!(shop.holds(&payout).await, net);

    let closed = shop.close_order(&order).await;
    assert_eq!(text(&closed, "rent_to"), buyer.to_string());
    shop.refuses(&["order", "show", &order_text], "no order");
}

async fn a_free_listing_is_quoted_as_any_other(shop: &Shop) {
    let manifest = shop.market.folder().join("free.json");
    fs::write(&manifest, "{}").expect("a manifest");
    let listing = shop.market.cli(&[
        "listing",
        "register",
        "--key",
        "model/free",
        "--kind",
        "model",
        "--name",
        "free",
        "--manifest",
        path(&manifest),
    ]);
    let listing = address(&listing);
    let quote = ["order", "quote", "--listing", &listing.to_string()];
    shop.refuses(&quote, "ListingNotActive");
    on(shop, "activate", &listing, "publisher");
    let quoted = shop.market.cli(&quote);
    assert_eq!(
        (amount(&quoted, "total"), &quoted["mint"]),
        (0, &Value::Null)
    );
    assert!(amount(&quoted["rent"], "total") > 0);
    shop.indexed().await;
    let (_, served) = shop
        .market
        .get(&format!("/v1/quote?listing={listing}"))
        .await;
    for (field, value) in quoted.as_object().expect("a quote") {
        assert_eq!(&served[field], value, "{field}");
    }
    shop.refuses(&[&quote[..], &["--term", "1"]].concat(), "NoSuchTerm");
}
