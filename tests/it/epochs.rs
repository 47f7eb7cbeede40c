//! From a fee to tokens, through the command: an order settles, its fee is recorded, its epoch ends and is finished, and its
//! points are claimed, or roll on where nobody does that in time.

use pedigree_sdk::pda;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::shop::{DAY, Shop, address, amount, text};

/// Of which the fee is a fortieth, and half of that are points, the halves of which go to either side.
const PRICE: u64 = 1_000_003;
const POINTS: u64 = 6_250;
/// What `pedigree up` sets on a network that is nobody's own.
const EPOCH: i64 = 7 * DAY;
const CLAIM_WINDOW: i64 = 60 * DAY;

#[tokio::test(flavor = "multi_thread")]
async fn a_settled_orders_fee_becomes_points_and_once_its_epoch_is_finished_tokens() {
    let shop = Shop::with_a_clock().await;
    nothing_is_there_yet(&shop);
    let listing = shop.register("publisher", "credited", PRICE, &[]);
    shop.activate(&listing, "publisher");
    let first = record(&shop, &sell(&shop, &listing));
    assert_eq!(first["opened"], true);
    let number = first["epoch"].to_string();
    let second = record(&shop, &sell(&shop, &listing));
    assert_eq!(
        (&second["opened"], second["epoch"].to_string()),
        (&json!(false), number.clone())
    );
    shop.refuses(&["epoch", "open"], "is open already, until ");

    // Not before its end.
    shop.refuses(
        &["epoch", "finish"],
        &format!("EpochNotOver: epoch {number} lasts until "),
    );
    shop.refuses(&["epoch", "claim"], "is open, until ");
    shop.indexed().await;
    let open = shop.market.cli(&["epoch", "show"]);
    assert_eq!(
        (text(&open, "status"), text(&open, "index")),
        ("open", "match")
    );
    assert_eq!(amount(&open, "total"), 4 * POINTS);
    shop.pass(EPOCH).await;
    let finished = shop.market.cli(&["epoch", "finish"]);
    let finished = &finished["finished"];
    assert_eq!(finished.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (
            text(&finished[0], "status"),
            amount(&finished[0], "allotted")
        ),
        ("finished", 4 * POINTS)
    );

    // The publisher for itself, a stranger for the buyer.
    let own = shop.market.cli(&["epoch", "claim"]);
    assert_eq!(
        (amount(&own, "amount"), &own["claimed"][0]["epoch"]),
        (2 * POINTS, &first["epoch"])
    );
    assert_eq!(shop.balance(&shop.tokens_of("publisher")).await, 2 * POINTS);
    let named = [
        "epoch", "claim", &number, "--owner", "buyer", "--wallet", "stranger",
    ];
    assert_eq!(amount(&shop.market.cli(&named), "amount"), 2 * POINTS);
    assert_eq!(shop.balance(&shop.tokens_of("buyer")).await, 2 * POINTS);
    shop.refuses(&named, "has no points of epoch");
    shop.refuses(&["epoch", "claim"], "has no points");

    late(&shop, &listing).await;
    shop.indexed().await;
    let listed = shop.market.cli(&["epoch", "list", "--status", "finished"]);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    shop.verify_every_account().await;
}

fn nothing_is_there_yet(shop: &Shop) {
    shop.refuses(&["epoch", "show", "0"], "nobody has opened epoch 0");
    shop.refuses(&["epoch", "finish"], "no epoch is open");
    shop.refuses(&["epoch", "claim"], "has no points");
    let nothing = shop.wallet("seller").to_string();
    shop.refuses(&["epoch", "record", &nothing], "no order");
}

/// An order that is delivered and accepted.
fn sell(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let order = address(
        &shop
            .market
            .cli(&["order", "open", "--listing", &listing.to_string()]),
    );
    let (of, content) = (order.to_string(), "5a".repeat(32));
    shop.market
        .cli(&["order", "deliver", &of, "--content-hash", &content]);
    // Nothing is paid yet.
    shop.refuses(&["epoch", "record", &of], "is delivered (one_time)");
    shop.refuses(&["epoch", "record", &of], "NothingToRecord");
    shop.act("accept", &order, "buyer");
    order
}

/// Of each order once: what it credits.
fn record(shop: &Shop, order: &Pubkey) -> Value {
    let record = ["epoch", "record", &order.to_string()];
    let recorded = shop.market.cli(&record);
    let credited = |owner: &str| json!({"owner": shop.wallet(owner).to_string(), "points": POINTS.to_string()});
    assert_eq!(
        recorded["credited"],
        json!([credited("publisher"), credited("buyer")])
    );
    shop.refuses(&record, "AlreadyRecorded");
    recorded
}

/// What nobody claims in time rolls on.
async fn late(shop: &Shop, listing: &Pubkey) {
    let recorded = record(shop, &sell(shop, listing));
    let number = recorded["epoch"].to_string();
    shop.refuses(&["epoch", "expire", &number], "is open");
    shop.pass(EPOCH).await;
    shop.market.cli(&["epoch", "finish"]);
    let expire = ["epoch", "expire", &number];
    shop.refuses(&expire, "is finished and allows this from ");
    shop.refuses(&expire, "ClaimStillOpen");
    let close = ["epoch", "close-points", &number, "--owner", "buyer"];
    shop.refuses(&close, "WrongEpochState");

    shop.pass(CLAIM_WINDOW + DAY).await;
    shop.refuses(&["epoch", "claim", &number], "ClaimOver");
    let expired = shop.market.cli(&expire);
    assert_eq!(
        (text(&expired, "status"), amount(&expired, "claimed")),
        ("expired", 0)
    );
    let closed = shop.market.cli(&close);
    assert_eq!(amount(&closed, "points"), POINTS);
    assert_eq!(
        text(&closed, "rent_to"),
        shop.wallet("stranger").to_string()
    );
    let points = pda::points(&shop.wallet("buyer"), number.parse().expect("a number")).0;
    assert_eq!(shop.lamports(&points).await, 0);
}
