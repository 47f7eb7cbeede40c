//! What a buyer says of what it bought, a parent's content that is proved, and rent that comes back, through the command.

use std::fs;

use pedigree_sdk::{
    api::{Api, ReviewFilter},
    pda,
    verify::{self, Verdict},
};
use pedigree_tests::market::{Market, path};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use crate::shop::{Shop, address, text};

const PRICE: u64 = 1_000_003;
const CONTENT: &str = "9a";

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_orders_settles_reviews_and_edits_and_the_api_shows_it() {
    let shop = Shop::open(Market::empty());
    let (base, sold) = publish(&shop);
    what_cannot_be_reviewed_is_named(&shop, &sold);
    let first = buy(&shop, &sold);
    let review = the_first_review_is_shown_and_edited_once(&shop, &sold, &first).await;
    a_second_purchase_gives_a_second_review(&shop, &sold, &review).await;
    the_parents_content_is_proved(&shop, &base, &sold).await;
    lamports_above_the_rent_go_to_who_paid_it(&shop, &review).await;
    shop.indexed().await;
    let kinds = shop.verify_every_account().await;
    assert!(kinds.contains("review"), "{kinds:?}");
    shop.verify_listing(&sold).await;
}

/// A base with known content, and what was trained on it, both on sale.
fn publish(shop: &Shop) -> (Pubkey, Pubkey) {
    let content = CONTENT.repeat(32);
    let base = shop.register("seller", "base", PRICE, &["--content-hash", &content]);
    let sold = shop.register("publisher", "sold", PRICE, &[]);
    let (base_text, sold_text) = (base.to_string(), sold.to_string());
    shop.activate(&base, "seller");
    let add = ["listing", "add-edge", &sold_text, "--parent", &base_text];
    shop.market
        .cli(&[&add[..], &["--relation", "trained_on"]].concat());
    shop.activate(&sold, "publisher");
    (base, sold)
}

/// Orders, has it delivered, and accepts.
fn buy(shop: &Shop, listing: &Pubkey) -> Pubkey {
    let listing = listing.to_string();
    let order = address(&shop.market.cli(&["order", "open", "--listing", &listing]));
    let (content, text_of) = ("3c".repeat(32), order.to_string());
    shop.market
        .cli(&["order", "deliver", &text_of, "--content-hash", &content]);
    let settled = shop.act("accept", &order, "buyer");
    assert_eq!(text(&settled, "state"), "settled");
    order
}

fn post<'a>(order: &'a str, rating: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let post = ["review", "post", order, "--rating", rating];
    [&post[..], more].concat()
}

fn what_cannot_be_reviewed_is_named(shop: &Shop, listing: &Pubkey) {
    let listing = listing.to_string();
    shop.refuses(&post(&listing, "5", &[]), "order");
    let opened = shop.market.cli(&["order", "open", "--listing", &listing]);
    let order = text(&opened, "address");
    shop.refuses(&post(order, "5", &[]), "ReceiptMissing");
    shop.act("refund", &address(&opened), "publisher");
    shop.refuses(&post(order, "5", &[]), "ReceiptMissing");
    shop.refuses(&["review", "show", order], "review");
}

async fn served(shop: &Shop, listing: &Pubkey) -> Value {
    shop.indexed().await;
    let (status, detail) = shop.market.get(&format!("/v1/listings/{listing}")).await;
    assert_eq!(status, 200, "{detail}");
    detail
}

async fn the_first_review_is_shown_and_edited_once(
    shop: &Shop,
    listing: &Pubkey,
    order: &Pubkey,
) -> Pubkey {
    let words = shop.market.folder().join("words.txt");
    fs::write(&words, "Holds what it says.").expect("a file");
    let (order_text, file) = (order.to_string(), path(&words));
    let with_text = post(&order_text, "5", &["--text", file]);
    let by = |args: &[&'static str]| [&with_text[..], args].concat();
    shop.refuses(&by(&["--wallet", "stranger"]), "NotReviewer");
    shop.refuses(&by(&["--wallet", "publisher"]), "OwnListing");
    let posted = shop.market.cli(&with_text);
    let hash = hex::encode(Sha256::digest("Holds what it says."));
    assert_eq!(
        (&posted["rating"], text(&posted, "hash")),
        (&json!(5), &*hash)
    );
    assert_eq!(text(&posted, "order"), order_text);
    shop.refuses(&with_text, "exists already");

    let detail = served(shop, listing).await;
    assert_eq!(
        (&detail["rating"], &detail["review_count"]),
        (&json!(5.0), &json!(1))
    );
    assert_eq!(detail["reviews"][0]["address"], posted["address"]);
    let review = address(&posted);
    let review_text = review.to_string();
    let shown = shop.market.cli(&["review", "show", &review_text]);
    assert_eq!(text(&shown, "index"), "match");

    let edit = ["review", "edit", &review_text, "--rating", "2"];
    let forged = [&edit[..], &["--wallet", "stranger"]].concat();
    shop.refuses(&forged, "NotReviewer");
    let edited = shop.market.cli(&edit);
    assert_eq!(
        (&edited["rating"], &edited["hash"]),
        (&json!(2), &Value::Null)
    );
    shop.refuses(&edit, "AlreadyEdited");
    let detail = served(shop, listing).await;
    assert_eq!(
        (&detail["rating"], &detail["rating_sum"]),
        (&json!(2.0), &json!(2))
    );
    assert_eq!(detail["reviews"][0]["edits"], 1);
    review
}

async fn a_second_purchase_gives_a_second_review(shop: &Shop, listing: &Pubkey, first: &Pubkey) {
    let order = buy(shop, listing).to_string();
    let posted = shop.market.cli(&post(&order, "5", &[]));
    let detail = served(shop, listing).await;
    assert_eq!(
        (&detail["rating"], &detail["review_count"]),
        (&json!(3.5), &json!(2))
    );
    let (_, found) = shop.market.get("/v1/listings?name=sold").await;
    let found = &found["items"][0];
    assert_eq!(
        (&found["reviews"], &found["rating"]),
        (&json!(2), &json!(3.5))
    );
    assert_eq!(found["sales"], 2);

    let buyer = shop.wallet("buyer").to_string();
    let listed = shop.market.cli(&["review", "list", "--reviewer", &buyer]);
    let mut listed: Vec<&str> = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|review| text(review, "address"))
        .collect();
    let mut expected = [first.to_string(), text(&posted, "address").to_owned()];
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    let api = Api::new(&shop.market.http).expect("a client");
    let filter = ReviewFilter {
        listing: Some(*listing),
        ..ReviewFilter::default()
    };
    for review in api.reviews(&filter).await.expect("reviews").items {
        let verdict = verify::review(&shop.rpc, &review).await;
        assert_eq!(verdict.expect("a verdict"), Verdict::Match);
    }
    let (_, stats) = shop.market.get("/v1/stats").await;
    assert_eq!(stats["reviews"], 2);
}

async fn the_parents_content_is_proved(shop: &Shop, base: &Pubkey, child: &Pubkey) {
    let file = shop.market.folder().join("trained-on.txt");
    let others = ["01", "02", "03", "04"].map(|byte| byte.repeat(32));
    fs::write(&file, others.join("\n")).expect("a file");
    let (base_text, child_text) = (base.to_string(), child.to_string());
    let prove = ["listing", "prove-edge", &child_text, "--parent", &base_text];
    let prove = [&prove[..], &["--manifest", path(&file)]].concat();
    shop.refuses(&prove, "is not in it");
    let all = [&others[..], &[CONTENT.repeat(32)]].concat();
    fs::write(&file, all.join("\n") + "\n\n").expect("a file");
    let forged = [&prove[..], &["--wallet", "seller"]].concat();
    shop.refuses(&forged, "NotListingAuthority");
    let proved = shop.market.cli(&prove);
    assert_eq!(
        (text(&proved, "status"), &proved["proved_version"]),
        ("proved", &json!(1))
    );
    shop.refuses(&prove, "EdgeNotClaimed");
    fs::write(&file, "0102").expect("a file");
    shop.refuses(&prove, "line 1");

    let detail = served(shop, child).await;
    let edge = &detail["edges"][0];
    assert_eq!(
        (
            &edge["status"],
            &edge["manifest_root"],
            &edge["proved_slot"]
        ),
        (
            &json!("proved"),
            &proved["manifest_root"],
            &proved["proved_slot"]
        )
    );
    let (_, ancestors) = shop
        .market
        .get(&format!("/v1/listings/{child}/ancestors"))
        .await;
    assert_eq!(ancestors["edges"][0]["status"], "proved");
    assert_eq!(
        text(&proved, "address"),
        pda::edge(child, base).0.to_string()
    );
}

async fn lamports_above_the_rent_go_to_who_paid_it(shop: &Shop, review: &Pubkey) {
    const EXCESS: u64 = 12_345;
    let review_text = review.to_string();
    let reclaim = ["listing", "reclaim", &review_text];
    shop.refuses(&reclaim, "NothingToReclaim");
    shop.give("stranger", review, EXCESS).await;
    let buyer = shop.wallet("buyer");
    let before = shop.lamports(&buyer).await;
    let reclaimed = shop.market.cli(&reclaim);
    let reclaimed = &reclaimed["reclaimed"][0];
    assert_eq!(text(reclaimed, "lamports"), EXCESS.to_string());
    assert_eq!(text(reclaimed, "rent_payer"), buyer.to_string());
    let after = shop.lamports(&buyer).await;
    assert_eq!(after, before + EXCESS);
    let config = pda::listing_config().0.to_string();
    shop.refuses(&["listing", "reclaim", &config], "NothingToReclaim");
    let reclaims = |account: &Pubkey, named: &str| {
        shop.refuses(&["listing", "reclaim", &account.to_string()], named);
    };
    reclaims(&buyer, "no account of a program");
    reclaims(&shop.mint, "none of ours");
}
