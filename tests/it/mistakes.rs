//! What is easily got wrong, and the one line that then says what is there, since when or until when, and what to do.

use pedigree_tests::market::Market;
use solana_program::pubkey::Pubkey;

use crate::shop::{Shop, address, text};

const PRICE: u64 = 1_000_003;
const STAKE: u64 = 100_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_is_told_by_what_is_there_by_its_state_and_by_its_time() {
    let shop = Shop::open(Market::empty());
    let listing = shop.register("publisher", "wanted", PRICE, &[]);
    shop.activate(&listing, "publisher");
    what_is_made_once_is_named(&shop, &listing).await;
    what_comes_too_early_has_its_time(&shop, &listing);
    the_mode_is_named(&shop);
    what_is_conceded_is_withdrawn(&shop, &listing).await;
}

/// Made twice: each says which account there is already.
async fn what_is_made_once_is_named(shop: &Shop, listing: &Pubkey) {
    let manifest = shop.market.folder().join("wanted.json");
    let of = listing.to_string();
    let register = [
        "listing",
        "register",
        "--key",
        "model/wanted",
        "--kind",
        "model",
        "--name",
        "again",
        "--manifest",
        manifest.to_str().expect("a path"),
    ];
    shop.refuses(
        &register,
        &format!("listing {of} exists already: its publisher used this key"),
    );

    let session = [
        "session",
        "open",
        "--key",
        "operator",
        "--amount",
        "1000",
        "--expires-in",
        "1d",
    ];
    let session = [&session[..], &["--wallet", "buyer"]].concat();
    let opened = address(&shop.market.cli(&session));
    shop.refuses(&session, &format!("session {opened} exists already: "));

    let order = sold(shop, listing).to_string();
    let review = ["review", "post", &order, "--rating", "4"];
    let posted = address(&shop.market.cli(&review));
    shop.refuses(
        &review,
        &format!("review {posted} exists already: an order is reviewed once"),
    );

    if pedigree_tests::network::is_agave() {
        println!("attestations are left out: nobody holds the token before an epoch has ended");
        return;
    }
    shop.give_tokens("publisher", 2 * STAKE).await;
    let stake = STAKE.to_string();
    let position = address(
        &shop
            .market
            .cli(&["stake", "lock", "--amount", &stake, "--id", "7"]),
    );
    let again = ["stake", "lock", "--amount", &stake, "--id", "7"];
    shop.refuses(&again, &format!("position {position} exists already: "));
    let (place, hash) = (position.to_string(), "a7".repeat(32));
    let attest = [
        "attest",
        "post",
        &of,
        "--verdict",
        "good",
        "--position",
        &place,
    ];
    let attest = [&attest[..], &["--stake", &stake, "--evidence", &hash]].concat();
    let attested = address(&shop.market.cli(&attest));
    // Nothing of the position is left to risk either, but that is not what is wrong.
    let told = shop.market.refused(&attest);
    let named = [
        format!("attestation {attested} exists already"),
        "StakeOutOfBounds".to_owned(),
    ];
    assert!(named.iter().any(|words| told.contains(words)), "{told}");
    shop.refuses(
        &["attest", "close", &attested.to_string()],
        "allows this from ",
    );
}

fn open(shop: &Shop, listing: &Pubkey) -> Pubkey {
    address(
        &shop
            .market
            .cli(&["order", "open", "--listing", &listing.to_string()]),
    )
}

fn delivered(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let order = open(shop, listing);
    let (of, content) = (order.to_string(), "5a".repeat(32));
    shop.market
        .cli(&["order", "deliver", &of, "--content-hash", &content]);
    order
}

fn sold(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let order = delivered(shop, listing);
    shop.act("accept", &order, "buyer");
    order
}

fn what_comes_too_early_has_its_time(shop: &Shop, listing: &Pubkey) {
    let order = open(shop, listing).to_string();
    let refund = ["order", "refund", &order, "--wallet", "stranger"];
    shop.refuses(
        &refund,
        &format!("order {order} is funded (one_time) and allows this from "),
    );
    shop.refuses(
        &["order", "settle", &order],
        "is funded (one_time): escrow: WrongState",
    );
    let order = delivered(shop, listing).to_string();
    shop.refuses(
        &["order", "settle", &order],
        "is delivered (one_time) and allows this from ",
    );
    shop.act("accept", &order.parse().expect("an address"), "buyer");
    let close = ["order", "close", &order];
    shop.refuses(&close, "is settled (one_time) and allows this from ");

    let of = listing.to_string();
    let many = [
        "order",
        "open",
        "--listing",
        &of,
        "--quantity",
        "2000000000",
    ];
    shop.refuses(&many, "DepositTooLarge");
    shop.refuses(&many, "1000000000000");
    shop.market.cli(&["listing", "pause", &of]);
    shop.refuses(
        &["listing", "pause", &of],
        &format!("listing {of} is paused"),
    );
    shop.market.cli(&["listing", "resume", &of]);
}

/// Of an order of another mode than what is done with it needs.
fn the_mode_is_named(shop: &Shop) {
    let manifest = shop.market.folder().join("wanted.json");
    let register = [
        "listing",
        "register",
        "--key",
        "service/monthly",
        "--kind",
        "service",
        "--name",
        "monthly",
        "--term",
        "mode=subscription,unit=month,price=1000003",
        "--manifest",
        manifest.to_str().expect("a path"),
    ];
    let monthly = address(&shop.market.cli(&register));
    shop.activate(&monthly, "publisher");
    let order = open(shop, &monthly).to_string();
    for way in ["--authorise", "--confirm"] {
        let heartbeat = ["order", "heartbeat", way, &order];
        shop.refuses(
            &heartbeat,
            &format!("NotLease: order {order} is funded (subscription)"),
        );
    }
    let accept = ["order", "accept", &order];
    shop.refuses(&accept, "NothingMature");
    shop.refuses(
        &accept,
        "is funded (subscription) and its next period ends at ",
    );
}

/// Who concedes is told that nothing was paid by that; a case that is open is named.
async fn what_is_conceded_is_withdrawn(shop: &Shop, listing: &Pubkey) {
    let order = delivered(shop, listing);
    let (of, evidence) = (order.to_string(), "7e".repeat(32));
    shop.market
        .cli(&["dispute", "open", &of, "--evidence", &evidence]);
    let case = address(&shop.market.cli(&["dispute", "case", &of]));
    let again = ["dispute", "case", &of];
    shop.refuses(&again, &format!("dispute {case} exists already: "));
    shop.refuses(
        &["dispute", "tally", &case.to_string()],
        "is open, and its round 0 takes evidence until ",
    );
    let before = shop.holds(&shop.wallet("buyer")).await;
    let conceded = shop
        .market
        .cli(&["dispute", "concede", &of, "--wallet", "publisher"]);
    assert!(
        text(&conceded, "next").contains(&format!("order withdraw {of}")),
        "{conceded}"
    );
    assert_eq!(shop.holds(&shop.wallet("buyer")).await, before);
    shop.act("withdraw", &order, "stranger");
    assert!(shop.holds(&shop.wallet("buyer")).await > before);
}
