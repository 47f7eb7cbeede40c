//! Orders of other modes than one-time, sessions and disputes, through the command: what needs no waiting.

use std::fs;

use pedigree_sdk::{pda, programs::TOKEN};
use pedigree_tests::market::{Market, path};
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::shop::{Shop, address, amount, text};

const FEE_PPM: u64 = 25_000;
const BOND_PPM: u64 = 50_000;
/// Of one copy; shares of these divide evenly nowhere.
const PRICE: u64 = 1_000_003;
/// Of one query.
const RATE: u64 = 7_001;
const METERED: &str = "1";
const LEASE: &str = "2";
const SUBSCRIPTION: &str = "3";

/// Windows that do not end while this runs.
const WINDOW: u32 = 60 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_every_mode_sessions_and_disputes_hold_to_the_base_unit() {
    let shop = Shop::open(Market::empty());
    shop.set_windows(WINDOW).await;
    let listing = publish(&shop);
    let metered = a_voucher_is_signed_checked_and_redeemed(&shop, &listing).await;
    the_seller_ends_a_metered_order_and_its_buyer_accepts(&shop, &metered).await;
    a_key_opens_no_second_order_after_an_early_end(&shop, &listing).await;
    a_lease_is_authorised_and_let_go(&shop, &listing);
    a_subscription_is_cancelled_by_the_second(&shop, &listing);
    a_session_buys_until_it_is_revoked_and_closed(&shop, &listing).await;
    a_delivery_is_disputed_and_conceded(&shop, &listing).await;
    the_owners_dispute_takes_the_place_of_the_sellers(&shop, &listing).await;

    shop.indexed().await;
    shop.verify_every_account().await;
}

/// A listing with a price of each mode.
fn publish(shop: &Shop) -> String {
    let metered = format!("mode=metered,unit=query,price={RATE}");
    let terms = [
        "--term",
        &metered,
        "--term",
        "mode=lease,unit=hour,price=3001",
        "--term",
        "mode=subscription,unit=month,price=5000011",
    ];
    let listing = shop.register("publisher", "modes", PRICE, &terms);
    let listing = listing.to_string();
    let active = shop.market.cli(&["listing", "activate", &listing]);
    assert_eq!(active["terms"][2]["period"], 3_600);
    assert_eq!(active["terms"][3]["period"], 30 * 24 * 3_600);
    listing
}

/// `pedigree voucher VERB --voucher VOUCHER`
fn with_voucher<'a>(verb: &'a str, voucher: &'a str) -> [&'a str; 4] {
    ["voucher", verb, "--voucher", voucher]
}

async fn a_voucher_is_signed_checked_and_redeemed(shop: &Shop, listing: &str) -> Pubkey {
    const OWED: u64 = 12_345;
    let open = ["order", "open", "--listing", listing, "--term", METERED];
    let key = "5a".repeat(32);
    shop.refuses(
        &[&open[..], &["--delivery-key", &key]].concat(),
        "--delivery-key",
    );
    let opened = shop
        .market
        .cli(&[&open[..], &["--quantity", "5", "--ends-in", "10d"]].concat());
    assert_eq!(
        (text(&opened, "mode"), amount(&opened, "deposited")),
        ("metered", 5 * RATE)
    );
    let order = address(&opened);
    let order_text = order.to_string();
    let topped_up = shop
        .market
        .cli(&["order", "top-up", &order_text, "--amount", "1000"]);
    assert_eq!(amount(&topped_up, "deposited"), 5 * RATE + 1_000);

    let sign = |wallet: &str, sequence: &str, amount: u64| {
        let signed = shop.market.cli(&[
            "voucher",
            "sign",
            "--order",
            &order_text,
            "--sequence",
            sequence,
            "--amount",
            &amount.to_string(),
            "--wallet",
            wallet,
        ]);
        signed.to_string()
    };
    let voucher = sign("buyer", "1", OWED);
    let checked = shop.market.cli(&with_voucher("check", &voucher));
    assert_eq!(
        (amount(&checked, "adds"), amount(&checked, "earned")),
        (OWED, 0)
    );
    let too_large = sign("buyer", "1", 5 * RATE + 1_001);
    shop.refuses(&with_voucher("check", &too_large), "VoucherTooLarge");
    let strangers = sign("stranger", "1", OWED);
    let raised = voucher.replace("12345", "12346");
    for wrong in [&strangers, &raised] {
        for verb in ["check", "redeem"] {
            shop.refuses(&with_voucher(verb, wrong), "VoucherNotSigned");
        }
    }
    let by_buyer = [
        &with_voucher("redeem", &voucher)[..],
        &["--wallet", "buyer"],
    ]
    .concat();
    shop.refuses(&by_buyer, "NotSeller");

    let file = shop.market.folder().join("voucher.json");
    fs::write(&file, &voucher).expect("a file");
    let redeemed = shop.market.cli(&with_voucher("redeem", path(&file)));
    let redeemed = &redeemed["redeemed"][0];
    assert_eq!(
        (amount(redeemed, "earned"), amount(redeemed, "pending")),
        (OWED, OWED)
    );
    assert_eq!(redeemed["sequence"], 1);
    shop.refuses(&with_voucher("check", &voucher), "VoucherStale");
    let next = sign("buyer", "2", OWED + 1);
    shop.refuses(&with_voucher("redeem", &next), "PendingImmature");
    let checked = shop.market.cli(&with_voucher("check", &next));
    assert_eq!(
        (amount(&checked, "adds"), &checked["matures_at"]),
        (1, &redeemed["matures_at"])
    );
    order
}

async fn the_seller_ends_a_metered_order_and_its_buyer_accepts(shop: &Shop, order: &Pubkey) {
    let (buyer, publisher) = (shop.wallet("buyer"), shop.wallet("publisher"));
    let vault = pda::vault(order, &TOKEN);
    let before = shop.holds(&buyer).await;
    let held = shop.balance(&vault).await;
    let ended = shop.act("end", order, "publisher");
    let (earned, deposited) = (amount(&ended, "earned"), amount(&ended, "deposited"));
    assert_eq!(held, deposited);
    assert_eq!(
        (amount(&ended, "pending"), amount(&ended, "refunded")),
        (earned, deposited - earned)
    );
    assert_eq!(shop.holds(&buyer).await, before + deposited - earned);
    assert_eq!(shop.balance(&vault).await, earned);
    let order_text = order.to_string();
    shop.refuses(&["order", "end", &order_text], "OrderEnded");

    shop.indexed().await;
    shop.served_order(order).await;
    let shown = shop.market.cli(&["order", "show", &order_text]);
    assert_eq!(text(&shown, "index"), "match");
    let (_, served) = shop.market.get(&format!("/v1/orders/{order}")).await;
    for field in [
        "mode",
        "state",
        "earned",
        "pending",
        "matures_at",
        "ends_at",
    ] {
        assert_eq!(served[field], shown[field], "{field}");
        assert_eq!(served[field], ended[field], "{field}");
    }
    let by = buyer.to_string();
    let list = ["order", "list", "--owner", &by, "--mode", "metered"];
    let listed = shop.market.cli(&list);
    assert!(addresses(&listed).contains(&order_text), "{listed}");
    shop.refuses(&[&list[..], &["--state", "sold"]].concat(), "state");

    // What is left over is fetched already, and to crank is not to accept.
    let settle = ["order", "settle", &order_text, "--wallet", "buyer"];
    shop.refuses(&settle, "NothingMature");
    let paid_before = shop.holds(&publisher).await;
    let accepted = shop.act("accept", order, "buyer");
    assert_eq!(text(&accepted, "state"), "settled");
    let fee = earned * FEE_PPM / 1_000_000;
    assert_eq!(amount(&accepted, "fee_paid"), fee);
    assert_eq!(shop.holds(&publisher).await, paid_before + earned - fee);
    assert_eq!(shop.balance(&vault).await, 0);
}

async fn a_key_opens_no_second_order_after_an_early_end(shop: &Shop, listing: &str) {
    let key = "c4".repeat(16);
    let open = [
        "order",
        "open",
        "--listing",
        listing,
        "--term",
        METERED,
        "--key",
        &key,
    ];
    let opened = shop.market.cli(&open);
    let order = address(&opened);
    let ended = shop.act("end", &order, "publisher");
    assert!(text(&ended, "ends_at") < text(&opened, "ends_at"));
    let before = shop.holds(&shop.wallet("buyer")).await;
    // The settings that other modes than one-time keep nothing of count as they were, too.
    shop.set_windows(2 * WINDOW).await;
    let again = shop.market.cli(&open);
    shop.set_windows(WINDOW).await;
    assert_eq!(
        (address(&again), &again["already_open"]),
        (order, &true.into())
    );
    assert_eq!(shop.holds(&shop.wallet("buyer")).await, before);
}

fn a_lease_is_authorised_and_let_go(shop: &Shop, listing: &str) {
    let open = ["order", "open", "--listing", listing, "--term", LEASE];
    shop.refuses(&[&open[..], &["--ends-in", "1d"]].concat(), "--ends-in");
    let more = ["--quantity", "3", "--buyer-key", "stranger"];
    let opened = shop.market.cli(&[&open[..], &more].concat());
    assert_eq!(opened["authorised"], 1);
    let order = text(&opened, "address");
    let authorise = ["order", "heartbeat", "--authorise", order, "--wallet"];
    let beat = [&authorise[..], &["stranger"]].concat();
    let beaten = shop.market.cli(&beat);
    assert_eq!(beaten["leases"][0]["authorised"], 2);
    shop.refuses(&beat, "AlreadyAuthorised");
    shop.refuses(&[&authorise[..], &["buyer"]].concat(), "NotBuyer");
    // No interval is over yet.
    let confirm = ["order", "heartbeat", "--confirm", order];
    shop.refuses(&confirm, "NotAuthorised");

    // Its last authorised interval is the second of three.
    let ended = shop.market.cli(&["order", "end", order]);
    assert!(
        text(&ended, "ends_at") < text(&opened, "ends_at"),
        "{ended}"
    );
    assert_eq!(text(&ended, "state"), "funded");
    shop.refuses(&["order", "end", order], "OrderEnded");
}

fn a_subscription_is_cancelled_by_the_second(shop: &Shop, listing: &str) {
    let open = [
        "order",
        "open",
        "--listing",
        listing,
        "--term",
        SUBSCRIPTION,
        "--quantity",
        "2",
    ];
    let opened = shop.market.cli(&open);
    assert_eq!(opened["period"], 30 * 24 * 3_600);
    let ended = shop.act("end", &address(&opened), "buyer");
    // Some seconds of the first month.
    let earned = amount(&ended, "earned");
    assert_eq!(earned, amount(&ended, "pending"));
    assert_eq!(
        amount(&ended, "refunded") + earned,
        amount(&opened, "deposited")
    );
}

/// Lamports that anybody sent to it lie above an account's rent as those do that a fall of rent sets free.
async fn what_is_above_its_rent_is_reclaimed(shop: &Shop, of: &str, account: &Pubkey, payer: &str) {
    const EXCESS: u64 = 1_234_567;
    let account_text = account.to_string();
    let reclaim = [of, "reclaim", &account_text, "--wallet", "operator"];
    shop.refuses(&reclaim, "NothingToReclaim");
    shop.give("seller", account, EXCESS).await;
    let payer = shop.wallet(payer);
    let before = shop.lamports(&payer).await;
    let reclaimed = shop.market.cli(&reclaim);
    assert_eq!(
        (&reclaimed["lamports"], text(&reclaimed, "rent_to")),
        (&EXCESS.into(), payer.to_string().as_str())
    );
    assert_eq!(shop.lamports(&payer).await, before + EXCESS);
    shop.refuses(&reclaim, "NothingToReclaim");
}

async fn a_session_buys_until_it_is_revoked_and_closed(shop: &Shop, listing: &str) {
    const CAP: u64 = 3 * PRICE;
    let buyer = shop.wallet("buyer");
    let before = shop.holds(&buyer).await;
    let cap = CAP.to_string();
    let open = ["session", "open", "--key", "stranger", "--amount", &cap];
    let more = ["--expires-in", "1h", "--listing", listing];
    let session = address(&shop.market.cli(&[&open[..], &more].concat()));
    let session_text = session.to_string();
    let left = || {
        let shown = shop.market.cli(&["session", "show", &session_text]);
        amount(&shown, "left")
    };
    assert_eq!((shop.holds(&buyer).await, left()), (before - CAP, CAP));

    let by_session = [
        "order",
        "open",
        "--listing",
        listing,
        "--session",
        &session_text,
        "--wallet",
    ];
    let buy = [&by_session[..], &["stranger"]].concat();
    let forged = [&by_session[..], &["operator"]].concat();
    shop.refuses(&forged, "SessionForbids");
    let keyed = [&buy[..], &["--key", "00112233445566778899aabbccddeeff"]].concat();
    let bought = shop.market.cli(&keyed);
    assert_eq!(
        (text(&bought, "buyer"), text(&bought, "owner")),
        (session_text.as_str(), buyer.to_string().as_str())
    );
    let metered = shop.market.cli(&[&buy[..], &["--term", METERED]].concat());
    let metered = text(&metered, "address");
    let top_up = ["order", "top-up", metered, "--amount", "500"];
    shop.refuses(&top_up, "SessionForbids");
    let pays = ["--session", &session_text, "--wallet", "stranger"];
    shop.market.cli(&[&top_up[..], &pays].concat());
    let spent = PRICE + RATE + 500;
    assert_eq!(left(), CAP - spent);

    shop.indexed().await;
    let listed = shop.market.cli(&["session", "list", "--owner", "buyer"]);
    assert_eq!(addresses(&listed), [session_text.clone()]);
    let listed = shop
        .market
        .cli(&["order", "list", "--buyer", &session_text]);
    let mut of_session = addresses(&listed);
    of_session.sort_unstable();
    let mut expected = [text(&bought, "address").to_owned(), metered.to_owned()];
    expected.sort_unstable();
    assert_eq!(of_session, expected);

    let revoked = shop.market.cli(&["session", "revoke", &session_text]);
    assert_eq!(revoked["revoked"], true);
    // The key, which bought the order, paid its account's rent, the owner the session's.
    for (of, account, payer) in [
        ("session", &session, "buyer"),
        ("order", &address(&bought), "stranger"),
    ] {
        what_is_above_its_rent_is_reclaimed(shop, of, account, payer).await;
    }
    shop.refuses(&buy, "SessionOver");
    let close = ["session", "close", &session_text];
    let by_stranger = [&close[..], &["--wallet", "stranger"]].concat();
    shop.refuses(&by_stranger, "NotSessionOwner");
    let closed = shop.market.cli(&close);
    assert_eq!(text(&closed, "closed"), session_text);
    assert_eq!(shop.holds(&buyer).await, before - spent);
    shop.refuses(&["session", "show", &session_text], "no session");
    // The key's order is still the key's order.
    let again = shop.market.cli(&keyed);
    assert_eq!(again["already_open"], true);
    shop.refuses(&buy, "no session");

    // Its vault is gone: what comes back goes to the owner.
    let bought = address(&bought);
    let refunded = shop.act("refund", &bought, "publisher");
    assert_eq!(
        (text(&refunded, "state"), amount(&refunded, "refunded")),
        ("refunded", PRICE)
    );
    assert_eq!(shop.holds(&buyer).await, before - spent + PRICE);
}

async fn a_delivery_is_disputed_and_conceded(shop: &Shop, listing: &str) {
    let buyer = shop.wallet("buyer");
    let before = shop.holds(&buyer).await;
    let opened = shop.market.cli(&["order", "open", "--listing", listing]);
    let order = address(&opened);
    let order_text = order.to_string();
    let (content, evidence) = ("3c".repeat(32), "7e".repeat(32));
    let dispute = ["dispute", "open", &order_text, "--evidence", &evidence];
    shop.refuses(&dispute, "WrongState");
    shop.market
        .cli(&["order", "deliver", &order_text, "--content-hash", &content]);
    let by_stranger = [&dispute[..], &["--wallet", "stranger"]].concat();
    shop.refuses(&by_stranger, "NotParty");

    let disputed = shop.market.cli(&dispute);
    let bond = (PRICE * BOND_PPM).div_ceil(1_000_000);
    assert_eq!(text(&disputed, "state"), "disputed");
    assert_eq!(
        (amount(&disputed, "contested"), amount(&disputed, "bond")),
        (PRICE, bond)
    );
    assert_eq!(shop.holds(&buyer).await, before - PRICE - bond);
    let vault = pda::vault(&order, &TOKEN);
    assert_eq!(shop.balance(&vault).await, PRICE + bond);
    for (args, named) in [
        (&dispute[..], "WrongState"),
        (&["order", "accept", &order_text], "WrongState"),
        (&["dispute", "apply", &order_text], "NoRuling"),
        (&["dispute", "lapse", &order_text], "ArbitrationStillOpen"),
    ] {
        shop.refuses(args, named);
    }

    let concede = ["dispute", "concede", &order_text];
    shop.refuses(&concede, "--wallet: say who does this");
    let conceded = shop
        .market
        .cli(&[&concede[..], &["--wallet", "publisher"]].concat());
    assert_eq!(
        (text(&conceded, "state"), amount(&conceded, "refund_due")),
        ("refunded", PRICE)
    );
    assert_eq!(amount(&conceded, "contested"), 0);
    let withdrawn = shop.act("withdraw", &order, "stranger");
    assert_eq!(amount(&withdrawn, "refunded"), PRICE);
    assert_eq!(shop.holds(&buyer).await, before);
    assert_eq!(shop.balance(&vault).await, 0);
}

async fn the_owners_dispute_takes_the_place_of_the_sellers(shop: &Shop, listing: &str) {
    let (buyer, publisher) = (shop.wallet("buyer"), shop.wallet("publisher"));
    let opened = shop.market.cli(&["order", "open", "--listing", listing]);
    let order = address(&opened);
    let order_text = order.to_string();
    let (content, evidence) = ("3c".repeat(32), "7e".repeat(32));
    shop.market
        .cli(&["order", "deliver", &order_text, "--content-hash", &content]);
    let (owners, sellers) = (shop.holds(&buyer).await, shop.holds(&publisher).await);
    let bond = (PRICE * BOND_PPM).div_ceil(1_000_000);
    let dispute = ["dispute", "open", &order_text, "--evidence", &evidence];
    let by_seller = [&dispute[..], &["--wallet", "publisher"]].concat();
    let disputed = shop.market.cli(&by_seller);
    assert_eq!(
        (text(&disputed, "opener"), amount(&disputed, "bond")),
        ("seller", bond)
    );
    assert_eq!(shop.holds(&publisher).await, sellers - bond);
    shop.refuses(&by_seller, "AlreadyContested");

    let replaced = shop.market.cli(&dispute);
    assert_eq!(
        (text(&replaced, "opener"), &replaced["disputes"]),
        ("owner", &2.into())
    );
    assert_eq!(amount(&replaced, "seller_bond_due"), bond);
    shop.act("withdraw", &order, "stranger");
    assert_eq!(shop.holds(&publisher).await, sellers);

    // The owner gives up what it opened itself, and loses its bond.
    let concede = ["dispute", "concede", &order_text, "--wallet", "buyer"];
    let conceded = shop.market.cli(&concede);
    assert_eq!(
        (text(&conceded, "state"), amount(&conceded, "lost_bond_due")),
        ("settled", bond)
    );
    shop.act("withdraw", &order, "stranger");
    let fee = PRICE * FEE_PPM / 1_000_000;
    assert_eq!(shop.holds(&publisher).await, sellers + PRICE - fee);
    assert_eq!(shop.holds(&buyer).await, owners - bond);
    assert_eq!(shop.balance(&pda::vault(&order, &TOKEN)).await, 0);
}

/// Addresses of a page of the index.
fn addresses(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| text(item, "address").to_owned())
        .collect()
}
